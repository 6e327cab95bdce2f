"""Scheduled tasks over real HTTP: the reference's requests word for word, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from api_sink import ApiSink, answer, api_sink
from serving import Server

from notebook_automation.compose.attempts import runner_of
from notebook_automation.store import session_claims

DAILY_REPORT = """{
    "name": "Daily Report",
    "task_type": "api_call",
    "schedule": "0 9 * * *",
    "enabled": true,
    "config": {
      "url": "https://api.example.com/report",
      "method": "GET"
    }
  }"""


@pytest.fixture
def sink() -> Iterator[ApiSink]:
    with api_sink() as one:
        yield one


def _made(server: Server, **fields: Any) -> dict[str, Any]:
    given = {"name": "Ping", "task_type": "api_call", "config": {"url": "https://api.example.com/ping"}, **fields}
    stored = server.api.post("tasks", json=given)
    assert stored.status_code == 201, stored.text
    task: dict[str, Any] = stored.json()
    return task


def _executed(server: Server, sink: ApiSink, task_id: str, **body: Any) -> dict[str, Any]:
    """Run a task now, with a runner in the server's own loop; return its execution."""
    queued = server.api.post(f"tasks/{task_id}/executions", json=body)
    assert queued.status_code == 201, queued.text
    execution: dict[str, Any] = queued.json()
    settings = replace(server.services.settings, api_call_hosts=[sink.host])

    async def run() -> None:
        await server.database.write(lambda tx: session_claims.claim(tx, "runner", 1000, 600.0))
        runner = runner_of(settings, server.database, api_url="", begun=lambda: None, changed=lambda: None)
        await runner.run(execution["id"], "runner", 1)

    server.run(run())
    return dict(server.api.get(f"tasks/executions/{execution['id']}").json())


def test_the_requests_of_the_reference(server: Server, sink: ApiSink) -> None:
    stored = server.api.post("tasks", content=DAILY_REPORT, headers={"Content-Type": "application/json"})
    assert stored.status_code == 201, stored.text
    task = stored.json()
    assert {**task, **json.loads(DAILY_REPORT)} == task
    assert (task["timezone"], task["retry_policy"]) == ("Asia/Tokyo", None)
    assert task["next_run_at"].endswith("T00:00:00.000Z")
    counters = ("run_count", "success_count", "failure_count", "last_run_at")
    assert [task[name] for name in counters] == [0, 0, 0, None]
    assert stored.headers["location"].endswith(f"/tasks/{task['id']}")
    assert task["id"] in [one["id"] for one in server.api.get("tasks?enabled=true").json()["items"]]
    assert server.api.get(f"tasks/{task['id']}").json() == task
    config = {"url": f"{sink.url}/report", "method": "GET"}
    changed = server.api.patch(f"tasks/{task['id']}", json={"config": config}).json()
    assert (changed["config"], changed["schedule"]) == (config, "0 9 * * *")

    made = _executed(server, sink, task["id"])
    assert (made["status"], made["session_status"], made["task_id"]) == ("success", "completed", task["id"])
    assert made["output_data"]["response"]["body"] == {"ok": True}
    assert (made["input_data"], made["error_message"], made["attempt"]) == ({}, None, 1)
    assert isinstance(made["duration_ms"], int)
    assert [one["kind"] for one in made["logs"]] == ["start", "state", "completion"]
    sink.says = [answer(500, "boom")]
    failed = _executed(server, sink, task["id"], input_data={"region": "emea"})
    assert (failed["status"], failed["input_data"]) == ("failed", {"region": "emea"})
    assert "answered 500" in failed["error_message"]

    found = server.api.get(f"tasks/{task['id']}/executions").json()["items"]
    assert [one["id"] for one in found] == [failed["id"], made["id"]]
    assert "logs" not in found[0]
    only = server.api.get(f"tasks/{task['id']}/executions?status=success").json()["items"]
    assert [one["id"] for one in only] == [made["id"]]
    now = server.api.get(f"tasks/{task['id']}").json()
    assert [now[name] for name in counters[:3]] == [2, 1, 1]
    assert now["last_run_at"] == failed["started_at"]

    assert server.api.delete(f"tasks/{task['id']}").status_code == 204
    assert server.api.get(f"tasks/{task['id']}").json()["code"] == "task_not_found"
    kept = server.api.get(f"tasks/executions/{made['id']}").json()
    assert (kept["task_id"], kept["task"]) == (None, task["trigger"])


