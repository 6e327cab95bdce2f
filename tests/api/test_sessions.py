"""Sessions over REST."""

from __future__ import annotations

import base64
import os
import time
from typing import Any

import pytest
from serving import Server

from notebook_automation.domain.session_log import Cell
from notebook_automation.store import session_log
from notebook_automation.store import sessions as session_rows


def _queued(server: Server, name: str = "queued") -> str:
    notebook = server.notebook(f"{name}/run.ipynb", "1 + 1")
    answer = server.api.post("sessions", json={"notebook": notebook})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def test_a_notebook_is_started_with_checked_parameters(server: Server) -> None:
    notebook = server.notebook("start/report.ipynb", ("region = 'emea'", "parameters"), "print(region)")
    body = {
        "notebook": notebook,
        "parameters": {"region": "apac"},
        "report": "html",
        "time_limit": 30,
        "keep": "2 days",
    }
    answer = server.api.post("sessions", json=body)
    session = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(session["id"])
    assert (session["status"], session["call"], session["project"]) == ("requested", "report.ipynb", "start")
    assert (session["parameters"], session["report"], session["time_limit"]) == ({"region": "apac"}, "html", 30.0)
    assert (session["is_durable"], session["try_number"], session["max_tries"]) == (False, 1, None)
    by_call = server.api.post("sessions", json={"call": "report.ipynb", "project": "start", "is_durable": True})
    assert (by_call.status_code, by_call.json()["is_durable"]) == (201, True)
    for body, code in (
        ({"notebook": notebook, "parameters": {"regoin": 1}}, "parameter_unknown"),
        ({"notebook": notebook, "parameters": {"region": 1.5}}, "parameter_type"),
        ({"notebook": notebook, "parameters": {"__import__('os')": 1}}, "parameter_name_invalid"),
        ({"notebook": notebook, "time_limit": 0}, "request_invalid"),
        ({}, "session_invalid"),
        ({"call": "../report.ipynb"}, "call_invalid"),
        ({"notebook": notebook, "project": "start"}, "session_invalid"),
    ):
        refused = server.api.post("sessions", json=body)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    missing = server.api.post("sessions", json={"call": "nothing.ipynb", "project": "start"})
    assert (missing.status_code, missing.json()["code"]) == (404, "call_not_found")


def test_a_call_alone_is_a_path_under_the_root(server: Server) -> None:
    notebook = server.notebook("alone/report.ipynb", ("region = 'emea'", "parameters"), "print(region)")
    (server.root / "alone" / "program.py").write_text("def main(event): pass\n", encoding="utf-8")
    started = [
        server.api.post("sessions", json={"call": notebook, "parameters": {"region": "apac"}}),
        server.api.post("sessions", json={"call": f"{notebook}:handler"}),
        server.api.post("sessions", json={"call": "alone/program.py:main"}),
    ]
    assert [answer.status_code for answer in started] == [201, 201, 201]
    assert {answer.json()["project"] for answer in started} == {"alone"}
    calls = [answer.json()["call"] for answer in started]
    assert calls == ["report.ipynb", "report.ipynb:handler", "program.py:main"]
    assert started[0].json()["parameters"] == {"region": "apac"}
    missing = server.api.post("sessions", json={"call": "alone/nothing.ipynb"})
    assert (missing.status_code, missing.json()["code"]) == (404, "call_not_found")


def test_sessions_are_listed_by_status_project_and_time(server: Server) -> None:
    name = f"listing-{time.monotonic_ns()}"
    first, second, third = (_queued(server, name) for _ in range(3))
    server.api.post(f"sessions/{second}/cancel", json={})
    everything = server.api.get("sessions", params={"project": name}).json()["items"]
    assert [item["id"] for item in everything] == [third, second, first]
    oldest = server.api.get("sessions", params={"project": name, "order": "asc", "limit": 1}).json()
    assert [item["id"] for item in oldest["items"]] == [first]
    after = {"project": name, "order": "asc", "limit": 1, "cursor": oldest["next_cursor"]}
    assert [item["id"] for item in server.api.get("sessions", params=after).json()["items"]] == [second]
    ended = server.api.get("sessions", params={"project": name, "status": "cancelled,failed"}).json()["items"]
    assert [item["id"] for item in ended] == [second]
    made_at = everything[0]["created_at"]
    later = server.api.get("sessions", params={"project": name, "since": "2999-01-01T00:00:00+01:00"}).json()
    assert later["items"] == []
    until = server.api.get("sessions", params={"project": name, "until": made_at}).json()["items"]
    assert third not in [item["id"] for item in until]


