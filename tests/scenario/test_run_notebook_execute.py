"""A notebook executed as a session executes it: parameters, result, marks, and what a killed runner leaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from eventually import wait_until
from execute_notebook import execute
from nbformat import NotebookNode

from notebook_automation.execution.executed_copy import ExecutedCopy
from notebook_automation.execution.journal import journal_path
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.outputs import OutputLimit
from notebook_automation.execution.parameters import parameterised_notebook
from notebook_automation.execution.run import NotebookRun
from notebook_automation.execution.run_observer import NoObserver
from notebook_automation.execution.run_options import RunOptions
from notebook_automation.execution.writer import recover

NOTEBOOKS = Path(__file__).parents[1] / "data" / "notebooks"
KILLED = RunOptions(graceful=False)


def notebook(*cells: str | tuple[str, str]) -> NotebookNode:
    nb = nbformat.v4.new_notebook()
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    for cell in cells:
        source, tags = (cell, []) if isinstance(cell, str) else (cell[0], [cell[1]])
        nb.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    return nb


def saved(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def statuses(nb: NotebookNode) -> list[str]:
    return [c.metadata.papermill.status for c in nb.cells if "papermill" in c.metadata]


async def test_a_notebook_with_parameters(tmp_path: Path) -> None:
    output = tmp_path / "out.ipynb"
    result = await execute(NOTEBOOKS / "a.ipynb", output, parameters={"x": 5, "name": "it's"}, options=KILLED)
    assert (result.status, result.error) == ("completed", None)
    nb = saved(output)
    assert nb == result.notebook
    assert nb.cells[1].metadata.tags == ["injected-parameters"]
    assert nb.cells[2].outputs[0].text == "it's 6\n"
    assert nb.metadata.papermill.parameters == {"x": 5, "name": "it's"}
    assert nb.metadata.papermill.exception is None
    assert nb.metadata.papermill.duration <= result.seconds
    assert statuses(nb) == ["completed"] * 5
    assert os.listdir(tmp_path) == ["out.ipynb"]


async def test_on_a_machine_where_jupyter_has_never_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is too long a name for a socket
        runtime = os.path.join(folder, "runtime")
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", runtime)
        assert (await execute(notebook("1"), None)).status == "completed"
        assert os.listdir(runtime) == []


async def test_a_node_is_copied_and_needs_no_language(tmp_path: Path) -> None:
    nb = notebook(("a = 1", "parameters"), "print(a)")
    result = await execute(nb, None, parameters={"a": 2}, input_path="there.ipynb", options=KILLED)
    assert result.notebook.cells[2].outputs[0].text == "2\n"
    assert result.notebook.metadata.papermill.input_path == "there.ipynb"
    assert len(nb.cells) == 2


async def test_a_failed_cell(tmp_path: Path) -> None:
    output = tmp_path / "out.ipynb"
    result = await execute(notebook("1", ("1/0", "raises-exception"), "[][3]", "4"), output, options=KILLED)
    assert result.status == "failed"
    error = result.error
    assert error is not None
    assert (error.ename, error.evalue) == ("IndexError", "list index out of range")
    assert (error.cell_index, error.execution_count) == (2, 3)
    assert any("[][3]" in line or "IndexError" in line for line in error.traceback)
    nb = saved(output)
    assert nb.cells[4].id == error.cell_id
    assert [c.metadata.tags for c in (nb.cells[0], nb.cells[3])] == [["papermill-error-cell-tag"]] * 2
    assert statuses(nb) == ["completed", "completed", "failed", "pending"]
    assert nb.metadata.papermill.exception is True


async def test_an_allowed_error_is_none(tmp_path: Path) -> None:
    result = await execute(notebook(("1/0", "raises-exception"), "2"), None, options=KILLED)
    assert result.status == "completed"


async def test_sys_exit_ends_early_and_well() -> None:
    result = await execute(notebook("import sys; sys.exit(0)", "2"), None, options=KILLED)
    assert (result.status, result.error) == ("completed", None)
    assert result.notebook.cells[1].outputs == []


class FirstOutput(NoObserver):
    def __init__(self) -> None:
        self.came = asyncio.Event()

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        self.came.set()


async def test_cancel(tmp_path: Path) -> None:
    output, seen = tmp_path / "out.ipynb", FirstOutput()
    nb = notebook("print('so far'); import time; time.sleep(60)", "2")
    run = NotebookRun(parameterised_notebook(nb), LightKernelManager(kernel_name="python3"), observer=seen)
    task = asyncio.ensure_future(ExecutedCopy(run, output).run_and_save())
    await seen.came.wait()
    await run.cancel()
    result = await task
    assert result.status == "cancelled"
    assert result.error is not None
    assert result.error.cell_index == 0
    assert saved(output).cells[2].outputs[0].text == "so far\n"
    assert statuses(saved(output)) == ["failed", "pending"]


async def test_deadline_and_time_limit_of_a_cell(tmp_path: Path) -> None:
    nb = notebook("import time; time.sleep(60)")
    deadline = asyncio.get_running_loop().time() + 1.5
    late = await execute(nb, tmp_path / "late.ipynb", deadline=deadline)
    assert late.status == "timeout"
    long = await execute(nb, tmp_path / "long.ipynb", options=RunOptions(cell_timeout=0.2))
    assert (long.status, long.error and long.error.ename) == ("failed", "CellTimeoutError")


async def test_a_dead_kernel_and_one_that_does_not_start(tmp_path: Path) -> None:
    died = await execute(notebook("import os; os._exit(7)", "2"), tmp_path / "died.ipynb")
    assert died.status == "failed"
    assert died.error is not None
    assert (died.error.ename, died.error.cell_index) == ("KernelDied", 0)
    assert "code 7" in died.error.evalue
    silent = await execute(notebook("1"), tmp_path / "silent.ipynb", options=RunOptions(startup_timeout=0.001))
    assert silent.error is not None
    assert (silent.error.ename, silent.error.cell_index) == ("KernelStartError", None)
    assert statuses(saved(tmp_path / "silent.ipynb")) == ["pending"]
    assert saved(tmp_path / "silent.ipynb").metadata.papermill.exception is True


def test_a_notebook_that_names_no_kernel() -> None:
    nb = notebook("1")
    del nb.metadata["kernelspec"]
    with pytest.raises(ValueError, match="No kernel name"):
        parameterised_notebook(nb)


async def test_output_limit(tmp_path: Path) -> None:
    result = await execute(
        notebook("print('x' * 5000)"), None, options=RunOptions(output_limit=OutputLimit(cell=100), graceful=False)
    )
    assert "[Output cut here" in result.notebook.cells[0].outputs[-1].text


async def test_a_cancelled_task_still_saves(tmp_path: Path) -> None:
    output, seen = tmp_path / "out.ipynb", FirstOutput()
    nb = notebook("print('so far'); import time; time.sleep(60)")
    task = asyncio.ensure_future(execute(nb, output, observer=seen))
    await seen.came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert saved(output).cells[0].outputs[0].text == "so far\n"
    assert os.listdir(tmp_path) == ["out.ipynb"]


RUNNER = """
import asyncio, sys
from execute_notebook import execute
asyncio.run(execute(sys.argv[1], sys.argv[2]))
"""


def test_a_killed_runner_leaves_what_came_so_far(tmp_path: Path) -> None:
    """And its kernel goes with it."""
    source, output, ready = tmp_path / "in.ipynb", tmp_path / "out.ipynb", tmp_path / "pid"
    nb = notebook(
        "print('done')",
        f"import os, time\nprint('half done')\ntime.sleep(1.5)\nopen({str(ready)!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(60)",
    )
    nbformat.write(nb, source)
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, "-c", RUNNER, str(source), str(output)], env=env) as runner:
        wait_until(lambda: runner.poll() is not None or (ready.exists() and ready.read_text()))
        assert runner.poll() is None
        runner.send_signal(signal.SIGKILL)
    json.loads(output.read_text())
    assert journal_path(output).exists()
    assert recover(output)
    kept = saved(output)
    assert [c.outputs[0].text for c in kept.cells] == ["done\n", "half done\n"]
    assert statuses(kept) == ["completed", "running"]
    kernel = Path(f"/proc/{ready.read_text()}/stat")
    wait_until(lambda: not kernel.exists() or kernel.read_text().rpartition(")")[2].split()[0] == "Z")


async def test_an_error_that_the_code_shows_itself_fails_the_run(tmp_path: Path) -> None:
    """`%run` catches the error of its file and shows it: the kernel says that the cell ended well."""
    bad = tmp_path / "bad.py"
    bad.write_text("1/0\n")
    nb = notebook((f"%run {bad}", "raises-exception"), f"%run {bad}", "print('still here')", "import sys; sys.exit(0)")
    output = tmp_path / "out.ipynb"
    result = await execute(nb, output, options=KILLED)
    assert result.status == "failed"
    assert result.error is not None
    assert (result.error.ename, result.error.cell_index) == ("ZeroDivisionError", 1)
    assert "division by zero" in "".join(result.error.traceback)
    kept = saved(output)
    assert kept.metadata.papermill.exception is True
    assert [cell.outputs[0].text for cell in kept.cells if "still" in cell.source] == ["still here\n"]


async def test_a_cell_that_the_kernel_drops_without_an_answer_fails_at_once(tmp_path: Path) -> None:
    """ipykernel answers nothing where Python's compiler or its own messages fail."""
    nb = notebook(("x = a" + ".b" * 30_000, "raises-exception"), "x = '\ud800'", "print('not run')")
    result = await execute(nb, tmp_path / "out.ipynb", options=KILLED)
    assert result.error is not None
    assert (result.status, result.error.ename, result.error.cell_index) == ("failed", "CellNotRun", 1)
    assert "Python cannot compile it" in result.error.evalue
    assert [len(cell.outputs) for cell in saved(tmp_path / "out.ipynb").cells if cell.cell_type == "code"] == [1, 1, 0]
