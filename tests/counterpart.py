"""A real HTTP server that answers what a test says, for clients of ours."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Counterpart:
    """What the test's server was asked, and how it answers: ``answers[(method, path)]`` is (status, JSON).

    The next ``drops`` GET requests get no answer: the connection is closed.
    """

    url: str
    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)
    connections: int = 0
    close_after_answer: bool = False
    drops: int = 0


@contextlib.contextmanager
def serve_counterpart() -> Iterator[Counterpart]:
    """Serve on a free port of this machine until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            known.connections += 1
            super().setup()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            known.requests.append((self.command, self.path, body, dict(self.headers)))
            if known.drops and self.command == "GET":
                known.drops -= 1
                self.close_connection = True
                return
            status, content = known.answers.get((self.command, path), (404, {"detail": "nothing", "code": "not_found"}))
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = self.close_connection or known.close_after_answer

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Counterpart(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
