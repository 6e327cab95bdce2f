"""Rules of triggers over REST."""

from __future__ import annotations

from serving import Server


def test_a_rule_is_set_changed_and_deleted(server: Server) -> None:
    trigger = server.trigger(name="ruled", type="webhook", filter="data.json.kind == 'order'")
    assert trigger["rules"] == []
    path = f"triggers/{trigger['id']}/rules/refunds"
    handler = server.notebook("sales/refunds.ipynb", "%%trigger refunds --rule-of ruled\n1")
    body = {"notebook": handler, "handler": "refunds", "conditions": ["data.json.kind == 'refund'"],
            "mapping": {"limit": "data.json.n"}}  # fmt: skip
    stored = server.api.put(path, json=body)
    assert stored.status_code == 201, stored.text
    [rule] = stored.json()["rules"]
    assert rule == {
        "name": "refunds", "call": "refunds.ipynb:refunds", "condition": "all", "enabled": True, "transform": None,
        "conditions": ["data.json.kind == 'refund'"], "parameters": {}, "mapping": {"limit": "data.json.n"},
        "collect": None,
    }  # fmt: skip
    assert server.api.put("triggers/sales/ruled/rules/refunds", json=body).status_code == 200
    posted = server.stranger.post(trigger["url"], json={"kind": "refund", "n": 3}).json()
    event = server.api.get(f"events/{posted['event_id']}").json()
    assert [(one["rule_ref"], one["matched"]) for one in event["enforcements"]] == [
        ("sales/ruled", False), ("sales/ruled/refunds", True),
    ]  # fmt: skip
    [session_id] = posted["session_ids"]
    session = server.api.get(f"sessions/{session_id}").json()
    assert (session["call"], session["parameters"]) == ("refunds.ipynb:refunds", {"limit": 3})
    off = server.api.patch(path, json={"enabled": False}).json()
    assert (off["rules"][0]["enabled"], off["rules"][0]["call"]) == (False, "refunds.ipynb:refunds")
    assert server.api.delete(path).json()["rules"] == []
    assert server.api.delete(path).status_code == 404


def test_what_is_wrong_with_a_rule_says_where(server: Server) -> None:
    trigger = server.trigger(name="wrongly_ruled", type="webhook")
    path = f"triggers/{trigger['id']}/rules/r"
    wrong = server.api.put(path, json={"call": "report.ipynb", "conditions": ["data.json.("]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "filter_invalid")
    [error] = wrong.json()["errors"]
    assert (error["field"], error["line"], error["column"]) == ("rules.r.conditions.0", 1, 11)
    assert server.api.put(path, json={}).json()["code"] == "rule_invalid"
    assert server.api.put(path, json={"name": "other", "call": "report.ipynb"}).json()["code"] == "rule_invalid"
    elsewhere = server.notebook("other/away.ipynb", "1")
    server.trigger(name="elsewhere", type="manual", notebook=elsewhere)
    away = server.api.put(path, json={"notebook": elsewhere})
    assert (away.status_code, away.json()["code"]) == (400, "project_mismatch")


def test_rules_are_among_the_fields_of_a_trigger_and_run_by_hand(server: Server) -> None:
    rules = [{"name": "audit", "call": "report.ipynb", "conditions": ["false"]}]
    trigger = server.trigger(name="listed_rules", type="manual", rules=rules)
    assert [rule["name"] for rule in trigger["rules"]] == ["audit"]
    fired = server.api.post(f"triggers/{trigger['id']}/fire", json={"rule": "audit"})
    assert len(fired.json()["session_ids"]) == 1
    assert server.api.post(f"triggers/{trigger['id']}/fire", json={"rule": "none"}).status_code == 404
    assert server.api.patch("triggers/sales/listed_rules", json={"rules": []}).json()["rules"] == []
