"""Sync webhooks whose answers come in parts, over HTTP: what the caller gets, and what becomes of one who goes away."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from eventually import wait_until
from serving import Server

from notebook_automation.domain.responses import MAX_PART

PATIENCE = 60.0


class Waiting:
    """A caller who waits for the answer of a webhook, in a connection of its own."""

    def __init__(self, url: str, method: str = "POST") -> None:
        parts = urlsplit(url)
        self.connection = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        head = f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 0\r\n\r\n"
        self.connection.sendall(head.encode())
        self.got = b""

    def read_until(self, text: bytes) -> bytes:
        """Read until ``text`` has come; return all that came so far."""
        while text not in self.got:
            came = self.connection.recv(65536)
            assert came, f"{text!r} has not come: {self.got!r}"
            self.got += came
        return self.got

    def read_to_end(self) -> bytes:
        while came := self.connection.recv(65536):
            self.got += came
        return self.got

    def head(self) -> tuple[int, dict[str, str]]:
        self.read_until(b"\r\n\r\n")
        lines = self.got.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), fields

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def url(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a sync webhook of this test alone."""
    trigger = server.trigger(name="streams", project=_project(server), type="webhook", is_sync=True, call="x.ipynb")
    yield trigger["url"]
    server.api.delete(f"triggers/{trigger['id']}")


def _project(server: Server) -> str:
    server.notebook("streams/x.ipynb", "1 + 1")
    server.api.post("projects", json={"path": "streams"})
    return "streams"


@contextmanager
def answering(server: Server, status: str | None = "completed") -> Iterator[tuple[str, httpx.Client]]:
    """Run the session that a caller has just started; end it with ``status``."""

    def queued() -> list[str]:
        query = {"project": "streams", "status": "requested"}
        return [one["id"] for one in server.api.get("sessions", params=query).json()["items"]]

    [session_id] = wait_until(queued)
    with server.begin(session_id) as kernel:
        yield session_id, kernel
    if status is not None:
        server.end(session_id, status)


def say(kernel: httpx.Client, session_id: str, *, more: bool, **http: Any) -> None:
    answer = kernel.post(f"sessions/{session_id}/outcomes", json={"more": more, "http": http})
    assert answer.status_code == 201, answer.text


def set_time(server: Server, seconds: float) -> dict[str, Any]:
    [trigger] = server.api.get("triggers", params={"q": "streams"}).json()["items"]
    changed: dict[str, Any] = server.api.patch(f"triggers/{trigger['id']}", json={"sync_time": seconds}).json()
    return changed


def test_the_caller_gets_each_part_when_it_is_given(server: Server, url: str) -> None:
    caller = Waiting(url)
    with answering(server) as (session_id, kernel):
        say(kernel, session_id, more=True, status=201, headers={"X-Kind": "first", "Set-Cookie": "a=b"}, json={"n": 1})
        assert b'{"n":1}\n' in caller.read_until(b'{"n":1}\n')
        status, headers = caller.head()
        assert (status, headers["X-Kind"], headers["Content-Type"]) == (201, "first", "application/x-ndjson")
        assert headers["Transfer-Encoding"] == "chunked"
        assert headers["Content-Security-Policy"] == "sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Event-Id"].startswith("evt_")
        assert "Set-Cookie" not in headers
        # What a part after the first says of status and headers is too late.
        say(kernel, session_id, more=True, status=500, headers={"X-Late": "x"}, json={"n": 2})
        caller.read_until(b'{"n":2}\n')
        say(kernel, session_id, more=False, body="end")
        caller.read_until(b"3\r\nend\r\n0\r\n\r\n")
        assert b"X-Late" not in caller.got
        # The session goes on, and the connection is good for the next request.
        assert kernel.post(f"sessions/{session_id}/progress", json={"value": 0.5}).status_code == 204
    caller.close()