def test_a_cursor_of_somebodys_own_is_refused(server: Server) -> None:
    answer = server.api.get("sessions", params={"cursor": "page-2"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


def test_cancel_and_retry(server: Server) -> None:
    session_id = _queued(server)
    early = server.api.post(f"sessions/{session_id}/retry", json={})
    assert (early.status_code, early.json()["code"]) == (409, "session_state")
    cancelled = server.api.post(f"sessions/{session_id}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert "Cancelled by" in cancelled.json()["reason"]
    assert server.api.post(f"sessions/{session_id}/cancel").json()["status"] == "cancelled"
    again = server.api.post(f"sessions/{session_id}/retry")
    assert (again.status_code, again.json()["retry_of"]) == (201, session_id)
    current = server.api.post(f"sessions/{session_id}/retry", json={"files": "current"})
    assert (current.status_code, current.json()["retry_of"]) == (201, session_id)
    wrong = server.api.post(f"sessions/{session_id}/retry", json={"files": "old"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "request_invalid")


def test_a_session_says_which_version_of_its_file_ran(server: Server) -> None:
    session_id = _queued(server)
    assert server.api.get(f"sessions/{session_id}").json()["file_saved_at"] is None
    shown = server.api.get(f"sessions/{session_id}").json()
    project = server.api.get(f"projects/{shown['project_id']}").json()["path"]
    file = server.root / project / shown["call"]
    server.begin(session_id)
    values = {"file_saved_at": file.stat().st_mtime}
    assert server.run(server.database.write(lambda tx: session_rows.report(tx, session_id, "runner", 1, values)))

    def saved_again() -> object:
        return server.api.get(f"sessions/{session_id}").json()["file_saved_again"]

    assert saved_again() is False
    os.utime(file, (1, 1))
    assert saved_again() is True
    server.end(session_id, "failed")
    again = server.api.post(f"sessions/{session_id}/retry").json()
    assert again["file_saved_at"] is not None
    now = server.api.post(f"sessions/{session_id}/retry", json={"files": "current"}).json()
    assert now["file_saved_at"] is None


def test_the_log_is_read_on_from_where_one_stopped(server: Server) -> None:
    session_id = _queued(server)
    entries = [(1.0 + number, "print", f"line {number}", None) for number in range(5)]
    server.run(server.database.write(lambda tx: session_log.write_many(tx, session_id, entries)))  # type: ignore[arg-type]
    part = server.api.get(f"sessions/{session_id}/log", params={"limit": 3}).json()
    assert [entry["text"] for entry in part["items"]] == ["line 0", "line 1", "line 2"]
    rest = server.api.get(f"sessions/{session_id}/log", params={"after": part["next_cursor"]}).json()
    assert [entry["text"] for entry in rest["items"]] == ["line 3", "line 4"]
    assert rest["next_cursor"] is None
    assert rest["items"][0]["at"] == "1970-01-01T00:00:04.000Z"


def test_the_timeline_of_cells(server: Server) -> None:
    session_id = _queued(server)
    cells = [
        Cell(index=0, id="a", source_head="x = 1", status="ok", started_at=1.0, finished_at=2.0, execution_count=1)
    ]
    server.run(server.database.write(lambda tx: session_log.set_cells(tx, session_id, cells)))
    [cell] = server.api.get(f"sessions/{session_id}/cells").json()["items"]
    assert (cell["source_head"], cell["status"], cell["finished_at"]) == ("x = 1", "ok", "1970-01-01T00:00:02.000Z")


def test_what_a_session_tells_of_itself(server: Server) -> None:
    server.trigger(name="telling", type="manual", parameters={"region": "emea"})
    fired = server.api.post("triggers/sales/telling/fire", json={"data": {"order": 7}}).json()
    [session_id] = fired["session_ids"]
    server.api.put("projects/sales/variables/password", json={"value": "s3cret", "secret": True})
    with server.begin(session_id) as kernel:
        context = kernel.get(f"sessions/{session_id}/context").json()
        assert context["event"]["id"] == fired["event_id"]
        assert context["event"]["data"] == {"order": 7}
        assert context["parameters"] == {"region": "emea"}
        assert context["variables"]["password"] == "s3cret"
        assert (
            kernel.post(f"sessions/{session_id}/progress", json={"value": 0.25, "message": "half"}).status_code == 204
        )
        out_of_range = kernel.post(f"sessions/{session_id}/progress", json={"value": 2})
        assert out_of_range.status_code == 400
        first = kernel.post(f"sessions/{session_id}/outcomes", json={"value": {"rows": 3}, "more": True})
        assert (first.status_code, first.json()["more"]) == (201, True)
        child = kernel.post("sessions", json={"call": "report.ipynb", "project": "sales"})
        assert child.json()["parent_id"] == session_id
    assert "password" not in server.api.get(f"sessions/{session_id}/context").json()["variables"]
    assert server.api.get(f"sessions/{session_id}").json()["progress"] == {"value": 0.25, "message": "half"}
    [outcome] = server.api.get(f"sessions/{session_id}/outcomes").json()["items"]
    assert outcome["value"] == {"rows": 3}
    children = server.api.get("sessions", params={"parent": session_id}).json()["items"]
    assert len(children) == 1
    server.end(session_id, "completed")


def test_a_tree_is_listed_and_cancelled_as_a_whole(server: Server) -> None:
    top = _queued(server, "tree")
    body = {"call": "run.ipynb", "project": "tree"}
    with server.begin(top) as kernel:
        made = [kernel.post("sessions", json={**body, "on_parent_end": "cancel"}).json() for _ in range(3)]
        by_a_person = server.api.post("sessions", json={**body, "on_parent_end": "cancel"}).json()
        assert kernel.post("sessions", json={**body, "on_parent_end": "stop"}).status_code == 400
        with server.begin(made[0]["id"]) as code:
            inner = code.post("sessions", json=body).json()
        assert [one["on_parent_end"] for one in (*made, inner)] == ["cancel"] * 3 + ["keep"]
        assert {one["root_id"] for one in (*made, inner)} == {top}
        assert (by_a_person["parent_id"], by_a_person["root_id"], by_a_person["on_parent_end"]) == (None, None, None)

        page = server.api.get(f"sessions/{top}/children", params={"limit": 2}).json()
        rest = server.api.get(f"sessions/{top}/children", params={"cursor": page["next_cursor"]}).json()
        assert [one["id"] for one in (*page["items"], *rest["items"])] == [one["id"] for one in made]
        below = server.api.get("sessions", params={"root": top, "order": "asc", "status": "requested,scheduled"}).json()
        assert {one["id"] for one in below["items"]} == {made[1]["id"], made[2]["id"], inner["id"]}
        assert server.api.get(f"sessions/{top}").json()["unended_children"] == 4
        assert server.api.get("sessions/ses_none/children").status_code == 404

        server.end(made[0]["id"], "failed")
        cancelled = server.api.post(f"sessions/{top}/cancel", params={"children": "true"}, json={}).json()
        assert (cancelled["status"], cancelled["reason"]) == ("canceling", f"Cancelled by {by_a_person['started_by']}.")
        refused = kernel.post("sessions", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "session_state")
    reason = f"Cancelled by {by_a_person['started_by']}, together with {top}, which started it."
    statuses = {one["id"]: (one["status"], one["reason"]) for one in _tree(server, top)}
    assert statuses[made[0]["id"]] == ("failed", None)
    assert statuses[inner["id"]][1] == reason
    assert all(status in ("cancelled", "canceling", "failed") for status, _ in statuses.values()), statuses
    server.end(top, "cancelled")


def _tree(server: Server, top: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = server.api.get("sessions", params={"root": top}).json()["items"]
    return items


def test_the_environment_of_a_kernel_is_said_by_the_start_or_the_trigger(server: Server) -> None:
    notebook = server.notebook("environs/run.ipynb", "1 + 1")
    env = {"MODE": "fast", "KEY": {"variable": "STRIPE_KEY"}}
    wanted = {"kernel_name": "python3", "env": env, "memory": 2 * 2**30}
    body = {"notebook": notebook, **wanted, "memory": "2GiB"}
    session = server.api.post("sessions", json=body).json()
    assert {name: session[name] for name in wanted} == wanted
    trigger = server.trigger(name="environs", type="manual", **body)
    assert {name: trigger[name] for name in wanted} == wanted
    assert [problem["code"] for problem in trigger["problems"]] == ["variable_not_found"]
    [fired] = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()["session_ids"]
    with server.begin(fired):
        pass
    server.end(fired, "failed")
    again = server.api.post(f"sessions/{fired}/retry", json={}).json()
    assert {name: again[name] for name in wanted} == wanted
    changed = server.api.patch(
        f"triggers/{trigger['id']}", json={"env": {}, "memory": None, "kernel_name": None}
    ).json()
    assert {name: changed[name] for name in wanted} == {"kernel_name": None, "env": {}, "memory": None}
    for field, wrong in (
        ("env", {"PATH": "/tmp"}), ("env", {"A B": "x"}), ("memory", "1 MiB"), ("memory", "much"), ("memory", -1),
        ("kernel_name", "../python3"), ("kernel_name", "x" * 101),
    ):  # fmt: skip
        for path in ("sessions", "triggers"):
            given = {
                "notebook": notebook,
                field: wrong,
                **({"name": "e", "type": "manual"} if path == "triggers" else {}),
            }
            refused = server.api.post(path, json=given)
            errors = refused.json()["errors"]
            assert (refused.status_code, errors[0]["field"]) == (400, field), (path, field, refused.text)


def test_cells_that_are_left_out_are_said_by_the_start_or_the_trigger(server: Server) -> None:
    notebook = server.notebook("skips/run.ipynb", "1 + 1")
    body = {"notebook": notebook, "skip_tags": ["slow", "two words", "slow"]}
    session = server.api.post("sessions", json=body).json()
    assert session["skip_tags"] == ["slow", "two words"]
    trigger = server.trigger(name="skips", type="manual", notebook=notebook, skip_tags=["slow"])
    [fired] = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()["session_ids"]
    assert server.api.get(f"sessions/{fired}").json()["skip_tags"] == trigger["skip_tags"] == ["slow"]
    with server.begin(fired):
        pass
    server.end(fired, "failed")
    again = server.api.post(f"sessions/{fired}/retry", json={}).json()
    assert again["skip_tags"] == ["slow"]
    for wrong in ([" slow"], [""], ["x" * 101], [str(number) for number in range(100)]):
        refused = server.api.post("sessions", json={**body, "skip_tags": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "tag_invalid"), wrong


def test_sessions_are_found_by_tag_and_a_failure_is_acknowledged(server: Server) -> None:
    notebook = server.notebook("tags/run.ipynb", "1 + 1")
    body = {"notebook": notebook, "tags": ["b", "a:1", "b"]}
    session = server.api.post("sessions", json=body).json()
    assert (session["tags"], session["acknowledged_by"]) == (["a:1", "b"], None)
    trigger = server.trigger(name="tagged", type="manual", notebook=notebook, tags=["a_1"])
    fired = server.api.post(f"triggers/{trigger['id']}/fire", json={}).json()["session_ids"]
    for tag, ids in (("b", [session["id"]]), ("a:1", [session["id"]]), ("a_1", fired), ("a", []), ("%", [])):
        found = server.api.get("sessions", params={"tag": tag, "project": "tags"}).json()["items"]
        assert [one["id"] for one in found] == ids, tag
    assert [one["name"] for one in server.api.get("triggers", params={"tag": "a_1"}).json()["items"]] == ["tagged"]
    assert server.api.get("triggers", params={"tag": "a11"}).json()["items"] == []
    refused = server.api.post("sessions", json={**body, "tags": ["no tag"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "tag_invalid")

    def unseen() -> list[str]:
        query = {"status": "failed", "project": "tags", "unseen": True}
        return [one["id"] for one in server.api.get("sessions", params=query).json()["items"]]

    with server.begin(session["id"]):
        pass
    server.end(session["id"], "failed")
    assert unseen() == [session["id"]]
    failed = server.api.get("status").json()["failed_today"]
    seen = server.api.post(f"sessions/{session['id']}/acknowledge", json={}).json()
    assert seen["acknowledged_by"] == session["started_by"]
    assert unseen() == []
    assert server.api.get("status").json()["failed_today"] == failed - 1
    server.api.post(f"sessions/{session['id']}/acknowledge", json={"seen": False})
    assert unseen() == [session["id"]]


def test_an_ended_session_is_deleted_with_what_it_made_and_one_that_runs_is_not(server: Server) -> None:
    session_id = _queued(server, "gone")
    with server.begin(session_id) as kernel:
        assert server.api.delete(f"sessions/{session_id}").json()["code"] == "session_state"
        assert kernel.delete(f"sessions/{session_id}").status_code == 403
    server.end(session_id, "completed")
    counted = server.api.get("sessions/counts", params={"project": "gone"}).json()
    assert counted == {"statuses": {"completed": 1}}
    assert server.api.delete(f"sessions/{session_id}").status_code == 204
    assert server.api.get(f"sessions/{session_id}").status_code == 404
    assert server.api.get("artifacts", params={"session": session_id}).json()["items"] == []
    assert server.api.get("sessions/counts", params={"project": "gone"}).json() == {"statuses": {}}
    assert server.api.get("sessions/counts", params={"trigger": "sales/nothing"}).status_code == 404


@pytest.mark.parametrize(
    "http",
    [
        {"headers": {"X-A": "b\r\nSet-Cookie: c=d"}},
        {"headers": {"X-A": "b\nc"}},
        {"headers": {"X A": "b"}},
        {"headers": {"X-A\r\nB": "b"}},
        {"headers": {"X-A": "\u20ac"}},
        {"headers": {"": "b"}},
        {"status": 99},
        {"status": 700},
        {"status": "200"},
        {"json": 1, "body": "1"},
        {"body_base64": "%%%"},
        {"body": 5},
    ],
)
def test_an_answer_that_http_cannot_carry_is_refused(server: Server, http: dict[str, object]) -> None:
    session_id = _queued(server, "answers")
    with server.begin(session_id) as kernel:
        answer = kernel.post(f"sessions/{session_id}/outcomes", json={"value": None, "more": False, "http": http})
        assert answer.status_code == 400
        assert answer.json()["code"] in ("response_invalid", "request_invalid")
    server.end(session_id, "failed")


def test_bytes_are_kept_as_they_are(server: Server) -> None:
    session_id = _queued(server, "bytes")
    body = {"value": None, "http": {"status": 201, "body_base64": base64.b64encode(b"\x00\xff").decode()}}
    with server.begin(session_id) as kernel:
        stored = kernel.post(f"sessions/{session_id}/outcomes", json=body).json()
    assert stored["http"] == {"status": 201, "headers": {}, "body_base64": "AP8="}
    server.end(session_id, "completed")


def test_a_start_asked_for_again_with_its_key_is_the_same_session(server: Server) -> None:
    call = server.notebook("sales/once.ipynb", ("n = 1", "parameters"), "n")
    headers = {"Idempotency-Key": "start-1"}
    first = server.api.post("sessions", json={"call": call, "parameters": {"n": 2}}, headers=headers)
    again = server.api.post("sessions", json={"parameters": {"n": 2}, "call": call}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Location"] == first.headers["Location"]
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    other = server.api.post("sessions", json={"call": call, "parameters": {"n": 3}}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "request_key_reused")
    new = server.api.post("sessions", json={"call": call}, headers={"Idempotency-Key": "start-2"})
    assert new.json()["id"] != first.json()["id"]
    keyless = {server.api.post("sessions", json={"call": call}).json()["id"] for _ in range(2)}
    assert len(keyless) == 2


@pytest.mark.parametrize("key", ["", "k" * 256, "a\tb"])
def test_a_key_that_cannot_be_is_400(server: Server, key: str) -> None:
    call = server.notebook("sales/once.ipynb", "1")
    answer = server.api.post("sessions", json={"call": call}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_key_invalid")
