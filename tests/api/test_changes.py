"""The WebSocket of changes: in order, without gaps, for those who may and keep up."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from change_stream import listening, next_message
from eventually import PATIENCE, eventually, wait_until
from serving import Server, serve
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClientConnection

from notebook_automation.api import changes as stream_module
from notebook_automation.domain.projects import ProjectChange
from notebook_automation.services import changes as changes_module
from notebook_automation.store import changes
from notebook_automation.store.changes import announce


async def _read(socket: WebSocketClientConnection) -> str | bytes | None:
    async with asyncio.timeout(PATIENCE):
        return await socket.read_message()


async def _announce(server: Server, count: int, name: str = "x") -> None:
    def work(tx: Any) -> None:
        for number in range(count):
            announce(tx, f"prj_{name}{number}", "updated", ProjectChange(name=f"p{number}"))

    await server.database.write(work)


def _run(server: Server, work: Coroutine[Any, Any, None]) -> None:
    server.run(work, seconds=60)


def test_changes_come_as_they_are_committed(server: Server) -> None:
    async def story() -> None:
        async with listening(server) as socket:
            hello = await next_message(socket)
            assert hello["type"] == "hello"
            await _announce(server, 3)
            got = [await next_message(socket) for _ in range(3)]
        assert [one["seq"] for one in got] == [hello["seq"] + 1, hello["seq"] + 2, hello["seq"] + 3]
        assert got[0] == {
            "type": "change", "seq": hello["seq"] + 1, "channel": "projects", "id": "prj_x0", "activity": "updated",
            "content": {"name": "p0"}, "at": got[0]["at"],
        }  # fmt: skip

    _run(server, story())


def test_one_who_comes_back_misses_nothing_and_sees_nothing_twice(server: Server) -> None:
    async def story() -> None:
        async with listening(server) as socket:
            seen = (await next_message(socket))["seq"]
        await _announce(server, 700)
        seqs: list[int] = []
        async with listening(server, f"?after={seen}") as socket:
            writing = asyncio.create_task(_announce(server, 300))
            while len(seqs) < 1000:
                message = await next_message(socket)
                if message["type"] == "change":
                    seqs.append(message["seq"])
            await writing
        assert seqs == list(range(seen + 1, seen + 1001))

    _run(server, story())


def test_what_is_no_longer_kept_is_said(server: Server) -> None:
    async def story() -> None:
        await _announce(server, 5)
        await server.database.write(lambda tx: changes.forget(tx, 1e12))
        async with listening(server, "?after=1") as socket:
            hello, reset = await next_message(socket), await next_message(socket)
        assert (hello["type"], reset) == ("hello", {"type": "reset", "seq": hello["seq"]})
        async with listening(server, f"?after={hello['seq'] + 5000}") as socket:
            assert [(await next_message(socket))["type"] for _ in range(2)] == ["hello", "reset"]

    _run(server, story())


def test_a_client_that_does_not_keep_up_is_let_go_and_may_resume(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "BUFFER", 20)
    held = asyncio.Event()
    plain = stream_module.StreamHandler._send

    async def slow(handler: Any, message: dict[str, Any]) -> None:
        if message["type"] == "change":
            await held.wait()
        await plain(handler, message)

    monkeypatch.setattr(stream_module.StreamHandler, "_send", slow)

    async def story() -> None:
        async with listening(server) as socket:
            seen = (await next_message(socket))["seq"]
            await _announce(server, 200)
            await eventually(lambda: server.services.changes.seq >= seen + 200)
            held.set()
            got = []
            while (text := await _read(socket)) is not None:
                got.append(json.loads(text)["seq"])
            assert socket.close_code == stream_module.TRY_AGAIN
            # What it got has no gap, so that it can go on from there.
            assert got == list(range(seen + 1, seen + 1 + len(got)))
            assert len(got) < 200

    _run(server, story())
    monkeypatch.undo()
    wait_until(lambda: not server.services.changes._listeners)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "token wrong"}, 401),
        ({"Authorization": "Bearer nas_wrong"}, 403),
        ({"Host": "evil.example"}, 403),
    ],
)
def test_nobody_listens_who_may_not(server: Server, headers: dict[str, str], status: int) -> None:
    async def story() -> None:
        with pytest.raises(HTTPClientError) as refused:
            async with listening(server, **headers):
                pass
        assert refused.value.code == status

    _run(server, story())


def test_a_page_of_another_origin_does_not_listen_by_a_cookie(server: Server) -> None:
    server.stranger.cookies.clear()
    server.stranger.get("status", params={"token": server.token})
    cookie = "; ".join(f"{name}={value}" for name, value in server.stranger.cookies.items())
    server.stranger.cookies.clear()

    async def story() -> None:
        own = server.url.removesuffix("/hub/ana/")
        async with listening(server, Authorization="", Cookie=cookie, Origin=own) as socket:
            assert (await next_message(socket))["type"] == "hello"
        for origin in ("https://evil.example", "null", f"{own}.evil.example"):
            with pytest.raises(HTTPClientError) as refused:
                async with listening(server, Authorization="", Cookie=cookie, Origin=origin):
                    pass
            assert refused.value.code == 403

    _run(server, story())


def test_it_is_a_websocket_and_says_so(server: Server) -> None:
    assert server.api.get("stream").status_code == 426
    assert server.api.get("stream", params={"after": "x"}).status_code == 400
    assert server.api.get("stream", params={"since": "1"}).json()["code"] == "query_unknown"


def test_streams_end_when_the_server_stops(tmp_path: Path) -> None:
    async def story() -> int | None:
        stack = contextlib.ExitStack()
        server = await asyncio.to_thread(
            stack.enter_context, serve(tmp_path, "--NotebookAutomationApp.run_engine=False")
        )
        async with listening(server) as socket:
            assert (await next_message(socket))["type"] == "hello"
            await asyncio.to_thread(stack.close)
            assert await _read(socket) is None
            return socket.close_code

    assert asyncio.run(story()) == stream_module.GOING_AWAY
