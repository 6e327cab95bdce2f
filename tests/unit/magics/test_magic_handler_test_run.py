"""`--test` runs a handler in the open kernel; a session only runs bodies; a mistake registers nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import notebook_automation as na
from notebook_automation.sdk import context

SAMPLE = {"action": "opened", "pull_request": {"number": 7}}


@pytest.fixture(autouse=True)
def _sample(shell: Any) -> None:
    Path("sample.json").write_text(json.dumps(SAMPLE), encoding="utf-8")


def test_a_handler_runs_here_with_its_event_and_parameters(shell: Any) -> None:
    error, shown = shell.run(
        "%%trigger pull_requests --webhook --sync -p region=emea --test sample.json\n"
        "import notebook_automation as na\n"
        "pr = na.event.data.json.pull_request\n"
        "print(region, na.event.type, na.event.data.headers['Content-Type'], na.params.region)\n"
        "na.respond(json={'seen': pr.number})\n"
    )
    assert error is None
    assert "emea post application/json emea" in shown
    assert '"seen": 7' in shown
    assert "502" not in shown
    assert na.event.data.json.pull_request.number == 7


def test_a_sync_handler_that_does_not_answer_is_told_so(shell: Any) -> None:
    _, shown = shell.run("%%trigger pull_requests --webhook --sync --test sample.json\nx = 1")
    assert "a caller would get 502" in shown


def test_a_handler_may_wait(shell: Any) -> None:
    error, shown = shell.run(
        "%%trigger pull_requests --webhook --test sample.json\n"
        "import asyncio\nawait asyncio.sleep(0)\nprint('waited')\n6 * 7"
    )
    assert error is None
    assert "waited" in shown
    assert "42" in shown


def test_the_error_of_a_handler_is_shown_once_and_fails_the_cell(shell: Any) -> None:
    error, shown = shell.run("%%trigger pull_requests --webhook --test sample.json\n\n1 / 0")
    assert isinstance(error, ZeroDivisionError)
    assert shown.count("ZeroDivisionError: division by zero") == 1
    assert "----> 3 1 / 0" in shown
    assert "handler_test_run.py" not in shown
    error, shown = shell.run("%%trigger pull_requests --webhook --test sample.json\nx = = 1")
    assert isinstance(error, SyntaxError)


def test_another_method_than_the_triggers_does_not_run(shell: Any) -> None:
    Path("get.json").write_text(json.dumps({"method": "get", "headers": {}}), encoding="utf-8")
    error, shown = shell.run("%%trigger orders --webhook --event-type post --test get.json\nprint('ran')")
    assert error is None
    assert "It would not run: the event's type is 'get'" in shown
    assert "ran\n" not in shown


def test_a_whole_notebook_gets_its_event_to_be_run_by_hand(shell: Any) -> None:
    _, shown = shell.run("%trigger on_order --event-type order_received -p days=3 --test sample.json")
    assert "na.event and na.params are set" in shown
    assert (na.event.type, na.event.data.action, na.params.days) == ("order_received", "opened", 3)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("absent.json", "The file absent.json could not be opened (No such file or directory)"),
        ("bad.json", "bad.json is not JSON"),
    ],
)
def test_a_sample_that_cannot_be_read_is_one_sentence(shell: Any, name: str, sentence: str) -> None:
    Path("bad.json").write_text("{", encoding="utf-8")
    error, shown = shell.run(f"%%trigger orders --webhook --test {name}\nprint('ran')")
    assert error is not None
    assert sentence in shown
    assert "Traceback" not in shown
    assert "ran\n" not in shown


def test_a_session_runs_bodies_and_registers_nothing(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_1")
    assert shell.run("%trigger nightly --every 1h") == (None, "\n")
    error, shown = shell.run("%%trigger orders --webhook\nanswer = 6 * 7\nprint(answer)")
    assert (error, shown.strip()) == (None, "42")
    error, _ = shell.run("%%trigger orders --webhook\nraise ValueError('stop')")
    assert isinstance(error, ValueError)
    for cell in ("%automation delete everything", "%%automation --yes\nname: x"):
        error, shown = shell.run(cell)
        assert (error, shown.strip()) == (None, "%automation does nothing in a session.")


def test_without_a_server_a_registration_says_what_is_missing(shell: Any) -> None:
    for cell in ("%trigger nightly --every 1h", "%%trigger orders --webhook\nx = 1", "%automation list"):
        error, shown = shell.run(cell)
        assert error is not None
        assert "UsageError: No Jupyter server was found for this Python: open the notebook in JupyterLab" in shown
    assert not context.current().event


def test_names_in_braces_are_not_replaced(shell: Any) -> None:
    shell.shell.push({"data": "WRONG"})
    _, shown = shell.run("%%trigger orders --webhook --test sample.json -p 'a={x: 1}' -p b=$data\nprint(a, b)")
    assert "{'x': 1} $data" in shown


def test_an_unknown_command_is_told_with_the_nearest(shell: Any) -> None:
    _, shown = shell.run("%automation lst")
    assert "There is no command 'lst': did you mean list?" in shown
    _, shown = shell.run("%automation")
    for name in ("list", "show", "run", "logs", "enable", "disable", "delete", "replay", "test", "status", "export"):
        assert f"\n  {name} " in shown
    _, shown = shell.run("%automation run --help")
    assert "--wait" in shown
