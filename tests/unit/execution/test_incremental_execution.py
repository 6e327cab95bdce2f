"""When a running cell's outputs are saved: at papermill's pace for its engine."""

from __future__ import annotations

import time
from pathlib import Path

import papermill.execute  # noqa: F401  (papermill loads its engines, ours too, before any of them is imported)
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from papermill.iorw import papermill_io

from notebook_automation.execution.incremental_execution import IncrementalExecutionManager
from notebook_automation.execution.parameters import parameterised_notebook
from notebook_automation.execution.writer import recover


@pytest.mark.parametrize(("seconds", "is_saved"), [(1e-6, True), (1000, False), (0, False)])
def test_outputs_are_saved_every_so_many_seconds(tmp_path: Path, seconds: float, *, is_saved: bool) -> None:
    nb = new_notebook(cells=[new_code_cell("1")])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "P", "language": "python"}
    path = tmp_path / "out.ipynb"
    manager = IncrementalExecutionManager(
        parameterised_notebook(nb), output_path=str(path), progress_bar=False, autosave_cell_every=seconds
    )
    settled: list[bool] = []
    manager.notebook_start()
    manager.cell_start(manager.nb.cells[0], 0)
    manager.nb.cells[0].outputs.append(new_output("stream", text="so far"))
    manager.output_came(lambda: settled.append(True))
    recover(path)
    assert ("so far" in path.read_text(), bool(settled)) == (is_saved, is_saved)


class Storage:
    """Where papermill keeps notebooks that are no files; each write takes ``seconds``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.written: list[str] = []
        self._seconds = seconds
        self._now = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self._now)
        handlers = [("storage://", self), *papermill_io._handlers]
        monkeypatch.setattr(papermill_io, "_handlers", handlers)

    def write(self, text: str, path: str) -> None:
        self.written.append(text)
        self.passes(self._seconds)

    def passes(self, seconds: float) -> None:
        self._now += seconds


def test_a_slow_storage_is_written_to_seldom_and_always_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = Storage(monkeypatch, seconds=2.0)
    nb = new_notebook(cells=[new_code_cell("1") for _ in range(50)])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "P", "language": "python"}
    manager = IncrementalExecutionManager(
        parameterised_notebook(nb), output_path="storage://out.ipynb", progress_bar=False
    )
    manager.notebook_start()
    for index, cell in enumerate(manager.nb.cells):
        manager.cell_start(cell, index)
        storage.passes(1.0)
        cell.outputs.append(new_output("stream", text=f"cell {index}"))
        manager.cell_complete(cell, index)
    # One at the beginning, then at most a twentieth of the 50 seconds that the cells take.
    assert len(storage.written) == 1 + 1
    manager.notebook_complete()
    assert "cell 49" in storage.written[-1]
    assert len(storage.written) == 1 + 1 + 1
