"""When a running cell's outputs are saved: at papermill's pace for its engine."""

from __future__ import annotations

from pathlib import Path

import papermill.execute  # noqa: F401  (papermill loads its engines, ours too, before any of them is imported)
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

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
