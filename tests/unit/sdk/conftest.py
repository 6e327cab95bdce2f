"""A kernel without a server, and a real HTTP server to talk to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from counterpart import Counterpart, serve_counterpart

from notebook_automation.sdk import client, context, location, outcomes, progress


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
    with serve_counterpart() as known:
        yield known


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
