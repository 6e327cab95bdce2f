"""Policies over HTTP: defined, seen where sessions wait for their turn, and what the sender of a webhook hears."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from serving import Server

NUMBERS = itertools.count()


def limited(server: Server, policy: Any, **fields: Any) -> dict[str, Any]:
    notebook = server.notebook(f"limited{next(NUMBERS)}/report.ipynb", "1 + 1")
    return server.trigger(name="hook", type="webhook", notebook=notebook, policy=policy, **fields)


def deliver(server: Server, trigger: dict[str, Any]) -> dict[str, Any]:
    """Send something to the webhook; return its session."""
    answer = server.stranger.post(trigger["url"], json={"n": 1})
    assert answer.status_code == 202
    [session_id] = answer.json()["session_ids"]
    return shown(server, session_id)


def shown(server: Server, session_id: str) -> dict[str, Any]:
    found: dict[str, Any] = server.api.get(f"sessions/{session_id}").json()
    return found


def test_a_policy_is_a_text_or_a_mapping_and_what_is_shown_may_be_sent_again(server: Server) -> None:
    trigger = limited(server, "2/hour by region, else cancel", priority=3)
    wanted = {
        "threshold": 2, "period": 3600.0, "parameters": ["region"], "method": "cancel", "cancels": "new",
        "text": "at most 2 in 1 hour for each region", "written": "2/1h by region, else cancel",
    }  # fmt: skip
    assert (trigger["policy"], trigger["priority"]) == (wanted, 3)
    path = f"triggers/{trigger['id']}"
    assert server.api.patch(path, json={"policy": {**wanted, "threshold": 5}}).json()["policy"]["threshold"] == 5
    assert server.api.patch(path, json={"policy": None, "priority": 0}).json()["policy"] is None


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ("lots", "policy"),
        ({"threshold": 1, "period": "soon"}, "policy.period"),
        ("1/h, cancel running", "policy.cancels"),
    ],
)
def test_what_is_no_policy_is_refused_at_its_field(server: Server, policy: Any, field: str) -> None:
    trigger = limited(server, None)
    answer = server.api.patch(f"triggers/{trigger['id']}", json={"policy": policy})
    assert (answer.status_code, answer.json()["code"]) == (400, "policy_invalid")
    assert answer.json()["errors"][0]["field"] == field


def test_sessions_say_where_in_the_queue_they_are_and_the_trigger_how_many_wait(server: Server) -> None:
    trigger = limited(server, "1")
    first, second, third = (deliver(server, trigger) for _ in range(3))
    assert (first["status"], first["waiting_for"], first["places"][0]["status"]) == ("requested", None, "taken")
    assert (second["status"], third["status"]) == ("scheduling", "scheduling")
    assert third["waiting_for"] == f"its turn, number 2 in the queue of {trigger['ref']}"
    assert third["reason"] == f"Waits for its turn: the policy of {trigger['ref']} lets at most 1 at once run."
    [place] = third["places"]
    assert (place["policy"], place["group"], place["position"]) == (trigger["ref"], {}, 2)
    listed = server.api.get("sessions", params={"trigger": trigger["ref"], "status": "scheduling"}).json()["items"]
    assert [one["places"][0]["position"] for one in listed] == [2, 1]
    assert server.api.get(f"triggers/{trigger['id']}").json()["queue"] == {"taken": 1, "waiting": 2}
    server.api.post(f"sessions/{first['id']}/cancel")
    assert shown(server, second["id"])["status"] == "requested"
    assert shown(server, third["id"])["waiting_for"].startswith("its turn, number 1")


def test_one_run_has_a_priority_of_its_own_and_overtakes_in_the_queue(server: Server) -> None:
    trigger = limited(server, "1", priority=1)
    fire = f"triggers/{trigger['id']}/fire"
    first, usual, urgent = (
        server.api.post(fire, json=body).json()["session_ids"][0] for body in ({}, {}, {"priority": 9})
    )
    assert [shown(server, one)["priority"] for one in (first, usual, urgent)] == [1, 1, 9]
    assert [shown(server, one)["places"][0]["position"] for one in (usual, urgent)] == [2, 1]
    again = server.api.post(f"sessions/{urgent}/cancel").json()
    retried = server.api.post(f"sessions/{again['id']}/retry", json={}).json()
    assert retried["priority"] == 9
    by_hand = {"notebook": trigger["notebook"], "priority": 5}
    assert server.api.post("sessions", json=by_hand).json()["priority"] == 5
    for path, body in (("sessions", by_hand), (fire, {})):
        for wrong in (-1, 101, "high"):
            refused = server.api.post(path, json={**body, "priority": wrong})
            assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "priority"), (path, wrong)


def test_one_whose_policy_has_a_period_says_when_it_begins(server: Server) -> None:
    trigger = limited(server, "1/hour")
    first, second = deliver(server, trigger), deliver(server, trigger)
    assert second["wake_at"] == second["places"][0]["due_at"] > first["created_at"]


def test_the_sender_who_waits_hears_that_the_policy_refuses_and_when_to_come_again(server: Server) -> None:
    trigger = limited(server, "1/hour, else cancel", is_sync=False)
    deliver(server, trigger)
    server.api.patch(f"triggers/{trigger['id']}", json={"is_sync": True})
    server.services.events.forget_triggers()
    answer = server.stranger.post(trigger["url"], json={"n": 2})
    assert (answer.status_code, answer.json()["code"]) == (503, "policy_refused")
    assert "at most 1 in 1 hour" in answer.json()["detail"]
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert answer.headers["X-Event-Id"].startswith("evt_")


def test_where_nobody_waits_for_the_answer_the_delivery_is_kept_and_its_session_says_why_it_did_not_run(
    server: Server,
) -> None:
    trigger = limited(server, "1, else cancel")
    deliver(server, trigger)
    refused = deliver(server, trigger)
    assert (refused["status"], refused["places"][0]["status"]) == ("cancelled", "refused")
    assert refused["reason"].startswith(f"Cancelled by the policy of {trigger['ref']}: at most 1 at once")
    log = server.api.get(f"sessions/{refused['id']}/log").json()["items"]
    assert [line["kind"] for line in log] == ["stop_request", "completion"]


def test_a_run_by_hand_waits_for_its_turn_too(server: Server) -> None:
    trigger = limited(server, "1")
    deliver(server, trigger)
    receipt = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()
    assert shown(server, receipt["session_ids"][0])["status"] == "scheduling"


def test_a_policy_of_a_project_is_set_listed_and_deleted(server: Server) -> None:
    trigger = limited(server, None)
    path = f"projects/{trigger['project']}/policies"
    stored = server.api.put(f"{path}/calm", json={"policy": "1 by region"}).json()
    assert (stored["name"], stored["call"], stored["policy"]["written"]) == ("calm", None, "1 by region")
    deliver(server, trigger)
    waiting = deliver(server, trigger)
    assert waiting["waiting_for"].startswith(f"its turn, number 1 in the queue of {trigger['project']}/calm")
    [listed] = server.api.get(path).json()["items"]
    assert (listed["id"], listed["queue"]) == (stored["id"], {"taken": 1, "waiting": 1})
    again = server.api.put(f"{path}/calm", json={"policy": {"threshold": 2}, "call": "report.ipynb"}).json()
    assert (again["id"], again["call"], again["policy"]["threshold"]) == (stored["id"], "report.ipynb", 2)
    assert shown(server, waiting["id"])["status"] == "requested"
    assert server.api.delete(f"{path}/calm").status_code == 204
    assert server.api.delete(f"{path}/calm").json()["code"] == "policy_not_found"
    wrong = server.api.put(f"{path}/calm", json={"policy": "lots"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "policy_invalid")
    assert server.api.put(f"{path}/-", json={"policy": "1"}).json()["code"] == "name_invalid"


def test_a_manifest_sets_policies_of_its_project_and_gives_them_out_again(server: Server) -> None:
    folder = f"limited{next(NUMBERS)}"
    server.notebook(f"{folder}/report.ipynb", "1 + 1")
    text = """
project:
  policies:
  - name: calm
    policy: 3 by region
  - name: one
    call: report.ipynb
    policy: {threshold: 1, method: cancel}
"""
    plan = server.api.post("projects/apply", json={"manifest": text, "path": folder, "dry_run": False}).json()
    changed = [(one["kind"], one["name"], one["change"]) for one in plan["plan"] if one["kind"] == "policy"]
    assert changed == [("policy", "calm", "create"), ("policy", "one", "create")]
    project = plan["project"]
    exported = server.api.get(f"projects/{project}/export").json()["manifest"]
    assert "policy: 1, else cancel" in exported
    again = server.api.post("projects/apply", json={"manifest": exported, "path": folder}).json()
    assert {one["change"] for one in again["plan"]} == {"same"}
    less = server.api.post(
        "projects/apply", json={"manifest": "project: {policies: []}", "path": folder, "dry_run": False}
    ).json()
    assert [one["change"] for one in less["plan"]] == ["delete", "delete"]
    assert server.api.get(f"projects/{project}/policies").json()["items"] == []
