"""`%automation signal`: what is sent for what was typed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

import pytest
from counterpart import Counterpart, serve_counterpart

from notebook_automation.magics.signals import signal
from notebook_automation.sdk import client


@pytest.fixture
def counterpart(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counterpart]:
    with serve_counterpart() as known:
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", known.url)
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", "nas_secret")
        client.forget()
        yield known
    client.forget()


@pytest.mark.parametrize(
    ("typed", "sent"), [(None, None), ('{"by": "ana"}', {"by": "ana"}), ("5", 5), ("yes, go", "yes, go")]
)
def test_json_is_sent_as_what_it_is_and_all_else_as_text(
    counterpart: Counterpart, typed: str | None, sent: Any
) -> None:
    counterpart.answers["POST", "/sessions/ses_1/signals"] = (202, {"reached": 1})
    shown = signal(None, argparse.Namespace(id="ses_1", name="approve", payload=typed))
    [(_, _, body, _)] = counterpart.requests
    assert json.loads(body) == {"name": "approve", "payload": sent}
    assert "ses_1" in repr(shown)
