"""A kernel without a server, and a real HTTP server to talk to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from notebook_automation.sdk import client, context, location, outcomes, progress


@dataclass
class Counterpart:
    """What the test's server was asked, and how it answers: ``answers[(method, path)]`` is (status, JSON)."""

    url: str = ""
    answers: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)
    connections: int = 0
    close_after_answer: bool = False


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    for name in ("URL", "TOKEN", "SESSION", "CONTEXT", "TIMEOUT"):
        monkeypatch.delenv(f"NOTEBOOK_AUTOMATION_{name}", raising=False)
    for name in ("JPY_PARENT_PID", "JPY_SESSION_NAME", "JUPYTER_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    client.forget()
    context.reset()
    outcomes.take_remembered()
    monkeypatch.setattr(progress, "_reporter", None)
    yield
    client.forget()
    context.reset()


@pytest.fixture
def counterpart() -> Iterator[Counterpart]:
    """A server on this machine that answers as the test says."""
    known = Counterpart()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            known.connections += 1
            super().setup()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            known.requests.append((self.command, self.path, body, dict(self.headers)))
            status, content = known.answers.get((self.command, path), (404, {"detail": "nothing", "code": "not_found"}))
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            self.close_connection = self.close_connection or known.close_after_answer

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def connected(counterpart: Counterpart, monkeypatch: pytest.MonkeyPatch) -> Counterpart:
    """The same, found by the environment as in a session's kernel."""
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", counterpart.url)
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", "nas_secret")
    return counterpart


@pytest.fixture
def in_session(connected: Counterpart, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Callable[..., Counterpart]:
    """Make this process a session's kernel with the context that is given."""

    def become(**given: Any) -> Counterpart:
        about = {"session": {"id": "ses_1", "project": "sales", "attempt": 1}, "event": None, "parameters": {}}
        file = tmp_path / "context.json"
        file.write_text(json.dumps({**about, "variables": {}, **given}), encoding="utf-8")
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_1")
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_CONTEXT", str(file))
        context.reset()
        return connected

    assert location.session_id() is None
    return become
