"""The HTTP client against a real server: kept alive, retried, clear when something is wrong."""

from __future__ import annotations

import http.server
import io
import json
import socket
import socketserver
import threading
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.errors import NotConnected, Refused
from notebook_automation.sdk.location import Location, location_of
from notebook_automation.sdk.transport import is_loopback, open_connection


def test_one_connection_serves_many_requests(connected: Any) -> None:
    connected.answers[("GET", "/triggers")] = (200, {"items": [{"name": "a"}], "next_cursor": None})
    for _ in range(5):
        assert connect().get("triggers", limit=5, project=None).items()
    assert connected.connections == 1
    method, path, _, headers = connected.requests[0]
    assert (method, path) == ("GET", "/triggers?limit=5")
    assert headers["Authorization"] == "Bearer nas_secret"


def test_a_connection_that_the_server_closed_is_opened_again(connected: Any) -> None:
    connected.answers[("POST", "/x")] = (200, {"ok": True})
    connected.close_after_answer = True
    for _ in range(3):
        assert connect().post("x", {"a": 1}).ok is True
    assert len(connected.requests) == 3


def test_an_error_of_the_server_is_its_sentence(connected: Any) -> None:
    connected.answers[("GET", "/x")] = (409, {"detail": "The name is taken.", "code": "name_taken", "field": "name"})
    with pytest.raises(Refused, match=r"The name is taken\.") as caught:
        connect().get("x")
    assert (caught.value.status, caught.value.code, caught.value.details["field"]) == (409, "name_taken", "name")


def test_a_server_that_is_busy_is_asked_again(connected: Any) -> None:
    connected.answers[("GET", "/x")] = (503, {"detail": "Try again.", "code": "unavailable"})
    later = threading.Timer(0.25, lambda: connected.answers.update({("GET", "/x"): (200, {"ok": 1})}))
    later.start()
    assert connect().get("x").ok == 1
    assert len(connected.requests) > 1
    later.join()


def test_a_file_is_sent_with_its_length(connected: Any) -> None:
    connected.answers[("POST", "/artifacts")] = (201, {"id": "art_1"})
    connect().call("POST", "artifacts", body=io.BytesIO(b"abc"), length=3, content_type="text/csv")
    _, _, body, headers = connected.requests[0]
    assert (body, headers["Content-Type"], headers["Content-Length"]) == (b"abc", "text/csv", "3")


def test_a_large_body_that_is_refused_early_is_told_as_refused() -> None:
    """The server answers after the header and stops reading: the answer must win over the broken pipe."""
    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        talking, _ = listener.accept()
        talking.recv(65536)
        content = json.dumps({"detail": "The limit is 50 MB.", "code": "too_large"}).encode()
        head = f"HTTP/1.1 413 Too Large\r\nContent-Type: application/problem+json\r\nContent-Length: {len(content)}\r\n"
        talking.sendall(head.encode() + b"Connection: close\r\n\r\n" + content)
        talking.shutdown(socket.SHUT_WR)
        # Taken off the line without a reset, as servers do which close in the right way.
        while talking.recv(1 << 20):
            pass
        talking.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    place = Location(url=f"http://127.0.0.1:{listener.getsockname()[1]}", authorization="token x")
    with pytest.raises(Refused, match="The limit is 50 MB") as caught:
        Client(place).call("POST", "artifacts", body=b"x" * (4 << 20))
    assert caught.value.status == 413
    thread.join()
    listener.close()


def test_nobody_there_says_which_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotConnected, match=f"127.0.0.1:{port}.*is it running"):
        Client(Location(url=f"http://127.0.0.1:{port}", authorization="")).get("x")


def test_no_proxy_stands_between_a_kernel_and_its_own_machine(monkeypatch: pytest.MonkeyPatch, connected: Any) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    connected.answers[("GET", "/x")] = (200, {})
    connect().get("x")
    assert len(connected.requests) == 1


def test_another_machine_is_reached_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    from urllib.parse import urlsplit

    monkeypatch.setenv("http_proxy", "proxy.example:8080")
    monkeypatch.delenv("no_proxy", raising=False)
    connection, prefix = open_connection(urlsplit("http://hub.example:8000/user/ana"), timeout=1)
    assert (connection.host, connection.port, prefix) == ("proxy.example", 8080, "http://hub.example:8000")
    monkeypatch.setenv("no_proxy", "hub.example")
    connection, prefix = open_connection(urlsplit("http://hub.example:8000/user/ana"), timeout=1)
    assert (connection.host, connection.port, prefix) == ("hub.example", 8000, "")


def test_names_never_become_more_of_a_path() -> None:
    assert path_of("triggers", "a/b", "../x?y") == "triggers/a%2Fb/..%2Fx%3Fy"


def test_this_machine_is_known_by_its_names() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.0.1", "::1", "lab.localhost")))
    assert not any(map(is_loopback, ("10.0.0.1", "localhost.example", "128.0.0.1")))


def test_threads_share_one_client(connected: Any) -> None:
    connected.answers[("GET", "/x")] = (200, {"ok": 1})
    threads = [threading.Thread(target=lambda: [connect().get("x") for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(connected.requests) == 40


def test_a_server_on_a_unix_socket_is_reached_by_its_path(tmp_path: Path) -> None:
    """The path is kept as it is: with capitals, and from whatever folder."""
    place = tmp_path / "Jupyter Server.sock"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"path": self.path, "host": self.headers["Host"]}).encode())

        def address_string(self) -> str:
            return "socket"

    class Server(socketserver.UnixStreamServer):
        def get_request(self) -> tuple[Any, Any]:
            connection, _ = super().get_request()
            return connection, ("socket", 0)

    with Server(str(place), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        file = {"sock": str(place), "url": "http+unix://…", "base_url": "/hub/ana/", "root_dir": str(tmp_path)}
        client = Client(location_of({**file, "token": "t"}))
        answer = client.get("sessions", limit=1)
        client.close()
        server.shutdown()
    assert (answer.path, answer.host) == ("/hub/ana/notebook-automation/api/v1/sessions?limit=1", "localhost")
    with pytest.raises(NotConnected, match="start it with the whole path"):
        location_of({**file, "sock": "x.sock"})
