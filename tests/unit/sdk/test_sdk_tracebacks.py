"""What goes wrong in the SDK is shown at the user's line; nothing of the SDK's inside is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

BEGIN = """import notebook_automation as na
from notebook_automation.sdk.records import Record
from notebook_automation.sdk.sessions import Session
received = Record(a=1)
failed = Session(Record(id="ses_1", status="failed", call="a.ipynb", reason="why"))
running = Session(Record(id="ses_1", status="running", call="a.ipynb"))
def own(what):
    return what()"""


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    shell.colors = "nocolor"
    shell.run_cell(BEGIN).raise_error()
    yield shell
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("na.progress(5)", "Invalid: Progress is a number"),
        ("na.artifact(object(), 'x')", "Invalid: A object cannot be kept"),
        ("na.start('x.ipynb')", "NotConnected: No Jupyter server"),
        ("na.params.region", "MissingName: This run was given no parameters"),
        ("na.params['region']", "MissingKey: This run was given no parameters"),
        ("na.event.data", "MissingName: There is no event in an open notebook"),
        ("received.b", "MissingName: There is no 'b' here"),
        ("received['b']", "MissingKey: There is no 'b' here"),
        ("received.a = 2", "MissingName: What was received stays as it is"),
        ("failed.result", "SessionFailed: Session ses_1 (a.ipynb) ended as failed: why"),
        ("running.wait()", "NotConnected: No Jupyter server"),
        ("own(running.cancel)", "NotConnected: No Jupyter server"),
    ],
)
def test_an_error_is_shown_at_the_users_line(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], source: str, sentence: str
) -> None:
    assert not shell.run_cell(source).success
    shown = capsys.readouterr().out
    assert f"----> 1 {source}" in shown
    assert sentence in shown
    assert ("return what()" in shown) == source.startswith("own")
    assert not [line for line in shown.splitlines() if "sdk" in line or "direct cause" in line or "skipping" in line]


@pytest.mark.parametrize(
    "call",
    [
        "na.step('divide', divide, 0)",
        "na.step(divide)(0)",
        "asyncio.run(na.step('divide', divided, 0))",
        "na.step('divide', divide, 0, retry=na.Retry(2, base_delay=0))",
    ],
)
def test_an_error_in_a_step_is_shown_by_the_users_lines(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    source = f"import asyncio\ndef divide(by):\n    return 1 / by\nasync def divided(by):\n    return 1 / by\n{call}"
    assert not shell.run_cell(source).success
    shown = capsys.readouterr().out
    assert "return 1 / by" in shown
    assert f"----> 6 {call}" in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert "/sdk/" not in shown