def test_a_task_is_its_trigger(server: Server) -> None:
    task = _made(server, name="Ping twice", schedule="every 5 minutes", retry_policy={"max_attempts": 4})
    trigger = server.api.get(f"triggers/{task['id']}").json()
    assert (trigger["title"], trigger["ref"], trigger["type"]) == ("Ping twice", task["trigger"], "schedule")
    assert trigger["api_call"]["url"] == task["config"]["url"]
    assert (task["schedule"], task["timezone"], task["retry_policy"]["max_attempts"]) == ("@every 5 minutes", None, 4)
    server.api.patch(f"triggers/{task['id']}", json={"enabled": False})
    assert server.api.get(f"tasks/{task['id']}").json()["enabled"] is False
    again = _made(server, name="Ping twice")
    assert (again["name"], again["trigger"], again["schedule"]) == ("Ping twice", f"{task['trigger']}-2", None)


def test_tasks_that_run_notebooks(server: Server) -> None:
    server.notebook("nightly/report.ipynb", ("region = 'emea'", "parameters"), "1 + 1")
    config = {"call": "nightly/report.ipynb", "parameters": {"region": "apac"}}
    task = _made(server, name="Nightly", task_type="cron", schedule="@daily", config=config)
    assert (task["project"], task["config"]) == ("nightly", {"call": "report.ipynb", "parameters": {"region": "apac"}})
    execution = server.api.post(f"tasks/{task['id']}/executions", json={"input_data": {"region": "amer"}}).json()
    assert (execution["status"], execution["input_data"]) == ("pending", {"region": "amer"})
    unknown = server.api.post(f"tasks/{task['id']}/executions", json={"input_data": {"county": 1}})
    assert unknown.json()["code"] == "parameter_unknown"
    in_project = _made(server, name="N2", task_type="cron", project="nightly", config={"call": "report.ipynb"})
    assert in_project["project"] == "nightly"


def test_lists(server: Server) -> None:
    cron = {"task_type": "cron", "config": {"call": server.notebook("listed/report.ipynb", "1")}}
    # The project of those that call an API: it comes to be with the notebook's.
    nightly = _made(server, name="lists nightly", schedule="@daily", **cron)
    made = {
        "cron": nightly,
        "api_call": _made(server, name="lists call", enabled=False, project="listed"),
        "webhook": _made(server, name="lists hook", task_type="webhook", project="listed"),
    }
    server.trigger(name="manual", type="manual", project="listed", call="report.ipynb")

    def listed(**query: Any) -> list[str]:
        found = server.api.get("tasks", params={"project": "listed", "sort": "name", "order": "asc", **query})
        assert found.status_code == 200, found.text
        return [one["name"] for one in found.json()["items"]]

    assert listed() == ["lists call", "lists hook", "lists nightly"]
    for task_type, task in made.items():
        assert listed(task_type=task_type) == [task["name"]]
    assert listed(enabled=False) == ["lists call"]
    assert listed(q="hook") == ["lists hook"]
    first = server.api.get("tasks", params={"project": "listed", "limit": 2}).json()
    rest = server.api.get("tasks", params={"project": "listed", "limit": 2, "cursor": first["next_cursor"]}).json()
    assert len(first["items"]) + len(rest["items"]) == 3


def test_changes(server: Server) -> None:
    task = _made(server, name="Changing", schedule="0 9 * * *", timezone="Europe/Berlin")
    path = f"tasks/{task['id']}"
    for change, after in (
        ({"enabled": False}, {"enabled": False, "next_run_at": None}),
        ({"name": "Other name"}, {"name": "Other name", "trigger": task["trigger"]}),
        ({"schedule": None}, {"schedule": None, "timezone": None}),
        ({"schedule": "@every 1h", "enabled": True}, {"schedule": "@every 1h"}),
        ({"retry_policy": {"max_attempts": 2}}, {}),
        ({"retry_policy": None}, {"retry_policy": None}),
        ({"task_type": "webhook", "config": {"url": "https://api.example.com/"}}, {"task_type": "webhook"}),
    ):
        changed = server.api.patch(path, json=change)
        assert changed.status_code == 200, changed.text
        assert {**changed.json(), **after} == changed.json()
    assert server.api.get(path).json()["config"]["method"] == "POST"


