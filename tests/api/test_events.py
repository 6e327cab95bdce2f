"""Events over REST."""

from __future__ import annotations

from serving import Server


def test_an_event_says_why_its_rule_ran_or_not(server: Server) -> None:
    trigger = server.trigger(name="why", type="webhook", filter='data.method == "POST" && data.json.total > 100')
    posted = server.stranger.post(trigger["url"], json={"total": 7}).json()
    event = server.api.get(f"events/{posted['event_id']}").json()
    assert (event["type"], event["source"], event["trigger"], event["session_ids"]) == (
        "post", "webhook", "sales/why", [],
    )  # fmt: skip
    [enforcement] = event["enforcements"]
    assert (enforcement["matched"], enforcement["session_id"]) == (False, None)
    method, total = enforcement["clauses"]
    assert (method["result"], total["result"], total["values"]) == (True, False, {"data.json.total": 7})
    listed = server.api.get("events", params={"trigger": "sales/why"}).json()["items"]
    assert [one["id"] for one in listed] == [posted["event_id"]]
    assert "enforcements" not in listed[0]
    assert listed[0]["reason"] == event["reason"] == "The conditions did not hold."
    assert server.api.get("events", params={"trigger": "sales/why", "ran": "true"}).json()["items"] == []


def test_an_event_is_replayed_by_the_trigger_as_it_is_now(server: Server) -> None:
    trigger = server.trigger(name="again", type="webhook", filter="data.json.total > 100")
    first = server.stranger.post(trigger["url"], json={"total": 7}).json()
    server.api.patch("triggers/sales/again", json={"filter": "data.json.total > 1"})
    answer = server.api.post(f"events/{first['event_id']}/replay")
    assert answer.status_code == 202
    assert len(answer.json()["session_ids"]) == 1
    replayed = server.api.get(f"events/{answer.json()['event_id']}").json()
    assert (replayed["source"], replayed["replay_of"]) == ("replay", first["event_id"])
    server.api.delete("triggers/sales/again")
    gone = server.api.post(f"events/{first['event_id']}/replay")
    assert (gone.status_code, gone.json()["code"]) == (409, "trigger_gone")


def test_an_emitted_event_runs_those_who_listen(server: Server) -> None:
    server.trigger(name="listens", type="event", event_type="order_paid", filter="data.id == 7")
    body = {"type": "order_paid", "data": {"id": 7}, "project": "sales"}
    answer = server.api.post("events", json=body)
    assert (answer.status_code, len(answer.json()["session_ids"])) == (202, 1)
    other = server.api.post("events", json={**body, "type": "nobody_listens"})
    assert (other.status_code, other.json()["session_ids"]) == (202, [])
    assert server.api.get("events", params={"type": "nobody_listens"}).json()["items"][0]["source"] == "emit"
    assert server.api.post("events", json={**body, "project": "nowhere"}).status_code == 404
    assert server.api.post("events", json={**body, "type": ""}).status_code == 400


def test_a_filter_is_explained_on_an_event(server: Server) -> None:
    body = {"filter": "data.a == 1 && data.b == 2", "data": {"a": 1}, "event_type": "x"}
    explanation = server.api.post("events/explain", json=body).json()
    assert explanation["matched"] is False
    assert explanation["clauses"][0]["result"] is True
    assert explanation["clauses"][1]["error"]
    mapping = {"mapping": {"n": "data.a + 1", "kind": "event_type"}, "data": {"a": 1}, "event_type": "x"}
    explanation = server.api.post("events/explain", json=mapping).json()
    assert (explanation["matched"], explanation["parameters"]) == (True, {"n": 2, "kind": "x"})
    lacking = server.api.post("events/explain", json={**mapping, "data": {}})
    assert (lacking.status_code, lacking.json()["code"]) == (400, "mapping_failed")
    wrong = server.api.post("events/explain", json={"filter": "data.("})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "filter_invalid")


def test_a_filter_is_tried_on_the_newest_events_as_it_is_typed(server: Server) -> None:
    trigger = server.trigger(name="tried", type="webhook")
    for n in (1, 20):
        server.stranger.post(trigger["url"], json={"n": n})
    body = {"filter": "data.json.n > 10", "trigger": trigger["id"]}
    newest, oldest = server.api.post("events/try", json=body).json()["items"]
    assert (newest["matched"], oldest["matched"]) == (True, False)
    assert oldest["clauses"][0]["values"] == {"data.json.n": 1}
    errs = server.api.post("events/try", json={**body, "filter": "true &&\n  data.json.m > 1", "limit": 1}).json()
    [item] = errs["items"]
    assert (item["matched"], item["line"], item["column"]) == (False, 2, 3)
    wrong = server.api.post("events/try", json={**body, "filter": "data.json.n >"})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["errors"][0]["line"]) == (400, "filter_invalid", 1)
    some = server.api.post("events/try", json={"filter": "true", "source": "webhook"}).json()["items"]
    assert newest["event_id"] in {one["event_id"] for one in some}
    assert server.api.post("events/try", json={**body, "trigger": "trg_none"}).status_code == 404
