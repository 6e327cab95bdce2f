"""A real HTTP server on this machine that keeps what is posted to it, and can be told to go wrong."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class WebSink:
    """``got`` are paths and bodies; ``says`` is what it answers, in turn: a status, or 0 to close the connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.got: list[tuple[str, bytes]] = []
        self.says: list[int] = []
        self.location = ""


@contextlib.contextmanager
def web_sink() -> Iterator[WebSink]:
    """Run one."""
    sink: WebSink

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sink.got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            status = sink.says.pop(0) if sink.says else 200
            if status:
                self.send_response(status)
                if sink.location:
                    self.send_header("Location", sink.location)
                self.send_header("Content-Length", "0")
                self.end_headers()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink = WebSink(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
