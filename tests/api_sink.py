"""A real HTTP API on this machine that keeps what it is asked, and answers what a test wants, also badly."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ApiSink:
    """``says`` are the answers in turn; without any it answers 200 and ``{"ok": true}``.

    ``released`` lets answers that hang end; it is set when the sink is closed.
    """

    port: int
    asked: list[Asked] = field(default_factory=list)
    says: list[Answer] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


def answer(status: int, body: bytes | str = b"", **headers: str) -> Answer:
    """Return an answer of this status; names of ``headers`` are written with _ for -."""
    content = body.encode() if isinstance(body, str) else body

    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return say


def hanging(sink: ApiSink) -> Answer:
    """Return an answer that never comes."""

    def say(handler: BaseHTTPRequestHandler) -> None:
        sink.released.wait(60)

    return say


def dripping(sink: ApiSink, before: bytes = b"HTTP/1.1 200 OK\r\nX-Slow: ") -> Answer:
    """Return an answer of which a byte comes at a time, without an end."""

    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(before)
        while not sink.released.wait(0.02):
            handler.wfile.write(b"x")

    return say


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a body that does not end."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def stalling(sink: ApiSink, size: int) -> Answer:
    """Return an answer of which ``size`` bytes of the body come, and then nothing more, nor its end."""

    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * size)
        handler.wfile.flush()
        sink.released.wait(60)

    return say


def torn(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection in the middle of the answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without an answer."""


@contextlib.contextmanager
def api_sink() -> Iterator[ApiSink]:
    """Run one."""
    sink: ApiSink

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.asked.append(Asked(self.command, self.path, headers, body))
            say = sink.says.pop(0) if sink.says else answer(200, '{"ok": true}', Content_Type="application/json")
            # Who has enough closes the connection.
            with contextlib.suppress(ConnectionError):
                say(self)
            self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _any

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink = ApiSink(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        sink.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
