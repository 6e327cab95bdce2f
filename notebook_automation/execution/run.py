"""Runs the cells of a notebook in a kernel: nbclient's results, without its waits and polls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from .cell_executor import CellExecutor
from .failures import KernelDied, RunCancelled, RunTimedOut
from .kernel_end import KernelEnd
from .kernels import LightKernelManager, launch_arguments, result_of_manager
from .outputs import CellOutputs
from .processes import ProcessWatch
from .recorded_cells import RecordedCells
from .run_observer import Observers, RunObserver
from .run_options import RunOptions

_FINAL_MESSAGES_SECONDS = 0.1
"""What a kernel sent before it died may still be on its way when its end is known."""


class NotebookRun:
    """One run of the cells of ``nb``, in place, in the kernel of ``manager`` (started here if it is not yet)."""

    def __init__(
        self,
        nb: NotebookNode,
        manager: KernelManager,
        *,
        observer: RunObserver | None = None,
        options: RunOptions | None = None,
    ) -> None:
        self._options = options or RunOptions()
        self.nb = nb
        self.outputs = CellOutputs(nb, self._options.output_limit, **self._options.traits)
        self._manager = manager
        self._observers = Observers(*(() if observer is None else (observer,)))
        self._executor = CellExecutor(
            self.outputs, self._observers, self._options, interrupt=self._interrupt_soon, late=self._stop_soon
        )
        self._stopping: Exception | None = None
        self._done: asyncio.Future[Exception | None] | None = None
        self._ended = asyncio.Event()
        self._end: KernelEnd | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def options(self) -> RunOptions:
        """How it is run."""
        return self._options

    @property
    def has_sent(self) -> bool:
        """Whether any cell may have run."""
        return self._executor.has_sent

    def observe_first(self, observer: RunObserver) -> None:
        """Notify this observer too, before those that were given. Call it before `run`."""
        self._observers.put_first(observer)

    def replay(self, cells: RecordedCells) -> None:
        """Show what these cells showed before the kernel was made, instead of running them.

        Secrets are hidden in it. Call it while the kernel starts, or before.
        """
        self._executor.replay(cells)

    async def run(self, *, deadline: float | None = None, await_end: bool = True) -> NotebookNode:
        """Run every cell; returns the notebook, changed in place.

        ``deadline`` is a time of the event loop's clock (``loop.time()``). Without ``await_end`` it returns, or raises
        for a cell, while the kernel still ends in order: wait for `code_finished` and `kernel_ended` then. Raises
        `CellExecutionError`, `CellTimeoutError`, `KernelDied`, `KernelStartError`, `RunCancelled`, `RunTimedOut`; the
        outputs so far are in the notebook in every case, and the kernel ends unless it was to be kept. Cancelling the
        task ends the kernel too.
        """
        if self._done is not None:
            raise RuntimeError("A NotebookRun runs once; make a new one.")
        loop = asyncio.get_running_loop()
        done = self._done = loop.create_future()
        if deadline is not None:
            self._timers["deadline"] = loop.call_at(deadline, self._out_of_time)
        if self._stopping is not None:
            self._finish(self._stopping)
        watch: ProcessWatch | None = None
        error: Exception | None = RunCancelled()
        try:
            own_kernel = await self._start_kernel(done)
            if not done.done() and self._manager.provisioner is not None:
                watch = ProcessWatch(self._manager.provisioner, self._process_ended)
                self._executor.connect(self._manager, done, own_kernel=own_kernel)
            error = await done
            if isinstance(error, KernelDied):
                error = KernelDied(await self._exit_code(), error.cell_index)
        finally:
            if watch is not None:
                watch.close()
            await self._close(error, await_end=await_end)
        if error is not None:
            raise error
        return self.nb

    def dry_run(self) -> None:
        """Notify the observers of every code cell as if it had run, without a kernel."""
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code":
                self._observers.cell_started(index, cell)
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="")]
                self._observers.cell_finished(index, cell, "ok")

    async def cancel(self, grace: float = 5.0, error: Exception | None = None) -> None:
        """Stop the run: interrupt the kernel, kill it when the cell has not ended ``grace`` seconds later.

        Returns when the kernel has ended; `run` raises ``error`` (default `RunCancelled`).
        """
        if self._ended.is_set():
            return
        if self._stopping is None:
            self._stopping = error or RunCancelled()
            may_be_running = self._executor.stop(self._stopping)
            if self._done is not None and not may_be_running:
                self._finish(self._stopping)
            elif self._done is not None:
                self._after("grace", grace, self._finish, self._stopping)
                await self._interrupt()
        if self._done is not None:
            await self._ended.wait()

    async def code_finished(self) -> None:
        """After a `run` that has not awaited the end: return when the kernel's last code has run."""
        if self._end is not None:
            await self._end.code_finished()

    async def kernel_ended(self) -> None:
        """After a `run` that has not awaited the end: return when the kernel's process has ended."""
        if self._end is not None:
            await self._end.process_ended()

    # start ----------------------------------------------------------------------------------------------------

    async def _start_kernel(self, done: asyncio.Future[Exception | None]) -> bool:
        """Start the kernel unless it runs already, or the run is ``done`` before; return whether it was started."""
        manager = self._manager
        if manager.has_kernel or done.done():
            return False
        if isinstance(manager, LightKernelManager):
            manager.end_at_error(not self._options.keep_kernel and self._executor.ends_at_error)
        launch = self._options.launch_arguments()
        launch["extra_arguments"] = launch_arguments(manager, list(self.outputs.extra_arguments))
        started = manager.start_kernel(**launch)
        if not isawaitable(started):
            return True
        task = asyncio.ensure_future(started)
        try:
            await asyncio.wait({task, done}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return True

    # end ------------------------------------------------------------------------------------------------------

    def _finish(self, error: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(error)

    def _out_of_time(self) -> None:
        self._stop_soon(RunTimedOut())

    def _stop_soon(self, error: Exception) -> None:
        """Stop the run: the cell is interrupted first, so that it shows where it was."""
        self._background(self.cancel(error=error))

    def _interrupt_soon(self) -> None:
        self._background(self._interrupt())

    async def _interrupt(self) -> None:
        if self._manager.has_kernel:
            await result_of_manager(self._manager.interrupt_kernel())

    def _process_ended(self) -> None:
        self._after("death", _FINAL_MESSAGES_SECONDS, self._died)

    def _died(self) -> None:
        self._finish(self._stopping or KernelDied(None, self._executor.current_index))

    async def _exit_code(self) -> int | None:
        provisioner = self._manager.provisioner
        return None if provisioner is None or not provisioner.has_process else await provisioner.poll()

    async def _close(self, error: Exception | None, *, await_end: bool) -> None:
        for name in list(self._timers):
            self._stop_timer(name)
        try:
            self._executor.close()
        finally:
            await self._end_kernel(in_order=error is None or isinstance(error, CellExecutionError), awaited=await_end)

    async def _end_kernel(self, *, in_order: bool, awaited: bool) -> None:
        if self._manager.provisioner is None or (in_order and self._options.keep_kernel):
            self._ended.set()
            return
        graceful = in_order and self._options.graceful
        self._end = KernelEnd(self._manager, graceful=graceful, ended=self._ended.set)
        if awaited or not graceful:
            await self._end.process_ended()

    def _after(self, name: str, seconds: float, call: Callable[..., None], *args: Any) -> None:
        self._stop_timer(name)
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, call, *args)

    def _stop_timer(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def _background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # the loop itself holds only a weak reference
        task.add_done_callback(self._tasks.discard)
