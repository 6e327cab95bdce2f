"""Our engine as a papermill user meets it: the command line, its options, and what it takes besides."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.outputs import OutputLimit
from notebook_automation.execution.papermill_engine import ENGINE_NAME
from notebook_automation.execution.run_observer import NoObserver

NOTEBOOKS = Path(__file__).parents[1] / "data" / "notebooks"


def cli(*arguments: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "papermill", "--engine", ENGINE_NAME, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def written(path: Path, *sources: str) -> Path:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    nb.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(nb, path)
    return path


def run(source: Path, output: Path | None, **kw: Any) -> NotebookNode:
    return papermill.execute_notebook(source, output, engine_name=ENGINE_NAME, progress_bar=False, **kw)


def test_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    source = written(tmp_path / "in.ipynb", "import os; print(os.path.basename(os.getcwd()))")
    printed = tmp_path / "printed"
    done = cli(source, tmp_path / "out.ipynb", "--cwd", tmp_path / "work", "--stdout-file", printed, "--log-output")
    assert done.returncode == 0, done.stderr
    assert printed.read_text() == "work\n"
    assert "Ending Cell 1" in done.stderr
    assert (tmp_path / "out.ipynb").exists()


def test_the_progress_bar_counts_all_cells(tmp_path: Path) -> None:
    done = cli(NOTEBOOKS / "a.ipynb", tmp_path / "out.ipynb", "-p", "x", "3")
    assert "Executing: 100%" in done.stderr
    assert "5/5" in done.stderr


def test_a_notebook_that_fails_on_the_command_line(tmp_path: Path) -> None:
    done = cli(written(tmp_path / "in.ipynb", "1/0"), tmp_path / "out.ipynb")
    assert done.returncode == 1
    assert "PapermillExecutionError" in done.stderr
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[0].metadata.tags == ["papermill-error-cell-tag"]


def test_a_dead_kernel_has_papermills_exit_code(tmp_path: Path) -> None:
    done = cli(written(tmp_path / "in.ipynb", "import os; os._exit(4)"), tmp_path / "out.ipynb")
    assert done.returncode == 138
    assert "exited with code 4" in done.stderr


def test_output_to_a_pipe_and_input_from_one(tmp_path: Path) -> None:
    done = cli(NOTEBOOKS / "a.ipynb", "-")
    assert nbformat.reads(done.stdout, 4).cells[1].outputs[0].text == "a 2\n"


def test_time_limit_of_a_cell(tmp_path: Path) -> None:
    """The cell was interrupted, and shows where it was, as with papermill's own engine."""
    source = written(tmp_path / "in.ipynb", "import time; time.sleep(60)", "2")
    with pytest.raises(CellTimeoutError):
        run(source, tmp_path / "out.ipynb", execution_timeout=1)
    ended = nbformat.read(tmp_path / "out.ipynb", 4)
    assert ended.metadata.papermill.end_time
    (interrupted,) = ended.cells[0].outputs
    assert interrupted.ename == "KeyboardInterrupt"
    assert ended.cells[1].execution_count is None


class Names(NoObserver):
    def __init__(self) -> None:
        self.finished: list[Any] = []

    def cell_finished(self, index: int, cell: NotebookNode, status: str) -> None:
        self.finished.append((index, status))


def test_observer_environment_and_output_limit(tmp_path: Path) -> None:
    import os

    names = Names()
    source = written(tmp_path / "in.ipynb", "import os; print(os.environ['MINE'] * 100)", "2")
    nb = run(
        source,
        tmp_path / "out.ipynb",
        observer=names,
        env={**os.environ, "MINE": "m"},
        output_limit=OutputLimit(cell=10),
        ahead=1,
    )
    assert names.finished == [(0, "ok"), (1, "ok")]
    assert nb.cells[0].outputs[0].text == "m" * 10


async def test_in_a_running_loop_and_with_a_kernel_of_ones_own(tmp_path: Path) -> None:
    """As in a notebook's cell; the kernel is left to whoever gave it."""
    km = LightKernelManager(kernel_name="python3")
    await km.start_kernel()
    try:
        for number, source in enumerate(["x = 41", "x + 1"]):
            path = written(tmp_path / f"{number}.ipynb", source)
            nb = run(path, None, kernel_manager=km)
        assert nb.cells[0].outputs[0].data["text/plain"] == "42"
    finally:
        await km.shutdown_kernel(now=True)
    assert asyncio.get_running_loop().is_running()


def test_what_only_nbclient_has_is_run_by_nbclient(tmp_path: Path) -> None:
    began: list[int] = []
    source = written(tmp_path / "in.ipynb", "print(1)")
    run(source, tmp_path / "out.ipynb", on_cell_start=lambda cell, cell_index: began.append(cell_index))
    assert began == [0]
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[0].outputs[0].text == "1\n"


def test_a_folder_that_is_not_there_is_papermills_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="output folder"):
        run(NOTEBOOKS / "a.ipynb", tmp_path / "none" / "out.ipynb")


def test_without_autosave_and_into_an_existing_file(tmp_path: Path) -> None:
    output = tmp_path / "out.ipynb"
    output.write_text("old")
    with pytest.raises(PapermillExecutionError):
        run(written(tmp_path / "in.ipynb", "print(1)", "raise OSError"), output, autosave_cell_every=0)
    assert [c.cell_type for c in nbformat.read(output, 4).cells] == ["markdown", "code", "markdown", "code"]


class ByGateway(AsyncKernelManager):
    """Its kernels are spoken with in a way of its own."""

    def client(self, **kwargs: Any) -> Any:
        raise ConnectionError("the gateway does not answer")


def test_a_kernel_manager_with_a_client_of_its_own_is_asked_for_it(tmp_path: Path) -> None:
    source = written(tmp_path / "in.ipynb", "1")
    with pytest.raises(ConnectionError, match="gateway"):
        run(source, tmp_path / "out.ipynb", kernel_manager_class=ByGateway)
