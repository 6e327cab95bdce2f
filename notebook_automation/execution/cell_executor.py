"""Executes the cells of a notebook in a kernel that runs: readiness, set-up, cell after cell, to the last reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_client.manager import KernelManager

from . import kernel_setup
from .channel import KernelChannel, Line
from .failures import CheckpointFailed
from .masking import MaskedMessages
from .outputs import CellOutputs
from .planned_cell import PlannedCell
from .readiness import ReadinessCheck
from .recorded_cells import RecordedCells
from .run_observer import RunObserver
from .run_options import RunOptions
from .sequence import CellSequence
from .widgets import WidgetLine
from .wire import Message

_NO_IPYKERNEL = (
    "Only an IPython kernel of the session's own can be saved: this notebook's kernel is another. Run it without "
    "is_durable, or with a Python kernel."
)


class CellExecutor:
    """Speaks to the kernel of one run; the results are in the cells of ``outputs.nb``.

    ``interrupt`` is called when a cell has started although the run is stopping, ``late`` with the error when one runs
    for too long.
    """

    def __init__(
        self, outputs: CellOutputs, observer: RunObserver, options: RunOptions, *,
        interrupt: Callable[[], None], late: Callable[[Exception], None],
    ) -> None:  # fmt: skip
        self._outputs = outputs
        self._observer = observer
        self._options = options
        self._ahead = max(1, options.ahead)
        self._masker = options.masker
        self._sequence = CellSequence(
            outputs,
            observer,
            send=self._send_cell,
            done=self._finish,
            interrupt=interrupt,
            late=late,
            ask=self._ask,
            send_silently=self._send_silently,
            cell_timeout=options.cell_timeout,
            checkpointing=options.checkpointing,
        )
        self._provisioner: Any = None
        self._done: asyncio.Future[Exception | None] | None = None
        self._channel: KernelChannel | None = None
        self._readiness: ReadinessCheck | None = None
        self._own_kernel = False
        self._begun = False
        self._guard_id = ""
        self._asked_id = ""
        self._silent_id = ""
        self.has_sent = False
        """Whether the kernel was given any cell: what it has done of it nobody knows before it answers."""

    @property
    def current_index(self) -> int | None:
        """The index of the cell that runs."""
        current = self._sequence.current
        return None if current is None else current.index

    @property
    def ends_at_error(self) -> bool:
        """Whether nothing runs after an error that the kernel takes for one, so that it may drop what is queued."""
        outputs = self._outputs
        has_cell_limit = self._options.cell_timeout or outputs.timeout or outputs.timeout_func
        return not has_cell_limit and not outputs.allow_error_names

    def replay(self, cells: RecordedCells) -> None:
        """Show what these cells showed before the kernel was made, instead of running them. Call it before the kernel
        is ready."""
        masker = self._masker
        self._sequence.replay({index: masker.value(shown) for index, shown in cells.items()} if masker else cells)

    def connect(self, manager: KernelManager, done: asyncio.Future[Exception | None], *, own_kernel: bool) -> None:
        """Connect to the manager's kernel, whose process is there, and run the cells once it is ready.

        ``done`` gets None after the last cell, else the error that ends the run; if another sets it, no message counts
        any more. ``own_kernel``: the kernel runs nothing but this notebook, so that it may be set up for it.
        """
        self._done = done
        self._own_kernel = own_kernel
        self._provisioner = manager.provisioner
        deliver = MaskedMessages(self._masker, self._deliver) if self._masker else self._deliver
        self._channel = KernelChannel(manager.get_connection_info(), deliver, wanted=self._wanted)
        self._outputs.speak_through(WidgetLine(self._channel))
        self._readiness = ReadinessCheck(
            self._channel,
            seconds=self._options.startup_timeout,
            ready=self._begin,
            failed=self._finish,
            known=getattr(self._provisioner, "kernel_info", None),
        )

    def stop(self, error: Exception) -> bool:
        """Send no more cells; return whether one may be running, whose end then ends the run with ``error``."""
        self._sequence.stop(error)
        return self._begun

    def close(self) -> None:
        """Disconnect; a cell that was running is ``stopped``, all outputs are whole."""
        if self._readiness is not None:
            self._readiness.close()
        if self._channel is not None:
            self._channel.close()
        self._sequence.leave()
        self._outputs.set_widgets_metadata()

    # kernel is ready ------------------------------------------------------------------------------------------

    def _begin(self, kernel_info: Mapping[str, Any]) -> None:
        self._begun = True
        if "language_info" in kernel_info:
            self._outputs.nb.metadata["language_info"] = kernel_info["language_info"]
        self._observer.started(kernel_info)
        if self._own_kernel and kernel_setup.understands(kernel_info):
            self._set_up_kernel(look_ahead=self._may_look_ahead())
            if self._options.prelude and self._channel is not None:
                self._channel.send("execute_request", kernel_setup.prelude_request(self._options.prelude))
        elif self._options.checkpointing is not None:
            self._finish(CheckpointFailed("NotDurable", _NO_IPYKERNEL))
            return
        self._sequence.begin()

    def _set_up_kernel(self, *, look_ahead: bool) -> None:
        """Send the set-up request. A forked kernel needs none, unless its ipykernel is too old to stop at an error."""
        forked = getattr(self._provisioner, "how", "") == "forked"
        if forked and (self._provisioner.stays_stopped or not look_ahead):
            self._sequence.allow_ahead(self._ahead if look_ahead else 1)
        elif self._channel is not None:
            content = kernel_setup.setup_request(
                end_in_order=self._options.graceful and not forked, stay_stopped=look_ahead
            )
            setup_id = self._channel.send("execute_request", content)
            self._guard_id = setup_id if look_ahead else ""

    def _may_look_ahead(self) -> bool:
        return (
            self._sequence.to_run > self._ahead > 1
            and self.ends_at_error
            and self._options.checkpointing is None
            and not kernel_setup.needs_lockstep(self._outputs.nb)
        )

    # messages -------------------------------------------------------------------------------------------------

    def _send_cell(self, cell: PlannedCell) -> str:
        assert self._channel is not None
        self.has_sent = True
        content = {
            "code": cell.code,
            "silent": False,
            # A cell in pieces counts as one.
            "store_history": cell.is_last_piece,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": not cell.allows_errors,
        }
        return self._channel.send("execute_request", content, metadata={"cellId": cell.node.get("id")})

    def _send_silently(self, code: str) -> None:
        if self._channel is not None:
            self._silent_id = self._channel.send("execute_request", kernel_setup.prelude_request(code))

    def _ask(self) -> None:
        """Ask for something that any kernel answers, in its turn: after that an earlier answer is not to come."""
        if self._channel is not None:
            self._asked_id = self._channel.send("kernel_info_request", {})

    def _wanted(self, msg_type: str, parent_id: str | None, size: int) -> bool:
        current = self._sequence.current
        return (
            msg_type != "stream"
            or self._options.observe_dropped
            or current is None
            or current.request_id != parent_id
            or not self._outputs.full()
        )

    def _deliver(self, line: Line, message: Message) -> None:
        try:
            self._dispatch(line, message)
        except Exception as error:  # noqa: BLE001 - raised in a loop's callback it would be lost; the run raises it
            self._finish(error)

    def _dispatch(self, line: Line, message: Message) -> None:
        if self._done is None or self._done.done():
            return
        if not self._begun:
            if self._readiness is not None:
                self._readiness.take(line, message)
            return
        if self._readiness is not None:
            self._readiness.close()
            self._readiness = None
        parent_id = message["parent_header"].get("msg_id")
        if parent_id == self._asked_id:
            if line == "shell":
                self._sequence.unanswered()
        elif parent_id == self._silent_id:
            if line == "shell":
                self._sequence.answered(message["content"])
        elif parent_id != self._guard_id:
            self._sequence.take(line, message)
        elif line == "shell" and message["content"].get("status") == "ok":
            self._sequence.allow_ahead(self._ahead)
            self._sequence.feed()

    def _finish(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(error)
