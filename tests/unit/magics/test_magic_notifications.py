"""`%automation notify`: who hears of what in a project, shown, set and tried out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from counterpart import Counterpart, serve_counterpart
from IPython.core.error import UsageError

from notebook_automation.magics.automation import options_of
from notebook_automation.magics.notifications import notify
from notebook_automation.sdk import client


@pytest.fixture
def counterpart(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counterpart]:
    with serve_counterpart() as known:
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", known.url)
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", "nas_secret")
        client.forget()
        known.answers["GET", "/projects/sales/notify"] = (200, {"notify": []})
        rule = {"on": ["failed"], "to": ["email:ana"], "report": [], "if": None}
        known.answers["PUT", "/projects/sales/notify"] = (200, {"notify": [rule]})
        known.answers["POST", "/notifications/test"] = (
            200,
            {"to": "email:ana", "sent": False, "error": "no <b>mail</b>"},
        )
        yield known
    client.forget()


def told(*words: str) -> Any:
    return notify(None, options_of("notify").read([*words, "--project", "sales"]))


def test_it_is_shown_set_and_tried_out(counterpart: Counterpart) -> None:
    assert "Nobody, where a trigger does not say it" in repr(told())
    assert "failed: email:ana" in repr(told("failed:email:ana", "--if", "session.duration > 1.0"))
    rule = {"on": ["failed"], "to": ["email:ana"], "if": "session.duration > 1.0"}
    assert json.loads(counterpart.requests[-1][2]) == {"notify": [rule]}
    told("none")
    assert json.loads(counterpart.requests[-1][2]) == {"notify": []}
    shown = told("--test", "email:ana")
    assert json.loads(counterpart.requests[-1][2]) == {"project": "sales", "to": "email:ana"}
    assert "no <b>mail</b>" in repr(shown)
    assert "<b>mail</b>" not in shown._repr_html_()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--test", "panel", "failed:panel"), "leave the rest out"), (("failed",), "who hears of what"),
        (("--if", "true"), "--if belongs to ON:TO"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(counterpart: Counterpart, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        told(*words)
    assert counterpart.requests == []
