"""A server that plays sessions, and the widgets' thread under the test's eye."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from counterpart import serve_counterpart
from stage import Stage

from notebook_automation.sdk import client
from notebook_automation.widgets import poller as poller_module
from notebook_automation.widgets import session as widget_module
from notebook_automation.widgets.poller import Poller


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A server, found by the environment."""
    monkeypatch.delenv("NOTEBOOK_AUTOMATION_SESSION", raising=False)
    with serve_counterpart() as server:
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", server.url)
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", "nas_secret")
        client.forget()
        yield Stage(server)
    client.forget()


@pytest.fixture(autouse=True)
def poller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Poller]:
    """A thread of the test's own, which polls often."""
    own = Poller()
    monkeypatch.setattr(poller_module, "poller", own)
    monkeypatch.setattr(widget_module, "poller", own)
    monkeypatch.setattr(widget_module, "SHORTEST", 0.02)
    monkeypatch.setattr(widget_module, "LONGEST", 0.02)
    monkeypatch.setattr(widget_module, "AFTER_ERROR", 0.02)
    yield own
    own.stop()
