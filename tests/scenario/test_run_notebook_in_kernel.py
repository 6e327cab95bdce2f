"""Runs of notebooks in real kernels: order, stopping, dying, limits, what a kernel is left to do at its end."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from eventually import eventually, wait_until
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from notebook_automation.execution.failures import KernelDied, KernelStartError, RunCancelled, RunTimedOut
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.outputs import OutputLimit
from notebook_automation.execution.run import NotebookRun
from notebook_automation.execution.run_observer import NoObserver
from notebook_automation.execution.run_options import RunOptions

MANY = ["pass"] * 6


def notebook(*cells: str | tuple[str, str]) -> NotebookNode:
    nb = nbformat.v4.new_notebook()
    for cell in cells:
        source, tags = (cell, []) if isinstance(cell, str) else (cell[0], [cell[1]])
        nb.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    return nb


def manager() -> LightKernelManager:
    return LightKernelManager(kernel_name="python3")


def text(cell: NotebookNode) -> str:
    return "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


class Notified(NoObserver):
    """Writes down what it is notified of; ``on`` maps an event to something to do."""

    def __init__(self, on: dict[Any, Any] | None = None) -> None:
        self.events: list[Any] = []
        self.chunks: list[str] = []
        self._on = on or {}

    def started(self, kernel_info: Any) -> None:
        self._note("started", kernel_info["implementation"])

    def cell_started(self, index: int, cell: NotebookNode) -> None:
        self._note("start", index)

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        self.chunks.append(output.get("text", ""))
        if ("output", index) in self._on:
            self._on.pop(("output", index))()

    def cell_finished(self, index: int, cell: NotebookNode, status: str) -> None:
        self._note("end", index, status)

    def _note(self, *event: Any) -> None:
        self.events.append(event)
        if event in self._on:
            self._on[event]()


def gone(pid: int) -> bool:
    """Ended; where process 1 does not reap orphans they stay as zombies."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_cells_are_reported_in_order_and_kernel_ends() -> None:
    nb = notebook("import os; print(os.getpid())", "", ("1/0", "raises-exception"), ("x", "skip-execution"), "3")
    nb.cells.insert(1, nbformat.v4.new_markdown_cell("text"))
    observer = Notified()
    await NotebookRun(nb, manager(), observer=observer).run()
    statuses = ["ok", "skipped", "skipped", "allowed", "skipped", "ok"]
    expected: list[Any] = [("started", "ipython")]
    for index, status in enumerate(statuses):
        expected += [("start", index), ("end", index, status)]
    assert observer.events == expected
    assert gone(int(text(nb.cells[0])))
    assert nb.metadata.language_info.name == "python"
    assert sorted(nb.cells[5].metadata.execution) == [
        "iopub.execute_input",
        "iopub.status.busy",
        "iopub.status.idle",
        "shell.execute_reply",
    ]


async def test_nothing_runs_behind_a_failed_cell_however_slow_the_client(tmp_path: Path) -> None:
    """The client does nothing while the kernel goes on: what it sends then comes after the error."""
    mark, failing = tmp_path / "ran", tmp_path / "failing"
    fails = f"open({str(failing)!r}, 'w').close(); 1/0"
    nb = notebook(*MANY, fails, f"open({str(mark)!r}, 'w')", f"open({str(mark)!r}, 'w')")
    slow = {("end", len(MANY) - 1, "ok"): lambda: wait_until(failing.exists)}
    with pytest.raises(CellExecutionError):
        await NotebookRun(nb, manager(), observer=Notified(slow), options=RunOptions(ahead=2)).run()
    assert not mark.exists()
    assert nb.cells[7].outputs == []


async def test_a_late_request_is_dropped_by_the_kernel_itself(tmp_path: Path) -> None:
    """Without the kernel's set-up a request that arrives after the error would run."""
    mark = tmp_path / "ran"
    nb = notebook(*MANY, "1/0", *MANY)
    km = manager()
    with pytest.raises(CellExecutionError):
        await NotebookRun(nb, km, options=RunOptions(keep_kernel=True)).run()
    late = notebook(f"open({str(mark)!r}, 'w')")
    late_run = NotebookRun(late, km)
    await late_run.run()
    assert not mark.exists()


async def test_with_requests_ahead_the_results_are_the_same() -> None:
    sources = ["x = 0", *["x += 1; print(x); x"] * 30]
    one, many = notebook(*sources), notebook(*sources)
    await NotebookRun(one, manager(), options=RunOptions(ahead=1)).run()
    await NotebookRun(many, manager(), options=RunOptions(ahead=4)).run()
    assert [c.outputs for c in many.cells] == [c.outputs for c in one.cells]
    assert [c.execution_count for c in many.cells] == list(range(1, 32))


