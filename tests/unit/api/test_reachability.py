"""Whether sessions reach the server."""

from __future__ import annotations

import http.server
import socket
import threading

from notebook_automation.api.reachability import obstacle


class Refuses(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(401)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news."""


def test_a_server_that_answers_is_reached_and_others_say_why_not() -> None:
    # "0" is this machine too, and no name that is known for it.
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        port = server.server_port
        assert obstacle(f"http://0:{port}/user/ana/notebook-automation/api/v1") is None
        assert "SSL" in (obstacle(f"https://localhost:{port}/notebook-automation/api/v1") or "").upper()
        server.shutdown()
        thread.join()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "refused" in (obstacle(f"http://0:{free.getsockname()[1]}/notebook-automation/api/v1") or "")
