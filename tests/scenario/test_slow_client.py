"""A browser that has stopped reading, on both databases: it is let go, costs little, and nobody else waits for it."""

from __future__ import annotations

import base64
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from change_stream import listening, next_message
from eventually import PATIENCE, wait_until
from serving import Server, serve

from notebook_automation.api import changes as stream_module
from notebook_automation.domain.projects import ProjectChange
from notebook_automation.services.changes import BUFFER
from notebook_automation.store.changes import announce

COUNT, STEP = 600, 200
TEXT = "x" * 20_000
"""In all more than the buffers of a connection hold."""


def deaf(server: Server) -> socket.socket:
    """Return a connection to the stream whose other end has shaken hands, and reads no more."""
    url = server.api.base_url.join("stream")
    one = socket.socket()
    # Small, so that what is not read stays with the server.
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.settimeout(PATIENCE)
    one.connect((url.host, url.port))
    key = base64.b64encode(os.urandom(16)).decode()
    one.sendall(
        f"GET {url.raw_path.decode()} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: token {server.token}\r\n\r\n".encode()
    )
    assert one.recv(12) == b"HTTP/1.1 101"
    return one


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_who_does_not_read_is_let_go_and_the_others_get_all(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    url = request.getfixturevalue(f"{'postgres' if backend == 'postgresql' else backend}_url")
    monkeypatch.setattr(stream_module, "SEND_SECONDS", 1.0)
    options = (f"--NotebookAutomationApp.database_url={url}", "--NotebookAutomationApp.run_engine=False")
    with serve(tmp_path, *options) as server:
        listeners = server.services.changes._listeners
        other = deaf(server)
        wait_until(lambda: len(listeners) == 1)
        [left] = listeners

        async def story() -> None:
            async with listening(server) as reading:
                since = (await next_message(reading))["seq"]
                for start in range(0, COUNT, STEP):
                    # Each of them reads what comes before the next are there, as a browser does.
                    await server.database.write(lambda tx, start=start: announced(tx, start))  # type: ignore[misc]
                    got = [(await next_message(reading))["seq"] for _ in range(STEP)]
                    assert got == list(range(since + start + 1, since + start + STEP + 1))

        server.run(story(), seconds=120)
        wait_until(lambda: left not in listeners)
        assert left.queue.qsize() <= BUFFER
        # It hears of the end once it reads again; what it has missed it may ask for.
        while other.recv(65536):
            pass
        other.close()


def announced(tx: Any, start: int) -> None:
    for number in range(start, start + STEP):
        announce(tx, f"prj_{number}", "updated", ProjectChange(name=TEXT))
