"""`%automation undo`: what names hold goes back a cell, and what cannot is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from IPython.core.error import UsageError

from notebook_automation.magics import undo

if TYPE_CHECKING:
    from .conftest import Shell


@pytest.fixture
def saving(shell: Shell) -> Shell:
    error, said = run(shell, "%automation undo on")
    assert error is None
    assert "Saving is on" in said
    yield shell
    run(shell, "%automation undo off")
    assert undo._histories == {}


def run(shell: Shell, cell: str) -> tuple[BaseException | None, str]:
    """Run a cell as a person does: it is numbered."""
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        result = shell.shell.run_cell(cell, store_history=True)
    shown = [str(output.data.get("text/plain", "")) for output in captured.outputs]
    return result.error_in_exec, "\n".join([captured.stdout, captured.stderr, *shown])


def test_the_last_cell_is_taken_back_and_then_the_one_before(saving: Shell) -> None:
    run(saving, "x = [1]; y = x")
    run(saving, "x.append(2); import os; os.environ['UNDO_TEST'] = '1'; del y")
    error, said = run(saving, "%automation undo")
    assert error is None
    assert "cell [" in said
    assert "files, and what was sent elsewhere" in said
    assert run(saving, "print(x, y is x, os.environ.get('UNDO_TEST') if 'os' in globals() else None)")[1].strip() == (
        "[1] True None"
    )
    run(saving, "%automation undo")  # the cell that printed
    run(saving, "%automation undo")
    assert "x" not in saving.shell.user_ns


def test_a_cell_that_failed_is_taken_back_too(saving: Shell) -> None:
    run(saving, "x = [1]")
    run(saving, "x.append(2); raise ValueError")
    run(saving, "%automation undo")
    assert saving.shell.user_ns["x"] == [1]


def test_what_cannot_be_saved_stays_as_it_is_and_is_named(saving: Shell) -> None:
    run(saving, "import socket; s = socket.socket(); n = 1")
    socket = saving.shell.user_ns["s"]
    run(saving, "n = 2; t = s")
    _, said = run(saving, "%automation undo")
    assert "s: they cannot be saved" in said
    assert saving.shell.user_ns["s"] is socket
    assert saving.shell.user_ns["n"] == 1
    assert "t" not in saving.shell.user_ns
    run(saving, "s.close()")


def test_without_saving_it_says_how_to_turn_it_on(shell: Shell) -> None:
    error, _ = run(shell, "%automation undo")
    assert isinstance(error, UsageError)
    assert "%automation undo on" in str(error)


def test_where_nothing_ran_it_says_so(saving: Shell) -> None:
    error, _ = run(saving, "%automation undo")
    assert isinstance(error, UsageError)
    assert "There is no cell to take back" in str(error)


def test_the_counter_of_cells_goes_on(saving: Shell) -> None:
    run(saving, "x = 1")
    before = saving.shell.execution_count
    run(saving, "%automation undo")
    assert saving.shell.execution_count == before + 1