def test_a_change_of_the_time_keeps_what_a_task_has_no_field_for(server: Server) -> None:
    task = _made(server, name="Kept", schedule="0 9 * * *")
    schedule = {"cron": "0 9 * * *", "timezone": "UTC", "jitter": 30, "catch_up": "all"}
    server.api.patch(f"triggers/{task['id']}", json={"schedule": schedule})
    server.api.patch(f"tasks/{task['id']}", json={"schedule": "0 10 * * *"})
    now = server.api.get(f"triggers/{task['id']}").json()["schedule"]
    assert (now["cron"], now["jitter"], now["catch_up"]) == ("0 10 * * *", 30, "all")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"task_type": "sql"}, None), ({"name": ""}, "trigger_invalid"), ({"schedule": "often"}, "schedule_invalid"),
        ({"config": {}}, "task_invalid"), ({"config": {"url": "file:///etc/passwd"}}, "api_call_invalid"),
        ({"config": {"url": "https://x.example", "call": "report.ipynb"}}, "task_invalid"),
        ({"task_type": "cron", "config": {"url": "https://x.example"}}, "task_invalid"),
        ({"task_type": "cron", "config": {"call": "missing/../../x.ipynb"}}, "path_invalid"),
        ({"config": {"url": "https://x.example", "headers": {"Authorization": "Bearer x"}}}, "secret_in_clear"),
        ({"retry_policy": {"max_attempts": 0}}, "retry_invalid"), ({"project": "nowhere"}, "project_not_found"),
        ({"id": "trg_mine"}, None), ({"success_count": 7}, None),
    ],
)  # fmt: skip
def test_what_is_no_task_is_refused(server: Server, fields: dict[str, Any], code: str | None) -> None:
    given = {"name": "Bad", "task_type": "api_call", "config": {"url": "https://x.example"}, **fields}
    refused = server.api.post("tasks", json=given)
    assert 400 <= refused.status_code < 500
    if code is not None:
        assert refused.json()["code"] == code


def test_what_is_no_task_is_not_found(server: Server) -> None:
    trigger = server.trigger(name="no-task", type="manual")
    for path in ("", "/executions"):
        assert server.api.get(f"tasks/{trigger['id']}{path}").json()["code"] == "task_not_found"
    fired = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()
    missing = server.api.get(f"tasks/executions/{fired['session_ids'][0]}")
    assert (missing.status_code, missing.json()["code"]) == (404, "execution_not_found")


def test_one_that_is_off_can_be_run_and_one_key_runs_it_once(server: Server) -> None:
    task = _made(server, name="Off", enabled=False)

    def run() -> httpx.Response:
        return server.api.post(f"tasks/{task['id']}/executions", json={}, headers={"Idempotency-Key": "tasks-1"})

    first, second = run(), run()
    assert (first.status_code, first.json()["id"]) == (201, second.json()["id"])
    assert second.headers["idempotent-replayed"] == "true"


def test_definitions_show_secrets_by_their_names_alone(server: Server, sink: ApiSink) -> None:
    headers = {"Authorization": "Bearer {{secret:TASK_TOKEN}}"}
    task = _made(server, name="Secret", config={"url": f"{sink.url}/x", "headers": headers})
    assert any("TASK_TOKEN" in problem for problem in task["problems"])
    value = {"value": "s3cret-canary", "secret": True}
    server.api.put(f"projects/{task['project']}/variables/TASK_TOKEN", json=value)
    execution = _executed(server, sink, task["id"])
    assert (execution["status"], sink.asked[0].headers["authorization"]) == ("success", "Bearer s3cret-canary")
    event = server.api.get(f"sessions/{execution['id']}").json()["event_id"]
    shown = [f"tasks/{task['id']}", f"tasks/executions/{execution['id']}", f"triggers/{task['id']}", f"events/{event}"]
    for path in shown:
        assert "s3cret-canary" not in server.api.get(path).text


def test_times_of_a_task_run_after_all(server: Server) -> None:
    task = _made(server, name="Filled", schedule="0 6 * * *", timezone="UTC")
    wish = {"since": "2026-01-05", "until": "2026-01-06"}
    group = server.api.post(f"triggers/{task['id']}/backfills", json=wish).json()
    assert (group["call"], group["total"]) == ("GET https://api.example.com/ping", 2)
    server.api.post(f"session-groups/{group['id']}/cancel", json={"running": "stop"})
