"""What a notebook waits for, by `na` in a session of a real server, and what others see of it and send to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eventually import wait_until
from serving import Server

import notebook_automation as na
from notebook_automation.sdk import client, context, position
from notebook_automation.sdk.errors import Invalid, Refused


@pytest.fixture
def session(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[str]:
    """Make this process the kernel of a running session; its id."""
    call = server.notebook("waiting/report.ipynb", "1 + 1")
    session_id: str = server.api.post("sessions", json={"call": call}).json()["id"]
    with server.begin(session_id) as kernel:
        token = kernel.headers["Authorization"].partition(" ")[2]
        file = tmp_path / "context.json"
        about = {"session": {"id": session_id, "project": "waiting"}, "event": None, "parameters": {}, "variables": {}}
        file.write_text(json.dumps(about), encoding="utf-8")
        given = {"URL": str(server.api.base_url), "TOKEN": token, "SESSION": session_id, "CONTEXT": str(file)}
        for name, value in given.items():
            monkeypatch.setenv(f"NOTEBOOK_AUTOMATION_{name}", value)
        client.forget()
        context.reset()
        yield session_id
    server.end(session_id, "completed")
    client.forget()
    context.reset()


@pytest.fixture
def blocking() -> Iterator[Callable[..., Future[Any]]]:
    """Runs what blocks in a thread of its own."""
    with ThreadPoolExecutor(4) as pool:
        yield pool.submit


def shown(server: Server, session_id: str) -> Any:
    return server.api.get(f"sessions/{session_id}").json()


def waits_for(server: Server, session_id: str, what: str) -> Any:
    return wait_until(lambda: (found := shown(server, session_id))["waiting_for"] == what and found)


def test_a_signal_ends_a_wait_and_the_session_says_what_it_waits_for(
    server: Server, session: str, blocking: Callable[..., Future[Any]]
) -> None:
    waiting = blocking(na.wait, "approve", timeout="2 h")
    found = waits_for(server, session, "signal approve")
    assert found["wake_at"] > found["created_at"]
    [listed] = [one for one in server.api.get("sessions").json()["items"] if one["id"] == session]
    assert listed["waiting_for"] == "signal approve"
    answer = server.api.post(f"sessions/{session}/signals", json={"name": "approve", "payload": {"ok": True}})
    assert (answer.status_code, answer.json()) == (202, {"reached": 1})
    assert waiting.result() == {"ok": True}
    assert shown(server, session)["waiting_for"] is None
    [wait] = server.api.get(f"sessions/{session}/waits").json()["items"]
    assert (wait["status"], wait["payload"], wait["waiting_for"]) == ("answered", {"ok": True}, "signal approve")


def test_signals_are_kept_in_order_and_a_timeout_is_none(server: Server, session: str) -> None:
    for payload in ("first", None):
        server.api.post(f"sessions/{session}/signals", json={"name": "step", "payload": payload})
    assert na.wait("step") == "first"
    second = na.next_signal("step", timeout=60)
    assert second is not None
    assert (second["payload"], second["name"]) == (None, "step")
    assert second["sender"]
    assert na.next_signal("step", timeout=timedelta(milliseconds=1)) is None
    assert na.wait_for_event("never", timeout=0) is None
    # To itself, by its own token.
    assert na.signal(session, "own", [1]) == 1
    assert na.wait("own") == [1]


def test_a_broadcast_reaches_those_who_wait_now(
    server: Server, session: str, blocking: Callable[..., Future[Any]]
) -> None:
    assert na.signal("ops:window_open", {"foo": 1}) == 0
    waiting = blocking(na.wait, "ops:window_open")
    waits_for(server, session, "signal ops:window_open")
    sent = server.api.post("signals", json={"project": "waiting", "name": "ops:window_open", "payload": {"foo": 2}})
    assert sent.json() == {"reached": 1}
    assert waiting.result() == {"foo": 2}


def test_the_next_event_of_two_sources_is_the_first_that_comes(server: Server, session: str) -> None:
    trigger = server.trigger(name="inbox", type="webhook", call=None, project="waiting")
    sources = [na.subscribe("inbox", "data.json.n > 1"), na.subscribe("paid")]
    for n in (1, 2):
        server.stranger.post(trigger["url"], json={"n": n})
    na.emit("paid", {"n": 3})
    event = na.next_event(sources, full=True)
    assert (event["type"], event["trigger"], event["data"]["json"]["n"]) == ("post", "waiting/inbox", 2)
    # As in na.event, the case of headers' names does not count.
    assert event["data"]["headers"]["Content-Type"] == "application/json"
    assert na.next_event(sources)["n"] == 3
    assert na.next_event(sources, timeout=0) is None
    na.unsubscribe(sources[1])
    na.emit("paid", {"n": 4})
    assert na.next_event(sources[1], timeout=0) is None


def test_an_event_that_happens_meanwhile_ends_the_wait_for_it(
    server: Server, session: str, blocking: Callable[..., Future[Any]]
) -> None:
    waiting = blocking(na.wait_for_event, "guest_docs_uploaded", timeout="90 min")
    waits_for(server, session, "event guest_docs_uploaded")
    server.api.post("events", json={"project": "waiting", "type": "guest_docs_uploaded", "data": {"id": 5}})
    assert waiting.result() == {"id": 5}


def test_sleeping_lasts_as_long_as_it_should(server: Server, session: str) -> None:
    began = datetime.now(UTC)
    na.sleep(0.05)
    na.sleep_until(began + timedelta(seconds=0.1))
    assert datetime.now(UTC) - began >= timedelta(seconds=0.1)
    na.sleep_until("2026-01-01 06:00")
    with pytest.raises(Invalid, match=r"na\.sleep"):
        na.sleep_until("two days")
    with pytest.raises(Refused, match="century"):
        na.sleep("9999999 days")


def test_a_naive_time_is_in_the_zone_of_the_server(
    server: Server, session: str, blocking: Callable[..., Future[Any]]
) -> None:
    waiting = blocking(na.sleep_until, "2060-12-01 06:00")
    found = waits_for(server, session, "a time")
    # The server of these tests is in Tokyo.
    assert found["wake_at"] == "2060-11-30T21:00:00.000Z"
    server.api.post(f"sessions/{session}/cancel")
    server.run(server.services.waits._database.write(lambda tx: _given_up(tx, session)))
    with pytest.raises(LookupError, match="the session ends"):
        waiting.result()


def _given_up(tx: Any, session_id: str) -> None:
    from notebook_automation.store import waits

    waits.end_open(tx, session_id, now=0.0)
    waits.announce(tx, [session_id])


def test_a_cell_that_runs_again_gets_the_answers_of_before_and_sends_nothing_twice(
    server: Server, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cell() -> list[Any]:
        position.begin(3, 0)
        subscription = na.subscribe("twice")
        na.signal(session, "once", "sent")
        na.emit("twice", {"n": 1})
        event = na.next_event(subscription)
        na.unsubscribe(subscription)
        na.sleep(0.01)
        return [subscription, na.wait("once"), event]

    monkeypatch.setattr(position, "_here", position._Here())
    first = cell()
    assert cell() == first
    assert na.next_signal("once", timeout=0) is None
    position.begin(3, 0)
    with pytest.raises(Refused, match=r"na\.step"):
        na.subscribe("another")


def test_a_durable_session_does_not_wait_in_another_thread_while_its_own_goes_on(
    server: Server, session: str, blocking: Callable[..., Future[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(position, "_here", position._Here())
    position.begin(3, 0)
    with pytest.raises(Invalid, match=r"own thread only.*na\.next_event"):
        blocking(na.wait, "approve").result()
    assert server.api.get(f"sessions/{session}/waits").json()["items"] == []


def test_the_log_of_a_session_that_keeps_its_kernel_says_so_once(server: Server, session: str) -> None:
    for _ in range(2):
        na.sleep(0.01)
    log = server.api.get(f"sessions/{session}/log").json()["items"]
    assert sum("only a durable session" in one["text"] for one in log) == 1


def test_an_open_notebook_sleeps_and_signals_and_is_told_how_to_wait(
    server: Server, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTEBOOK_AUTOMATION_SESSION")
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", server.token)
    client.forget()
    context.reset()
    na.sleep(0.001)
    na.sleep_until(datetime.now(UTC))
    assert na.signal(session, "from a notebook", 1) == 1
    for wait in (na.wait, na.next_signal, na.wait_for_event, na.subscribe):
        with pytest.raises(Invalid, match=r"na\.start"):
            wait("x")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "sleep"},
        {"kind": "sleep", "seconds": -1},
        {"kind": "sleep", "until": "soon"},
        {"kind": "signal"},
        {"kind": "signal", "name": "a\nb"},
        {"kind": "next_event", "filter": "data.("},
    ],
)
def test_what_is_no_question_is_refused(server: Server, session: str, body: dict[str, Any]) -> None:
    place = {"cell_index": 0, "piece": 0, "nth": 0}
    with pytest.raises(Refused) as caught:
        client.connect().post(f"sessions/{session}/waits", {**body, "position": place})
    assert caught.value.status == 400


def test_nobody_else_waits_in_a_session(server: Server, session: str) -> None:
    body = {"kind": "sleep", "seconds": 1, "position": {"cell_index": 0, "piece": 0, "nth": 0}}
    answer = server.api.post(f"sessions/{session}/waits", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (
        server.api.post(f"sessions/{session}/signals", json={"name": "x", "payload": "y" * 300_000}).status_code == 413
    )
