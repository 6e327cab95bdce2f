"""Bodies that never come to their end: what they hold in memory, counted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from eventually import PATIENCE, eventually
from serving import Server
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, stream_request_body

from notebook_automation.api import bodies, handlers
from notebook_automation.api.bodies import IN_MEMORY, BoundedBody

SENDERS = 50
SENT = 300_000


@stream_request_body
class Taker(BoundedBody, RequestHandler):
    """Takes bodies as webhooks do; ``all`` are the requests that are open."""

    all: ClassVar[list[Taker]] = []

    def initialize(self, spool: Path, limit: int = 10 * SENT) -> None:
        self.spool, self.limit = spool, limit

    async def prepare(self) -> None:
        self.all.append(self)
        self.expect(limit=self.limit, seconds=None, limit_name="of this test", spool=str(self.spool))

    @property
    def in_memory(self) -> int:
        return sum(map(len, self._chunks))


@contextlib.asynccontextmanager
async def _taking(**options: Any) -> AsyncIterator[tuple[str, int]]:
    """Serve the taker, and give the address."""
    [listening] = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/", Taker, options)]))
    server.add_socket(listening)
    try:
        yield listening.getsockname()
    finally:
        server.stop()
        await server.close_all_connections()


async def test_what_never_ends_waits_in_files(tmp_path: Path) -> None:
    spool = tmp_path / "uploads"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (2 * SENT)
    async with _taking(spool=spool) as address, contextlib.AsyncExitStack() as senders:
        for number in range(SENDERS):
            _, writer = await asyncio.open_connection(*address)
            senders.push_async_callback(_closed, writer)
            # Some send a little: that may stay in memory.
            writer.write(head + b"x" * (SENT if number % 2 else IN_MEMORY))
        expected = [IN_MEMORY] * (SENDERS // 2) + [SENT] * (SENDERS // 2)
        await eventually(lambda: sorted(taker.received for taker in Taker.all) == expected)
        assert [taker.in_memory for taker in Taker.all if taker.received > IN_MEMORY] == [0] * (SENDERS // 2)
        assert sum(taker.in_memory for taker in Taker.all) <= SENDERS // 2 * IN_MEMORY
        assert spool.stat().st_mode & 0o777 == 0o700
        assert list(spool.iterdir()) == [], "the files have no names: they go with their senders"
    assert all(taker.in_memory == 0 and taker.sink is None for taker in Taker.all)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_what_turns_out_too_large_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body may have no bound of time, as uploads have none: one that nobody keeps has."""
    monkeypatch.setattr(bodies, "DRAIN_SECONDS", 0.2)
    async with _taking(spool=tmp_path, limit=SENT) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"%x\r\n" % (SENT + 1) + b"x" * (SENT + 1) + b"\r\n")
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        await _closed(writer)


def _dribbled(server: Server, pieces: int, more: str = "", path: str = "events/explain") -> bytes:
    """Send a request (refused without ``more`` in its head) and ``pieces`` of a body without an end; return what is
    answered."""
    where = urlsplit(str(server.api.base_url))
    head = f"POST {where.path}{path} HTTP/1.1\r\nHost: {where.netloc}\r\nTransfer-Encoding: chunked\r\n{more}\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=60) as connection:
        connection.sendall(head.encode())
        with contextlib.suppress(OSError):
            for _ in range(pieces):
                connection.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        return connection.recv(65536)


@pytest.mark.parametrize("time_of_bodies", [3600.0, 0.1])
def test_a_refused_body_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch, time_of_bodies: float
) -> None:
    """Neither where a body that is taken may come for longer, nor does a refusal give it more time than it had."""
    monkeypatch.setattr(handlers, "JSON_SECONDS", time_of_bodies)
    monkeypatch.setattr(bodies, "DRAIN_SECONDS", 0.2 if time_of_bodies > 1 else 3600.0)
    assert _dribbled(server, 1).startswith(b"HTTP/1.1 408 ")


def test_a_refused_body_is_not_read_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "DRAIN", 0)
    # More than may come, and less than the system buffers.
    assert _dribbled(server, 40).startswith(b"HTTP/1.1 401 ")


def test_a_body_that_is_taken_has_its_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "JSON_SECONDS", 0.2)
    assert _dribbled(server, 1, f"Authorization: token {server.token}\r\n").startswith(b"HTTP/1.1 408 ")
