"""Runs the cells of a notebook in a kernel: nbclient's results, without its waits and polls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from inspect import isawaitable
from typing import Any

from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from notebook_automation.domain.masking import Masker
from notebook_automation.execution import kernel_setup
from notebook_automation.execution.channel import KernelChannel, Line
from notebook_automation.execution.failures import KernelDied, RunCancelled, RunTimedOut
from notebook_automation.execution.handshake import Handshake
from notebook_automation.execution.kernels import KernelEnd, LightKernelManager, launch_arguments, settled
from notebook_automation.execution.masking import MaskedMessages
from notebook_automation.execution.observer import NoObserver, RunObserver
from notebook_automation.execution.outputs import CellOutputs, OutputLimit
from notebook_automation.execution.processes import ProcessWatch
from notebook_automation.execution.sequence import CellSequence, PlannedCell
from notebook_automation.execution.setups import CellMessages
from notebook_automation.execution.widgets import WidgetLine
from notebook_automation.execution.wire import Message

DEFAULT_AHEAD = 3

_LAST_WORDS_SECONDS = 0.1
"""What a kernel sent before it died may still be on its way when its end is known."""


class NotebookRun:
    """One run of the cells of ``nb``, in place, in the kernel of ``manager`` (started here if it is not yet).

    ``ahead``: execute requests kept in the kernel; it is 1 where cells have a time limit, where the kernel is none
    that can drop queued requests after an error, or where widgets need the client between cells.
    ``env``: the kernel's whole environment, None for this process's. ``graceful``: let the kernel end by itself
    (its ``atexit`` functions run) after the last cell, else kill it. ``keep_kernel``: leave it running after the last
    cell. ``masker``: hides what it hides in all that the kernel sends. ``observe_dropped``: observers get streams also
    beyond ``output_limit``. ``startup_timeout`` and ``cell_timeout`` in seconds. ``options``: nbclient's traits, e.g.
    ``allow_errors``, ``extra_arguments``.
    """

    def __init__(
        self,
        nb: NotebookNode,
        manager: KernelManager,
        *,
        observer: RunObserver | None = None,
        ahead: int = DEFAULT_AHEAD,
        output_limit: OutputLimit | None = None,
        observe_dropped: bool = False,
        startup_timeout: float | None = 60.0,
        cell_timeout: float | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        graceful: bool = True,
        keep_kernel: bool = False,
        masker: Masker | None = None,
        **options: Any,
    ) -> None:
        self.nb = nb
        self.outputs = CellOutputs(nb, output_limit or OutputLimit(), **options)
        self.kernel_info: Mapping[str, Any] = {}
        self._manager = manager
        self._observer: RunObserver = observer or NoObserver()
        self._ahead = max(1, ahead)
        self._startup_timeout = startup_timeout
        self._observe_dropped = observe_dropped
        self._launch: dict[str, Any] = {"env": env and dict(env), "cwd": cwd}
        self._graceful = graceful
        self._keep_kernel = keep_kernel
        self._masker = masker or Masker()
        self._has_cell_limit = bool(cell_timeout or self.outputs.timeout or self.outputs.timeout_func)
        self._sequence = CellSequence(
            self.outputs,
            self._observer,
            send=self._send_cell,
            done=self._finish,
            interrupt=self._interrupt_soon,
            cell_timeout=cell_timeout,
        )
        if isinstance(manager, LightKernelManager):
            manager.ends_at_error = not keep_kernel and self._ends_at_error()
        self._channel: KernelChannel | None = None
        self._started_here = False
        self._guard_id = ""
        self._handshake: Handshake | None = None
        self._begun = False
        self._stopping: Exception | None = None
        self._done: asyncio.Future[Exception | None] | None = None
        self._ended = asyncio.Event()
        self._await_end = True
        self._end: KernelEnd | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, *, deadline: float | None = None, await_end: bool = True) -> NotebookNode:
        """Run every cell; returns the notebook, changed in place.

        ``deadline`` is a time of the event loop's clock (``loop.time()``). Without ``await_end`` it returns, or raises
        for a cell, while the kernel still ends in order: wait for `last_word` and `gone` then. Raises
        `CellExecutionError`, `CellTimeoutError`, `KernelDied`, `KernelStartError`, `RunCancelled`, `RunTimedOut`; the
        outputs so far are in the notebook in every case, and the kernel ends unless it was to be kept. Cancelling the
        task ends the kernel too.
        """
        self._await_end = await_end
        if self._done is not None:
            raise RuntimeError("A NotebookRun runs once; make a new one.")
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        if deadline is not None:
            self._timers["deadline"] = loop.call_at(deadline, self._out_of_time)
        if self._stopping is not None:
            self._finish(self._stopping)
        watch: ProcessWatch | None = None
        error: Exception | None = RunCancelled()
        try:
            await self._start_kernel()
            if not self._done.done() and self._manager.provisioner is not None:
                watch = ProcessWatch(self._manager.provisioner, self._process_ended)
                self._connect()
            error = await self._done
            if isinstance(error, KernelDied):
                error = KernelDied(await self._exit_code(), error.cell_index)
        finally:
            if watch is not None:
                watch.close()
            await self._close(error)
        if error is not None:
            raise error
        return self.nb

    async def cancel(self, grace: float = 5.0, error: Exception | None = None) -> None:
        """Stop the run: interrupt the kernel, kill it when the cell has not ended ``grace`` seconds later.

        Returns when the kernel has ended; `run` raises ``error`` (default `RunCancelled`).
        """
        if self._ended.is_set():
            return
        if self._stopping is None:
            self._stopping = error or RunCancelled()
            self._sequence.stop(self._stopping)
            if self._done is not None and not self._begun:
                self._finish(self._stopping)
            elif self._done is not None:
                self._after("grace", grace, self._finish, self._stopping)
                await self._interrupt()
        if self._done is not None:
            await self._ended.wait()

    async def last_word(self) -> None:
        """After a `run` that has not awaited the end: return when the kernel's last code has run."""
        if self._end is not None:
            await self._end.last_word()

    async def gone(self) -> None:
        """Return when its process has ended."""
        if self._end is not None:
            await self._end.gone()

    def ran_ahead(self, cells: CellMessages) -> None:
        """Cells that ran before the kernel was made are shown, not run; call it while the kernel starts, or before."""
        shown = {index: self._masker.value(recorded) for index, recorded in cells.items()} if self._masker else cells
        self._sequence.ran_ahead(shown)

    def settle(self) -> None:
        """Make the outputs of the running cell whole (long streams are joined in steps), e.g. before a save."""
        self.outputs.settle()

    # start ----------------------------------------------------------------------------------------------------

    async def _start_kernel(self) -> None:
        assert self._done is not None
        if self._manager.has_kernel or self._done.done():
            return
        self._started_here = True
        launch = {k: v for k, v in self._launch.items() if v is not None}
        launch["extra_arguments"] = launch_arguments(self._manager, list(self.outputs.extra_arguments))
        started = self._manager.start_kernel(**launch)
        if not isawaitable(started):
            return
        task = asyncio.ensure_future(started)
        try:
            await asyncio.wait({task, self._done}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def _connect(self) -> None:
        info = self._manager.get_connection_info()
        deliver = MaskedMessages(self._masker, self._deliver) if self._masker else self._deliver
        self._channel = KernelChannel(info, deliver, wanted=self._wanted)
        self.outputs.kc = WidgetLine(self._channel)  # type: ignore[assignment]
        self._handshake = Handshake(
            self._channel,
            seconds=self._startup_timeout,
            ready=self._begin,
            failed=self._finish,
            known=getattr(self._manager.provisioner, "kernel_info", None),
        )

    def _begin(self, kernel_info: Mapping[str, Any]) -> None:
        self._begun = True
        self.kernel_info = kernel_info
        if "language_info" in kernel_info:
            self.nb.metadata["language_info"] = kernel_info["language_info"]
        self._observer.started(kernel_info)
        if self._started_here and kernel_setup.understands(kernel_info):
            self._set_up(look_ahead=self._may_look_ahead())
        self._sequence.begin()

    def _set_up(self, *, look_ahead: bool) -> None:
        """A forked kernel does by itself what others are told, but for what its ipykernel may be too old for."""
        provisioner: Any = self._manager.provisioner
        forked = getattr(provisioner, "how", "") == "forked"
        if forked and (provisioner.stays_stopped or not look_ahead):
            self._sequence.ahead = self._ahead if look_ahead else 1
        elif self._channel is not None:
            content = kernel_setup.setup_request(end_in_order=self._graceful and not forked, stay_stopped=look_ahead)
            setup_id = self._channel.send("execute_request", content)
            self._guard_id = setup_id if look_ahead else ""

    def _ends_at_error(self) -> bool:
        """Whether nothing runs after an error that the kernel takes for one, so that it may drop what is queued."""
        return not self._has_cell_limit and not self.outputs.allow_error_names

    def _may_look_ahead(self) -> bool:
        return (
            self._sequence.to_run > self._ahead > 1
            and self._ends_at_error()
            and not kernel_setup.needs_lockstep(self.nb)
        )

    # messages -------------------------------------------------------------------------------------------------

    def _send_cell(self, cell: PlannedCell) -> str:
        assert self._channel is not None
        content = {
            "code": cell.node.source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": not cell.allows_errors,
        }
        return self._channel.send("execute_request", content, metadata={"cellId": cell.node.get("id")})

    def _wanted(self, msg_type: str, parent_id: str | None, size: int) -> bool:
        current = self._sequence.current
        return (
            msg_type != "stream"
            or self._observe_dropped
            or current is None
            or current.request_id != parent_id
            or not self.outputs.full()
        )

    def _deliver(self, line: Line, message: Message) -> None:
        try:
            self._sort(line, message)
        except Exception as error:  # noqa: BLE001 - raised in a loop's callback it would be lost; `run` raises it
            self._finish(error)

    def _sort(self, line: Line, message: Message) -> None:
        if self._done is None or self._done.done():
            return
        if not self._begun:
            if self._handshake is not None:
                self._handshake.take(line, message)
            return
        if self._handshake is not None:
            self._handshake.close()
            self._handshake = None
        if message["parent_header"].get("msg_id") != self._guard_id:
            self._sequence.take(line, message)
        elif line == "shell" and message["content"].get("status") == "ok":
            self._sequence.ahead = self._ahead
            self._sequence.feed()

    # end ------------------------------------------------------------------------------------------------------

    def _finish(self, error: Exception | None = None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(error)

    def _out_of_time(self) -> None:
        self._background(self.cancel(error=RunTimedOut()))

    def _interrupt_soon(self) -> None:
        self._background(self._interrupt())

    async def _interrupt(self) -> None:
        if self._manager.has_kernel:
            await settled(self._manager.interrupt_kernel())

    def _process_ended(self) -> None:
        self._after("death", _LAST_WORDS_SECONDS, self._died)

    def _died(self) -> None:
        current = self._sequence.current
        self._finish(self._stopping or KernelDied(None, None if current is None else current.index))

    async def _exit_code(self) -> int | None:
        provisioner = self._manager.provisioner
        return None if provisioner is None or not provisioner.has_process else await provisioner.poll()

    async def _close(self, error: Exception | None) -> None:
        for name in list(self._timers):
            self._stop_timer(name)
        if self._handshake is not None:
            self._handshake.close()
        if self._channel is not None:
            self._channel.close()
        normal = error is None or isinstance(error, CellExecutionError)
        try:
            self._sequence.leave()
            self.outputs.set_widgets_metadata()
        finally:
            if self._manager.provisioner is not None and not (normal and self._keep_kernel):
                graceful = normal and self._graceful
                self._end = KernelEnd(self._manager, graceful=graceful, gone=self._ended.set)
                if self._await_end or not graceful:
                    await self._end.gone()
            else:
                self._ended.set()

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