async def test_cancel_interrupts_keeps_the_output_and_ends_the_kernel() -> None:
    nb = notebook("import os, time; print(os.getpid(), flush=True); time.sleep(600)", "print('never')")
    observer = Notified()
    run = NotebookRun(nb, manager(), observer=observer)
    observer._on["output", 0] = lambda: stop.append(asyncio.ensure_future(run.cancel()))
    stop: list[Any] = []
    with pytest.raises(RunCancelled):
        await run.run()
    await stop[0]
    assert nb.cells[0].outputs[-1].ename == "KeyboardInterrupt"
    assert gone(int(nb.cells[0].outputs[0].text))
    assert nb.cells[1].outputs == []


async def test_cancel_kills_what_does_not_heed_the_interrupt() -> None:
    nb = notebook(
        "import os, signal, subprocess, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\nprint(child.pid, flush=True)\n"
        "while True:\n    try: time.sleep(600)\n    except KeyboardInterrupt: pass"
    )
    observer = Notified()
    run = NotebookRun(nb, manager(), observer=observer)
    stop: list[Any] = []
    observer._on["output", 0] = lambda: stop.append(asyncio.ensure_future(run.cancel(grace=0.2)))
    with pytest.raises(RunCancelled):
        await run.run()
    assert observer.events[-1] == ("end", 0, "stopped")
    # The kernel has ended; what it had started was killed with it, and takes its own time to go.
    child = int(text(nb.cells[0]))
    await eventually(lambda: gone(child))


async def test_cancel_before_and_after_the_run() -> None:
    run = NotebookRun(notebook("1"), manager())
    await run.cancel()
    with pytest.raises(RunCancelled):
        await run.run()
    await run.cancel()


async def test_cancel_while_the_kernel_starts() -> None:
    nb = notebook("print('never')")
    km = manager()
    run = NotebookRun(nb, km)
    task = asyncio.ensure_future(run.run())
    await eventually(lambda: km.has_kernel, pause=0.001)
    await run.cancel()
    with pytest.raises(RunCancelled):
        await task
    assert nb.cells[0].outputs == []


async def test_a_cancelled_task_takes_its_kernel_along() -> None:
    nb = notebook("import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    observer = Notified()
    task = asyncio.ensure_future(NotebookRun(nb, manager(), observer=observer).run())
    observer._on["output", 0] = task.cancel
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone(int(text(nb.cells[0])))


async def test_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    nb = notebook("import time; print('so far', flush=True); time.sleep(600)")
    loop = asyncio.get_running_loop()
    now = loop.time
    an_hour_later = {("output", 0): lambda: monkeypatch.setattr(loop, "time", lambda: now() + 3600)}
    with pytest.raises(RunTimedOut):
        await NotebookRun(nb, manager(), observer=Notified(an_hour_later)).run(deadline=now() + 600)
    assert "so far" in text(nb.cells[0])


async def test_time_limit_of_a_cell() -> None:
    nb = notebook("1", "import time; time.sleep(600)", "2")
    with pytest.raises(CellTimeoutError, match=r"after 0\.3 seconds"):
        await NotebookRun(nb, manager(), options=RunOptions(cell_timeout=0.3)).run()


async def test_death_of_the_kernel_is_known_at_once_with_its_cause() -> None:
    nb = notebook("1", "import os, time; print('final output'); time.sleep(0.5); os.kill(os.getpid(), 9)", "2")
    observer = Notified()
    with pytest.raises(KernelDied, match=r"cell 2.*SIGKILL") as died:
        await NotebookRun(nb, manager(), observer=observer).run()
    assert died.value.exit_code == -signal.SIGKILL
    assert isinstance(died.value, DeadKernelError)
    assert text(nb.cells[1]) == "final output\n"
    assert observer.events[-1] == ("end", 1, "stopped")


async def test_a_kernel_that_exits() -> None:
    with pytest.raises(KernelDied, match="code 3"):
        await NotebookRun(notebook("import os; os._exit(3)"), manager()).run()


async def test_a_kernel_that_never_answers() -> None:
    km = manager()
    km.kernel_spec.argv[:] = ["sleep", "60"]
    with pytest.raises(KernelStartError, match=r"0\.5 seconds"):
        await NotebookRun(notebook("1"), km, options=RunOptions(startup_timeout=0.5)).run()


async def test_a_kernel_that_cannot_start() -> None:
    km = manager()
    km.kernel_spec.argv[:] = ["/nowhere/python"]
    with pytest.raises(FileNotFoundError):
        await NotebookRun(notebook("1"), km).run()


async def test_an_observer_that_fails_ends_the_run() -> None:
    def fail() -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await NotebookRun(notebook("1", "2"), manager(), observer=Notified({("end", 0, "ok"): fail})).run()


async def test_much_output_is_cut_with_a_mark_and_takes_no_memory() -> None:
    nb = notebook("line = 'x' * 999\nfor _ in range(400_000):\n    print(line)", "print('next cell is whole')", "1/0")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CellExecutionError):
        await NotebookRun(nb, manager(), options=RunOptions(output_limit=OutputLimit(cell=100_000))).run()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert len(nb.cells[0].outputs[0].text) == 100_000
    assert "[Output cut here" in nb.cells[0].outputs[1].text
    assert "381." in nb.cells[0].outputs[1].text
    assert text(nb.cells[1]) == "next cell is whole\n"
    assert nb.cells[2].outputs[0].ename == "ZeroDivisionError"
    assert grown < 250_000, "kB, for 400 MB of output"


