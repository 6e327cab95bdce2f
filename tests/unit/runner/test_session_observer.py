"""What a session's page shows of a run while it goes on."""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode

from notebook_automation.runner.session_observer import LINE_LENGTH, LOG_LINES, SessionObserver, merged


def notebook() -> NotebookNode:
    nb = nbformat.v4.new_notebook()
    nb.cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell("\nx = 1\ny = 2"),
        nbformat.v4.new_code_cell("handler()", metadata={"tags": ["skip-execution"]}),
        nbformat.v4.new_code_cell("print(x)"),
    ]
    return nb


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return nbformat.v4.new_output("stream", name=name, text=text)


def observer() -> tuple[SessionObserver, NotebookNode]:
    seen = SessionObserver(lambda: None)
    nb = notebook()
    seen.plan(nb, "python3", "n.ipynb started.")
    return seen, nb


def prints(seen: SessionObserver) -> list[tuple[str, str]]:
    return [(kind, text) for _, kind, text, _ in seen.drain().log if kind in ("print", "stderr", "state")]


def test_the_timeline_is_told_whole_once_and_then_what_changed() -> None:
    seen, nb = observer()
    first = seen.drain()
    assert first.timeline is not None
    assert [(c.index, c.status, c.source_head) for c in first.timeline] == [
        (1, "pending", "x = 1"),
        (2, "skipped", "handler()"),
        (3, "pending", "print(x)"),
    ]
    assert first.values == {"total_cells": 2, "kernel_name": "python3"}
    seen.cell_started(0, nb.cells[0])
    seen.cell_finished(0, nb.cells[0], "skipped")
    seen.cell_started(1, nb.cells[1])
    seen.cell_finished(1, nb.cells[1], "ok")
    seen.cell_started(3, nb.cells[3])
    later = seen.drain()
    assert later.timeline is None
    assert [(c.index, c.status) for c in later.changed] == [(1, "ok"), (3, "running")]
    assert later.values == {"current_cell": 2}
    assert [text for _, kind, text, _ in later.log if kind == "cell"] == ["Cell 1 of 2: x = 1", "Cell 2 of 2: print(x)"]
    assert not seen.has_news


def test_lines_are_joined_across_chunks_and_ended_with_the_cell() -> None:
    seen, nb = observer()
    seen.drain()
    seen.cell_started(3, nb.cells[3])
    for chunk in ("one\ntw", "o\nthr", "ee"):
        seen.output(3, nb.cells[3], stream(chunk))
    seen.output(3, nb.cells[3], stream("warning\n", "stderr"))
    seen.cell_finished(3, nb.cells[3], "ok")
    assert prints(seen) == [("print", "one"), ("print", "two"), ("stderr", "warning"), ("print", "three")]


def test_a_progress_bar_leaves_its_last_state() -> None:
    seen, nb = observer()
    seen.drain()
    seen.output(3, nb.cells[3], stream("10%\r50%\r100%\r\n"))
    assert prints(seen) == [("print", "100%")]


def test_long_lines_and_many_lines_are_cut_with_a_mark() -> None:
    seen, nb = observer()
    seen.drain()
    seen.output(3, nb.cells[3], stream("x" * (LINE_LENGTH + 10) + "\n"))
    ((_, line),) = prints(seen)
    assert line == "x" * LINE_LENGTH + f"… ({LINE_LENGTH + 10} characters)"
    seen.output(3, nb.cells[3], stream("y\n" * (LOG_LINES * 2)))
    seen.output(3, nb.cells[3], stream("z\n"))
    found = prints(seen)
    assert len(found) == LOG_LINES
    assert found[-1] == ("state", f"More was printed than the {LOG_LINES} lines kept here: see the notebook.")


def test_what_could_not_be_told_is_told_with_the_next() -> None:
    seen, nb = observer()
    first = seen.drain()
    seen.cell_started(1, nb.cells[1])
    second = seen.drain()
    both = merged(first, second)
    assert both.timeline is not None
    assert [cell.status for cell in both.timeline] == ["running", "skipped", "pending"]
    assert both.changed == []
    assert both.values == {"total_cells": 2, "kernel_name": "python3", "current_cell": 1}
    assert [kind for _, kind, _, _ in both.log] == ["start", "cell"]
