"""The order of a run: which cell is sent, whose messages count now, when a cell and when the notebook is done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode

from notebook_automation.sdk.output_marks import mark_of

from .channel import Line
from .checkpointing import Checkpointing, Place
from .failures import CheckpointFailed
from .outputs import CellOutputs, shown_error
from .planned_cell import PlannedCell
from .recorded_cells import RecordedCells, as_messages
from .run_observer import CellStatus, RunObserver
from .wire import Message

_ASK_SECONDS = 1.0
"""So long after a cell's "idle" its reply is on its way; then the kernel is asked something else."""
_NOT_RUN = (
    "The kernel could not read this cell and dropped it: Python cannot compile it (nested too deep, or with half a "
    "character in it). Rewrite the cell in smaller parts."
)


class CellSequence:
    """Runs through the cells of ``outputs.nb`` one after the other, with up to ``ahead`` requests in the kernel.

    ``send`` queues the execute request of a cell and returns its id, ``done`` is called once: with None after the
    last cell, or with the error that ends the run. ``interrupt`` is called when a cell starts although the run is
    stopping, ``late`` when a cell runs for longer than it may (whoever is called stops the run with that error),
    ``ask`` when the kernel is idle and has not answered: see `unanswered`. ``cell_timeout`` in seconds, for each
    cell. With ``checkpointing`` each piece waits for what ``send_silently`` has sent before it: see `answered`.
    """

    def __init__(
        self,
        outputs: CellOutputs,
        observer: RunObserver,
        *,
        send: Callable[[PlannedCell], str],
        done: Callable[[Exception | None], None],
        interrupt: Callable[[], None],
        late: Callable[[Exception], None],
        ask: Callable[[], None],
        send_silently: Callable[[str], None],
        cell_timeout: float | None = None,
        checkpointing: Checkpointing | None = None,
    ) -> None:
        self._ahead = 1
        self._outputs = outputs
        self._observer = observer
        self._send = send
        self._done = done
        self._interrupt = interrupt
        self._late = late
        self._ask = ask
        self._asking: asyncio.TimerHandle | None = None
        self._cell_timeout = cell_timeout
        self._send_silently = send_silently
        self._checkpointing = checkpointing
        self._saving: PlannedCell | None = None
        self._cells = [self._plan(i, c) for i, c in enumerate(outputs.nb.cells)]
        self._next = 0
        self._current: PlannedCell | None = None
        self._to_send = deque(c for c in self._cells if c.runs)
        self._sent: dict[str, PlannedCell] = {}
        self._stopping: Exception | None = None
        self._time: asyncio.TimerHandle | None = None

    @property
    def current(self) -> PlannedCell | None:
        """The cell whose turn it is."""
        return self._current

    @property
    def to_run(self) -> int:
        """How many cells are still to be sent."""
        return len(self._to_send)

    def allow_ahead(self, count: int) -> None:
        """From the next `feed` on keep up to ``count`` requests in the kernel."""
        self._ahead = count

    def begin(self) -> None:
        """Send the first cells; the first one has its turn."""
        following = self._following(None)
        if self._checkpointing is not None and following is not None:
            self._send_silently(self._checkpointing.opening(following))
            return
        self.feed()
        self._advance()

    def answered(self, reply: Message) -> None:
        """The kernel has done what was sent silently: the next piece has its turn, unless it failed."""
        assert self._checkpointing is not None
        settled = self._checkpointing.settled()
        if not settled.done() and self._stopping is None:
            settled.add_done_callback(lambda _: self.answered(reply))
            return
        cell, self._saving = self._saving, None
        if self._stopping is not None:
            self._done(self._stopping)
        elif reply.get("status") != "ok":
            self._done(CheckpointFailed(reply.get("ename", ""), reply.get("evalue", "")))
        elif cell is None or cell.is_last_piece:
            self.feed()
            self._advance()
        else:
            cell.next_piece()
            self._current = cell
            self._sent_cell(cell)
            self._start_clock(self._limit(cell), self._too_long, cell)

    def feed(self) -> None:
        """Send what may be sent now."""
        while self._to_send and self._stopping is None:
            # behind a cell that may fail nothing waits: the kernel would not drop it when the run is stopped
            open_end = any(c.allows_errors for c in self._sent.values())
            space = 1 if open_end or self._outputs.comm_objects else self._ahead
            if len(self._sent) >= space:
                return
            self._sent_cell(self._to_send.popleft())

    def take(self, line: Line, message: Message) -> None:
        """A message from the kernel, in answer to whatever."""
        cell = self._sent.get(message["parent_header"].get("msg_id"))
        if cell is None:
            return
        if cell is self._current:
            self._apply(cell, line, message)
        else:
            cell.waiting.append((line, message))

    def replay(self, cells: RecordedCells) -> None:
        """Do not send these cells, show what was recorded of them. Call it before `begin`."""
        for index, recorded in cells.items():
            self._cells[index].replay(recorded)
        self._to_send = deque(c for c in self._cells if c.runs)

    def stop(self, error: Exception) -> None:
        """Send nothing more; the run is done, with ``error``, when the cell that runs now has ended."""
        self._stopping = error
        self._to_send.clear()

    def unanswered(self) -> None:
        """The kernel answers what was asked after the running cell: if it was idle, the cell's reply never comes."""
        cell = self._current
        if cell is None or cell.reply is not None or not cell.idle:
            return
        self._outputs.add_error(cell.node, "CellNotRun", _NOT_RUN)
        self._complete(cell, {"status": "error", "ename": "CellNotRun", "evalue": _NOT_RUN, "traceback": []})

    def leave(self) -> None:
        """The run is over: whatever cell had its turn was stopped in it."""
        self._stop_clock()
        cell, self._current = self._current, None
        if cell is not None:
            self._outputs.settle()
            self._observer.cell_finished(cell.index, cell.node, "stopped")

    def _sent_cell(self, cell: PlannedCell) -> None:
        request_id = self._send(cell)
        cell.sent_as(request_id)
        self._sent[request_id] = cell

    def _following(self, cell: PlannedCell | None) -> Place | None:
        """Return the piece that runs after the one of ``cell`` that has just run; None where there is none."""
        if cell is not None and not cell.is_last_piece:
            return Place(cell.index, cell.piece + 1)
        after = next((one for one in self._cells if one.runs and (cell is None or one.index > cell.index)), None)
        return None if after is None else Place(after.index, after.piece)

    def _plan(self, index: int, cell: NotebookNode) -> PlannedCell:
        rules = self._outputs
        tags = cell.metadata.get("tags", [])
        runs = cell.cell_type == "code" and bool(cell.source.strip()) and rules.skip_cells_with_tag not in tags
        allows = not rules.force_raise_errors and (rules.allow_errors or "raises-exception" in tags)
        planned = PlannedCell(index, cell, runs, allows)
        if self._checkpointing is not None and runs:
            planned.pieces = self._checkpointing.pieces(index, cell)
            planned.kept = self._checkpointing.kept.get(index)
            start = self._checkpointing.start
            if start is not None and index <= start.cell_index:
                planned.runs = index == start.cell_index
                planned.piece = start.piece if planned.runs else 0
        return planned

    def _advance(self) -> None:
        """On to the next cell that runs, past those that do not; or to the end."""
        while self._next < len(self._cells):
            cell = self._cells[self._next]
            self._next += 1
            if cell.runs:
                self._outputs.begin(cell.node)
                cell.show_kept()
                self._current = cell
                self._observer.cell_started(cell.index, cell.node)
                self._start_clock(self._limit(cell), self._too_long, cell)
                while cell.waiting and self._current is cell:
                    self._apply(cell, *cell.waiting.popleft())
                return
            if cell.kept is not None:
                cell.show_kept()
                self._observer.cell_finished(cell.index, cell.node, "kept_shown" if self._shows(cell) else "kept")
                continue
            self._observer.cell_started(cell.index, cell.node)
            status = "skipped" if cell.recorded is None else self._show(cell, cell.recorded)
            self._observer.cell_finished(cell.index, cell.node, status)
        self._done(None)

    def _show(self, cell: PlannedCell, recorded: Sequence[Mapping[str, Any]]) -> CellStatus:
        """Let a cell that ran before look as if it had run now."""
        self._outputs.begin(cell.node)
        failed = False
        for message in as_messages(recorded):
            chunk, _ = self._outputs.take(message, cell.node, cell.index)
            failed = failed or message["msg_type"] == "error"
            if chunk is not None:
                self._observer.output(cell.index, cell.node, chunk)
        if recorded:
            self._outputs.reply({"header": {"date": recorded[-1]["date"]}}, cell.node)
        self._outputs.settle()
        return "ok" if not failed else "allowed" if cell.allows_errors else "shown"

    def _apply(self, cell: PlannedCell, line: Line, message: Message) -> None:
        if line == "iopub":
            mark = mark_of(message["content"]) if message["msg_type"] == "update_display_data" else None
            if mark is not None:
                self._observer.mark(cell.index, cell.node, mark)
                return
            chunk, idle = self._outputs.take(message, cell.node, cell.index)
            if idle:
                cell.became_idle()
            if chunk is not None:
                self._observer.output(cell.index, cell.node, chunk)
            if self._stopping is not None and message["msg_type"] == "execute_input":
                self._interrupt()
        elif message["msg_type"] == "execute_reply":
            cell.replied(message)
            self._outputs.reply(message, cell.node)
        if cell.reply is None and cell.idle and self._asking is None:
            self._asking = asyncio.get_running_loop().call_later(_ASK_SECONDS, self._ask)
        if cell.reply is not None:
            if cell.idle:
                self._complete(cell, cell.reply["content"])
            else:
                self._start_clock(self._outputs.iopub_timeout, self._never_idle, cell)

    def _complete(self, cell: PlannedCell, reply: Message) -> None:
        self._stop_clock()
        self._current = None
        del self._sent[cell.request_id or ""]
        error: Exception | None = None
        failed = reply["status"] == "error"
        self._outputs.settle()
        allowed = cell.allows_errors or (
            reply.get("ename") in self._outputs.allow_error_names and not self._outputs.force_raise_errors
        )
        if failed and not allowed:
            error = CellExecutionError.from_cell_and_msg(cell.node, reply)
        elif self._checkpointing is None:
            self.feed()
        status: CellStatus = "allowed" if allowed else "error"
        if not failed:
            status = "shown" if self._shows(cell) else "ok"
        code = cell.code
        if failed:
            # Nor does an attempt that goes on from here run them.
            cell.leave_rest()
        place = Place(cell.index, cell.piece)
        error = self._stopping or error
        if error is not None or cell.is_last_piece:
            self._observer.cell_finished(cell.index, cell.node, status)
        following = self._following(cell)
        if error is not None:
            self._done(error)
        elif self._checkpointing is None or following is None:
            self._advance()
        else:
            self._saving = cell
            self._send_silently(self._checkpointing.after(place, code, cell.node, following))

    def _shows(self, cell: PlannedCell) -> bool:
        """Return whether the cell, which did not end the run, shows an error that counts."""
        shown = None if cell.allows_errors else shown_error(cell.node)
        allowed = () if self._outputs.force_raise_errors else self._outputs.allow_error_names
        return shown is not None and shown.ename not in allowed

    def _limit(self, cell: PlannedCell) -> float | None:
        if self._cell_timeout is not None:
            return self._cell_timeout
        seconds = self._outputs.timeout
        if self._outputs.timeout_func is not None:
            seconds = self._outputs.timeout_func(cell.node)
        return seconds if seconds and seconds > 0 else None

    def _too_long(self, cell: PlannedCell) -> None:
        limit: Any = self._limit(cell)  # nbclient says int, and formats what it gets
        self._late(CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", limit, cell.node))

    def _never_idle(self, cell: PlannedCell) -> None:
        """The kernel publishes without guarantee: it may have dropped the message that ends the cell's outputs."""
        if cell.reply is not None and not self._outputs.raise_on_iopub_timeout:
            self._outputs.log.warning("Timeout waiting for IOPub output")
            self._complete(cell, cell.reply["content"])
            return
        self._done(
            CellTimeoutError.error_from_timeout_and_cell(
                "Timeout waiting for IOPub output", self._outputs.iopub_timeout, cell.node
            )
        )

    def _start_clock(self, seconds: float | None, call: Callable[[PlannedCell], None], cell: PlannedCell) -> None:
        self._stop_clock()
        if seconds is not None:
            self._time = asyncio.get_running_loop().call_later(seconds, call, cell)

    def _stop_clock(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        if self._time is not None:
            self._time.cancel()
            self._time = None
