"""An event is sent to a program on this machine, and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from eventually import wait_until
from serving import Server


class Sink(ThreadingHTTPServer):
    """Remembers what it gets; answers by the path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    server: Sink

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((self.command, self.path, headers, body))
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
            return
        content = b"x" * 100_000 if self.path == "/large" else b'{"seen": true}\0\xff'
        self.send_response(418)
        self.send_header("X-Kind", "teapot")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_given: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def kept(server: Server, **request: Any) -> str:
    url = server.api.get("webhooks/inbox/sources/local").json()["url_with_token"]
    answer = server.stranger.request(request.pop("method", "POST"), url, **request)
    assert answer.status_code == 202
    return str(answer.json()["event_id"])


def test_a_delivery_is_sent_as_it_came_without_credentials(server: Server, sink: Sink) -> None:
    headers = {
        "X-Hub-Signature-256": "sha256=1", "Authorization": "Basic dXNlcjpoaWRkZW4=", "Cookie": "a=b",
        "Content-Type": "application/json", "X-Forwarded-For": "10.0.0.1",
    }  # fmt: skip
    event_id = kept(server, method="PUT", content=b'{"a":  1}', headers=headers)
    for host in ("127.0.0.1", "localhost", "LOCALHOST"):
        answer = server.api.post(f"events/{event_id}/send", json={"url": f"http://{host}:{sink.port}/hook?x=1#y"})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["status"], found["headers"]["x-kind"], found["cut"]) == (418, "teapot", False)
        assert found["body"].startswith('{"seen": true}')
        method, path, got, body = sink.got[-1]
        assert (method, path, body) == ("PUT", "/hook?x=1", b'{"a":  1}')
        assert got["x-hub-signature-256"] == "sha256=1"
        assert not {"authorization", "cookie", "x-forwarded-for"} & got.keys()


def test_a_long_answer_is_cut_and_a_redirect_is_shown_not_followed(server: Server, sink: Sink) -> None:
    event_id = kept(server, json={})
    large = server.api.post(f"events/{event_id}/send", json={"url": f"http://127.0.0.1:{sink.port}/large"}).json()
    assert (len(large["body"]), large["cut"]) == (65536, True)
    away = server.api.post(f"events/{event_id}/send", json={"url": f"http://127.0.0.1:{sink.port}/away"}).json()
    assert (away["status"], away["headers"]["location"]) == (302, "http://169.254.169.254/latest/meta-data")


def test_what_an_event_of_another_kind_brought_is_sent_as_json(server: Server, sink: Sink) -> None:
    server.trigger(name="sends", type="manual")
    body = {"type": "paid", "data": {"n": 1}, "project": "sales"}
    event_id = server.api.post("events", json=body).json()["event_id"]
    server.api.post(f"events/{event_id}/send", json={"url": f"http://127.0.0.1:{sink.port}/"})
    method, _, headers, content = sink.got[-1]
    assert (method, headers["content-type"], content) == ("POST", "application/json", b'{"n": 1}')


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://0.0.0.0/",
        "http://[::]/", "http://[::ffff:10.0.0.1]/", "http://[fe80::1]/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.1.nip.io/", "http://localhost.evil.example/",
        "http://localhost@evil.example/", "http://evil.example#@localhost/", "http://evil.example\\@localhost/",
        "http://local\u212aost/", "http://[::1%25eth0]/", "file:///etc/passwd", "gopher://localhost/", "ftp://localhost/",
        "localhost:80", "http://", "http://localhost:99999/", "http://localhost:0/", "http://local\thost/",
        "http://localhost/\r\nX: y", "//localhost/", "http+unix://localhost/",
    ],
)  # fmt: skip
def test_an_address_that_may_lead_elsewhere_is_refused(server: Server, url: str) -> None:
    event_id = kept(server, json={})
    answer = server.api.post(f"events/{event_id}/send", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (400, "target_not_local"), url


def test_where_nobody_listens_that_is_said(server: Server, sink: Sink) -> None:
    sink.server_close()
    event_id = kept(server, json={})
    answer = server.api.post(f"events/{event_id}/send", json={"url": f"http://127.0.0.1:{sink.port}/"})
    assert (answer.status_code, answer.json()["code"]) == (502, "target_unreachable")


def test_a_refused_delivery_has_no_body_to_send(server: Server) -> None:
    trigger = server.trigger(name="refuses", type="webhook", max_body=1)
    server.stranger.post(trigger["url"], json={"too": "large"})
    # It is kept after its sender has got the answer.
    listed = lambda: server.api.get("webhooks/inbox", params={"trigger": "sales/refuses"}).json()["items"]  # noqa: E731
    [event] = wait_until(listed)
    answer = server.api.post(f"events/{event['id']}/send", json={"url": "http://127.0.0.1/"})
    assert (answer.status_code, answer.json()["code"], event["status"]) == (409, "event_refused", "failed")
