"""What a person and a machine see when something is wrong, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    "command", [("trigger", "list"), ("session", "list"), ("artifact", "list"), ("session", "show", "x")]
)
def test_without_a_server_a_command_says_how_to_start_one(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.exit_code == 7
    assert "No Jupyter server runs" in result.stderr
    assert "jupyter automation serve" in result.stderr
    assert result.stdout == ""


def test_asked_for_json_errors_are_json_too(run: Run) -> None:
    result = run("trigger", "list", "--json")
    assert result.exit_code == 7
    assert json.loads(result.stderr)["error"]["code"] == "not_connected"


def test_a_server_that_does_not_answer_is_named(run: Run) -> None:
    result = run("session", "list", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 7
    assert "http://127.0.0.1:9" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("run", "nothing.ipynb"), 3, "There is no file nothing.ipynb"),
        (("run", "notes.txt"), 2, "neither a notebook nor a Python file"),
        (("run", "program.py"), 2, "program.py:function"),
        (("run", "report.ipynb", "-p", "x"), 2, "-p takes name=value"),
        (("run", "report.ipynb", "-p", "x=1", "-p", "x=2"), 2, "gives 'x' twice"),
        (("run", "report.ipynb", "--time-limit", "soon"), 2, "--time-limit takes a length of time"),
        (("event", "verify-filter", "data.x >"), 2, "Syntax error"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    run: Run, nowhere: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    for name in ("notes.txt", "program.py", "report.ipynb"):
        (nowhere / name).write_text("")
    result = run(*words)
    assert result.exit_code == code, result.output
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_an_apply_without_a_terminal_is_not_taken_for_a_yes(run: Run, nowhere: Path) -> None:
    (nowhere / "automation.yaml").write_text("project: {name: a}")
    result = run("apply", "automation.yaml", "--url", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "--folder" in result.stderr