async def test_many_small_writes_are_joined_in_linear_time() -> None:
    nb = notebook("import sys\nfor _ in range(5_000):\n    print('y' * 50, flush=True)")
    await NotebookRun(nb, manager()).run()
    assert [len(o.text) for o in nb.cells[0].outputs] == [5_000 * 51]


READER = """
import asyncio, sys
import nbformat
from traitlets.config import Config
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.run import NotebookRun

nb = nbformat.v4.new_notebook()
lines = "for n in range(4_000): print(n, 'y' * 500, flush=True)"
for source in ("1", f"open('begun', 'w')\\n{lines}\\nopen('written', 'w')", "print('after')"):
    nb.cells.append(nbformat.v4.new_code_cell(source))
km = LightKernelManager(kernel_name="python3", config=Config({"ForkServerProvisioner": {"wait_ready": True}}))
km.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": sys.argv[1]}
asyncio.run(NotebookRun(nb, km).run())
assert nb.cells[1].outputs[0].text.splitlines() == [f"{n} {'y' * 500}" for n in range(4_000)]
assert nb.cells[2].outputs[0].text == "after\\n"
assert km.provisioner.how == "forked" if sys.argv[1] == "notebook-automation" else True
"""


@pytest.mark.parametrize("provisioner", ["local-provisioner", "notebook-automation"])
def test_nothing_is_lost_when_a_kernel_is_faster_than_its_reader(provisioner: str, tmp_path: Path) -> None:
    """The reader's process, its ZeroMQ threads included, gets no processor until the kernel has written everything."""
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, provisioner], stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    wait_until((tmp_path / "begun").exists)
    reader.send_signal(signal.SIGSTOP)
    wait_until((tmp_path / "written").exists)
    reader.send_signal(signal.SIGCONT)
    _, errors = reader.communicate(timeout=60)
    assert reader.returncode == 0, errors


async def test_atexit_functions_run_unless_the_kernel_is_killed(tmp_path: Path) -> None:
    for graceful in (True, False):
        mark = tmp_path / f"ended-{graceful}"
        nb = notebook(f"import atexit\natexit.register(lambda: open({str(mark)!r}, 'w').close())")
        await NotebookRun(nb, manager(), options=RunOptions(graceful=graceful)).run()
        assert mark.exists() is graceful


async def test_environment_and_working_directory(tmp_path: Path) -> None:
    nb = notebook("import os; print(os.getcwd(), os.environ['MINE'])")
    await NotebookRun(nb, manager(), options=RunOptions(cwd=str(tmp_path), env={**os.environ, "MINE": "yes"})).run()
    assert text(nb.cells[0]) == f"{tmp_path} yes\n"


async def test_any_kernel_manager_and_a_kernel_that_goes_on() -> None:
    km = AsyncKernelManager(kernel_name="python3")
    await km.start_kernel()
    try:
        await NotebookRun(notebook("x = 41"), km, options=RunOptions(keep_kernel=True)).run()
        nb = notebook("x + 1")
        await NotebookRun(nb, km, options=RunOptions(keep_kernel=True)).run()
        assert text(nb.cells[0]) == "42"
        assert await km.is_alive()
    finally:
        await km.shutdown_kernel(now=True)


async def test_nothing_is_left_of_many_runs() -> None:
    async def one() -> None:
        await NotebookRun(notebook("1"), manager(), options=RunOptions(graceful=False)).run()

    await one()
    before = len(os.listdir("/proc/self/fd"))
    await asyncio.gather(*(one() for _ in range(2)))
    assert len(os.listdir("/proc/self/fd")) <= before
