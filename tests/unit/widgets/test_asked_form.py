"""`na.form`: it asks the server for a form, waits until it is submitted, and takes it away whatever happens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from stage import Stage

import notebook_automation as na
from notebook_automation.sdk.errors import Invalid, Refused
from notebook_automation.widgets import asked_form

FORM = "/forms/frm_1"


@dataclass
class Limits:
    low: int
    high: int = 9


@pytest.fixture
def forms(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A server that makes a form, in which ``low`` is 2."""
    stage.server.answers["POST", "/forms"] = (201, {"id": "frm_1", "is_submitted": False, "value": None})
    submitted = {"id": "frm_1", "is_submitted": True, "value": {"low": 2}}
    stage.server.answers["GET", FORM] = stage.server.answers["PUT", FORM] = (200, submitted)
    stage.server.answers["DELETE", FORM] = (200, None)
    return stage


def methods(stage: Stage) -> list[str]:
    return [method for method, *_ in stage.server.requests]


def test_a_page_hands_in_the_value_and_the_cell_gets_it(forms: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_form, "shows_widgets", lambda: True)
    InteractiveShell.instance()
    forms.server.drops = 1
    monkeypatch.setattr(asked_form, "_PAUSE", 0.01)
    with capture_output() as captured:
        assert na.form(Limits, "Which limits?", proposed=Limits(1)) == Limits(2)
    InteractiveShell.clear_instance()
    assert methods(forms) == ["POST", "GET", "GET", "DELETE"]
    assert json.loads(forms.server.requests[0][2])["schema"]["title"] == "Limits"
    [shown] = captured.outputs
    assert "application/vnd.jupyter.widget-view+json" in shown.data


def test_a_form_that_is_gone_is_an_error_and_is_taken_away(forms: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_form, "shows_widgets", lambda: True)
    forms.server.answers["GET", FORM] = (404, {"detail": "No cell waits for it.", "code": "form_not_found"})
    InteractiveShell.instance()
    with capture_output(), pytest.raises(Refused, match="No cell waits"):
        na.form(["now", "later"])
    InteractiveShell.clear_instance()
    assert methods(forms)[-1] == "DELETE"


def test_where_no_page_can_show_it_it_is_asked_for_by_lines(
    forms: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter(["100", "", "2", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    calls: list[Any] = []

    class Picky(dict[tuple[str, str], Any]):
        def get(self, key: Any, default: Any = None) -> Any:
            if key[0] == "PUT":
                calls.append(key)
                if len(calls) == 1:
                    return 400, {"detail": "low is too large.", "code": "value_invalid"}
            return super().get(key, default)

    forms.server.answers = Picky(forms.server.answers)
    assert na.form(Limits, "Which limits?") == Limits(2)
    sent = [json.loads(body)["value"] for method, _, body, _ in forms.server.requests if method == "PUT"]
    assert sent == [{"low": 100, "high": 9}, {"low": 2, "high": 9}]
    assert capsys.readouterr().out == "Which limits?\nlow is too large.\n"


def test_a_session_is_told_to_ask_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_1")
    with pytest.raises(Invalid, match=r"na\.inquire"):
        na.form(["now"])
    monkeypatch.delenv("NOTEBOOK_AUTOMATION_SESSION")
    with pytest.raises(Invalid, match="what is asked for"):
        na.form(None)