def test_an_answer_that_breaks_off_shows_that_something_is_missing(server: Server, url: str) -> None:
    caller = Waiting(url)
    with answering(server, "failed") as (session_id, kernel):
        say(kernel, session_id, more=True, body="half")
        caller.read_until(b"half")
    assert not caller.read_to_end().endswith(b"0\r\n\r\n")
    caller.close()


def test_a_session_that_completes_ends_its_answer(server: Server, url: str) -> None:
    caller = Waiting(url)
    with answering(server) as (session_id, kernel):
        say(kernel, session_id, more=True, body="all of it")
        caller.read_until(b"all of it")
    caller.read_until(b"0\r\n\r\n")
    caller.close()


@pytest.mark.parametrize("before_the_answer", [True, False])
def test_a_caller_who_goes_away_harms_nothing(
    server: Server, url: str, before_the_answer: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caller = Waiting(url)
    waiting = server.services.responses._waiting
    with answering(server) as (session_id, kernel):
        if not before_the_answer:
            say(kernel, session_id, more=True, body="half")
            caller.read_until(b"half")
        wait_until(lambda: session_id in waiting)
        caller.close()
        wait_until(lambda: session_id not in waiting)
        say(kernel, session_id, more=True, body=" of it")
        say(kernel, session_id, more=False, body="end")
    session = server.api.get(f"sessions/{session_id}").json()
    assert session["status"] == "completed"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_caller_who_takes_nothing_holds_a_few_parts_and_is_given_up(server: Server, url: str) -> None:
    set_time(server, 1.0)
    caller = Waiting(url)
    waiting = server.services.responses._waiting
    with answering(server) as (session_id, kernel):
        block = "x" * (MAX_PART - 1)
        for _ in range(24):
            say(kernel, session_id, more=True, body=block)
        # It reads nothing: what it was not sent is not read from the database either.
        wait_until(lambda: session_id not in waiting)
        say(kernel, session_id, more=False, body="end")
    received = len(caller.read_to_end())
    assert received < 24 * len(block)
    assert not caller.got.endswith(b"0\r\n\r\n")
    caller.close()


def test_the_triggers_own_time_is_what_a_caller_waits(server: Server, url: str) -> None:
    assert set_time(server, 0.2)["sync_time"] == 0.2
    late = httpx.post(url, timeout=PATIENCE, trust_env=False)
    assert (late.status_code, late.json()["code"]) == (504, "answer_too_late")
    assert "0.2 s" in late.json()["detail"]
    with answering(server) as (session_id, kernel):
        # It goes on, and may still answer: nobody is there.
        say(kernel, session_id, more=False, json=1)


def test_a_head_request_gets_the_head_alone(server: Server, url: str) -> None:
    caller = Waiting(url, "HEAD")
    with answering(server) as (session_id, kernel):
        say(kernel, session_id, more=True, headers={"X-Kind": "first"}, body="part")
        status, headers = caller.head()
        assert (status, headers["X-Kind"]) == (200, "first")
        say(kernel, session_id, more=False, body="end")
    assert caller.got.endswith(b"\r\n\r\n")
    assert b"part" not in caller.got
    caller.close()


def test_each_caller_gets_the_answer_of_its_own_session(server: Server, url: str) -> None:
    callers, kernels = [], {}
    for _ in range(3):
        callers.append(Waiting(url))
        # A runner of its own for each, before the next is asked for.
        with answering(server, None) as (session_id, kernel):
            kernels[session_id] = httpx.Client(base_url=kernel.base_url, headers=kernel.headers, trust_env=False)
    for turn in range(5):
        for session_id, kernel in kernels.items():
            say(kernel, session_id, more=turn < 4, json={"session": session_id, "turn": turn})
    for caller, (session_id, kernel) in zip(callers, kernels.items(), strict=True):
        body = caller.read_until(b"\r\n0\r\n\r\n").partition(b"\r\n\r\n")[2]
        lines = [json.loads(line) for line in body.splitlines() if line.startswith(b"{")]
        assert lines == [{"session": session_id, "turn": turn} for turn in range(5)]
        kernel.close()
        caller.close()
        server.end(session_id, "completed")
