"""What a run knows and says: event, parameters, variables, outcomes, progress, other sessions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from eventually import wait_until

import notebook_automation as na
from notebook_automation.domain.responses import MAX_PART, response_of
from notebook_automation.sdk import context, outcomes, progress
from notebook_automation.sdk.errors import Invalid, Missing, SessionFailed

EVENT = {
    "id": "evt_1",
    "type": "post",
    "trigger": "sales/orders",
    "data": {"method": "POST", "headers": {"content-type": "application/json"}, "json": {"id": 7}},
}


def test_a_session_knows_what_it_is_about(in_session: Callable[..., Any]) -> None:
    in_session(event=EVENT, parameters={"region": "emea"}, variables={"BUDGET": "100"})
    assert na.event
    assert (na.event.id, na.event.data.json.id, na.event.data.headers["Content-Type"]) == (
        "evt_1",
        7,
        "application/json",
    )
    assert (na.params["region"], na.params.region, dict(na.params)) == ("emea", "emea", {"region": "emea"})
    assert (na.session.id, na.session.project, na.session.attempt) == ("ses_1", "sales", 1)
    assert na.var("BUDGET") == "100"
    assert na.var("ABSENT", None) is None
    with pytest.raises(Missing, match=r"no variable 'ABSENT'. It has: BUDGET"):
        na.var("ABSENT")
    with pytest.raises(AttributeError, match=r"It has: region"):
        na.params.days  # noqa: B018


def test_a_session_without_an_event_says_so(in_session: Callable[..., Any]) -> None:
    in_session()
    assert not na.event
    with pytest.raises(AttributeError, match="started without an event"):
        na.event.data  # noqa: B018


def test_the_context_is_asked_for_where_the_file_is_on_another_machine(
    in_session: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = in_session()
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_CONTEXT", "/nowhere/context.json")
    content = {"session": {"id": "ses_1"}, "event": EVENT, "parameters": {}, "variables": {}}
    server.answers[("GET", "/sessions/ses_1/context")] = (200, content)
    assert na.event.data.json.id == 7


def test_a_simulated_event_changes_what_the_open_notebook_sees() -> None:
    assert not na.event
    context.simulate(EVENT, {"region": "apac"})
    assert na.event.data.json.id == 7
    assert na.params.region == "apac"
    context.simulate(None)
    assert not na.event


def test_outcomes_and_answers_are_posted(in_session: Callable[..., Any]) -> None:
    server = in_session()
    server.answers[("POST", "/sessions/ses_1/outcomes")] = (201, {})
    na.outcome({"n": 1})
    na.respond(json={"seen": 7}, status=201, headers={"X-Count": "1"})
    na.respond(body="plain")
    na.respond(body=b"\x00\xff")
    na.respond(status=204)
    sent = [json.loads(body) for _, _, body, _ in server.requests]
    assert sent[0] == {"value": {"n": 1}, "more": True}
    assert sent[1] == {
        "value": {"seen": 7},
        "more": False,
        "http": {"status": 201, "headers": {"X-Count": "1"}, "json": {"seen": 7}},
    }
    assert [entry["http"] for entry in sent[2:]] == [
        {"status": 200, "headers": {}, "body": "plain"},
        {"status": 200, "headers": {}, "body_base64": "AP8="},
        {"status": 204, "headers": {}, "body": ""},
    ]


def test_parts_of_an_answer_say_that_more_will_come(in_session: Callable[..., Any]) -> None:
    server = in_session()
    server.answers[("POST", "/sessions/ses_1/outcomes")] = (201, {})
    na.respond(json={"n": 1}, more=True)
    na.http_outcome(202, {"n": 2}, None, {"X-A": "b"}, True)
    na.http_outcome(json=[3], more=True)
    na.http_outcome(body="end")
    sent = [json.loads(body) for _, _, body, _ in server.requests]
    assert [(entry["more"], entry["http"]) for entry in sent] == [
        (True, {"status": 200, "headers": {}, "json": {"n": 1}}),
        (True, {"status": 202, "headers": {"X-A": "b"}, "json": {"n": 2}}),
        (True, {"status": 200, "headers": {}, "json": [3]}),
        (False, {"status": 200, "headers": {}, "body": "end"}),
    ]


@pytest.mark.parametrize("more", [True, False])
def test_what_does_not_fit_into_a_request_goes_in_parts(in_session: Callable[..., Any], more: bool) -> None:
    server = in_session()
    server.answers[("POST", "/sessions/ses_1/outcomes")] = (201, {})
    text, content, value = "ü\U0001f600" * 70_000, bytes(range(256)) * 2_000, ["x" * 200_000, "y"]
    for arguments in ({"body": text}, {"body": content}, {"json": value}):
        server.requests.clear()
        na.respond(**arguments, more=more)
        sent = [json.loads(body) for _, _, body, _ in server.requests]
        assert len(sent) >= 3
        assert [entry["more"] for entry in sent] == [True] * (len(sent) - 1) + [more]
        parts = [response_of(None, entry["http"]).body for entry in sent]
        assert all(len(part) <= MAX_PART for part in parts)
        whole = b"".join(parts)
        if "json" in arguments:
            assert json.loads(whole) == value
            kind = "application/x-ndjson" if more else "application/json"
            assert sent[0]["http"]["headers"] == {"Content-Type": kind}
        else:
            assert whole == (text.encode() if arguments["body"] is text else content)


def test_another_events_sender_waits_for_another_session(in_session: Callable[..., Any]) -> None:
    in_session()
    with pytest.raises(Invalid, match="its own event"):
        na.http_outcome(event_id="evt_2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"json": 1, "body": "x"}, "not both"),
        ({"json": None, "body": "x"}, "not both"),
        ({"body": {"a": 1}}, "use json="),
        ({"status": 99}, "200 to 599"),
        ({"status": 100}, "200 to 599"),
        ({"headers": {"X": "a\r\nSet-Cookie: b"}}, "no HTTP header"),
        ({"headers": {"X Y": "a"}}, "no HTTP header"),
        ({"json": object()}, "cannot be written as JSON"),
    ],
)
def test_what_is_no_answer_is_refused_before_it_is_sent(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        na.respond(**arguments)


def test_an_open_notebook_remembers_what_it_would_have_answered(capsys: pytest.CaptureFixture[str]) -> None:
    na.respond(json={"seen": 7})
    na.outcome("<b>x</b>", more=False)
    assert "seen" in capsys.readouterr().out
    assert [entry["value"] for entry in outcomes.take_remembered()] == [{"seen": 7}, "<b>x</b>"]
    assert outcomes.take_remembered() == []


def test_progress_of_a_loop_is_reported_seldom_and_its_end_always(in_session: Callable[..., Any]) -> None:
    server = in_session()
    server.answers[("POST", "/sessions/ses_1/progress")] = (200, {})
    began = time.perf_counter()
    for turn in range(10_000):
        na.progress((turn + 1) / 10_000, f"turn {turn}")
    took = time.perf_counter() - began
    progress.flush()
    sent = [json.loads(body) for _, _, body, _ in server.requests]
    assert len(sent) <= 3 + took / progress.INTERVAL
    assert sent[-1] == {"value": 1.0, "message": "turn 9999"}


def test_progress_that_waits_is_reported_without_another_call(in_session: Callable[..., Any]) -> None:
    server = in_session()
    server.answers[("POST", "/sessions/ses_1/progress")] = (200, {})
    na.progress(0.1)
    na.progress(0.2, "now it takes long")
    wait_until(lambda: any(b"long" in body for _, _, body, _ in server.requests))
    assert json.loads(server.requests[-1][2])["value"] == 0.2


def test_progress_that_cannot_be_told_does_not_end_the_run(
    in_session: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    server = in_session()
    server.answers[("POST", "/sessions/ses_1/progress")] = (409, {"detail": "The session has ended."})
    na.progress(0.5)
    progress.flush()
    na.progress(0.6)
    progress.flush()
    assert capsys.readouterr().err == "Progress is not reported: The session has ended.\n"


def test_progress_is_a_share() -> None:
    for value in (-0.1, 1.1, 50, float("nan")):
        with pytest.raises(Invalid, match="from 0 to 1"):
            na.progress(value)


def test_another_notebook_is_started_and_waited_for(in_session: Callable[..., Any]) -> None:
    server = in_session()
    told = {"id": "ses_2", "call": "child.ipynb", "status": "running", "result": None, "error": None}
    server.answers[("POST", "/sessions")] = (201, told)
    server.answers[("GET", "/sessions/ses_2")] = (200, told)
    child = na.start("child.ipynb", {"a": 1}, call="b")
    assert json.loads(server.requests[0][2]) == {
        "call": "child.ipynb",
        "project": "sales",
        "parameters": {"a": 1, "call": "b"},
    }
    with pytest.raises(Missing, match=r"call \.wait\(\)"):
        child.result  # noqa: B018
    with pytest.raises(TimeoutError, match=r"wait\(\) again"):
        child.wait(timeout=0.15)
    server.answers[("GET", "/sessions/ses_2")] = (200, {**told, "status": "completed", "result": {"n": 3}})
    assert child.wait().result == {"n": 3}
    asked = len(server.requests)
    assert child.status == "completed"
    assert len(server.requests) == asked


def test_a_child_that_failed_says_why(in_session: Callable[..., Any]) -> None:
    server = in_session()
    error = {"ename": "ValueError", "evalue": "no rows"}
    server.answers[("POST", "/sessions")] = (201, {"id": "s", "call": "c.ipynb", "status": "failed", "error": error})
    with pytest.raises(SessionFailed, match=r"\(c.ipynb\) ended as failed: ValueError: no rows"):
        na.start("c.ipynb").wait().result  # noqa: B018


def test_events_are_emitted_and_urls_found(in_session: Callable[..., Any]) -> None:
    server = in_session()
    server.answers[("POST", "/events")] = (202, {"event_id": "evt_9", "session_ids": []})
    assert na.emit("order_received", {"id": 7}).event_id == "evt_9"
    assert json.loads(server.requests[-1][2]) == {"type": "order_received", "data": {"id": 7}, "project": "sales"}
    with pytest.raises(Invalid, match="is an object"):
        na.emit("order_received", [1])  # type: ignore[arg-type]
    server.answers[("GET", "/triggers/sales/orders")] = (
        200,
        {"ref": "sales/orders", "type": "webhook", "url": "http://x/y"},
    )
    server.answers[("GET", "/triggers/other/nightly")] = (
        200,
        {"ref": "other/nightly", "type": "schedule", "url": None},
    )
    assert na.webhook_url("orders") == "http://x/y"
    with pytest.raises(Invalid, match="type schedule and has no URL"):
        na.webhook_url("other/nightly")
