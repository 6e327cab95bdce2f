"""IOPub messages become outputs of a notebook's cells: nbclient's rules, streams joined, sizes limited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbformat import NotebookNode

from .widgets import WidgetLine
from .wire import Message

_MIB = 1024 * 1024
_JOIN_AT_ONCE = 65_536
"""Up to this length a stream's text is joined with each chunk; longer ones in steps, lest the cost be quadratic."""
_TIMED = ("status", "execute_input")


@dataclass(frozen=True, slots=True)
class OutputLimit:
    """How much output is kept, in bytes as the kernel sent it; None: without limit. A cell's error is always kept."""

    cell: int | None = 64 * _MIB
    notebook: int | None = 256 * _MIB


class CellOutputs(NotebookClient):
    """The output side of nbclient's `NotebookClient`: its message rules without its kernel handling.

    ``options`` are nbclient's traits (``allow_errors``, ``record_timing``, ``store_widget_state`` …).
    """

    def __init__(self, nb: NotebookNode, limit: OutputLimit, **options: Any) -> None:
        # As papermill has it: what a cell has shown may not be whole.
        super().__init__(nb, **{"raise_on_iopub_timeout": True, **options})
        self._limit = limit
        self._total = 0
        self._cell = 0
        self._dropped = 0
        self._mark: NotebookNode | None = None
        self._joining: NotebookNode | None = None
        self._chunks: list[str] = []
        self._chunks_length = 0
        self.clear_before_next_output = False

    def speak_through(self, line: WidgetLine) -> None:
        """Let Output widgets answer their kernel over ``line``."""
        self.kc = line  # type: ignore[assignment]

    def begin(self, cell: NotebookNode) -> None:
        """Make ``cell`` ready to take outputs; those of the cell before are complete."""
        self._settle_mark()
        self._cell = self._dropped = 0
        self._mark = None
        self.clear_before_next_output = False
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        cell.outputs = []

    def take(self, message: Message, cell: NotebookNode, index: int) -> tuple[NotebookNode | None, bool]:
        """Apply one IOPub message. Returns what came as output (a stream's new chunk) and whether the cell is idle."""
        kind = message["msg_type"]
        if message.get("unread"):
            self._drop(message["size"], cell)
            return None, False
        if kind in _TIMED:
            date = message["header"].get("date")
            if isinstance(date, str):
                message["header"]["date"] = datetime.fromisoformat(date)
        elif kind == "update_display_data" and self._over(message["size"]):
            self._drop(message["size"], cell)
            return None, False
        try:
            return self.process_message(message, cell, index), False
        except CellExecutionComplete:
            return None, True

    def reply(self, message: Message, cell: NotebookNode) -> None:
        """Note the time of the cell's ``execute_reply``."""
        date = message["header"].get("date")
        if self.record_timing and isinstance(date, str):
            at = datetime.fromisoformat(date).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            cell["metadata"]["execution"]["shell.execute_reply"] = at

    def add_error(self, cell: NotebookNode, ename: str, evalue: str) -> None:
        """Add an error that the kernel itself has not shown."""
        self.settle()
        cell.outputs.append(NotebookNode(output_type="error", ename=ename, evalue=evalue, traceback=[evalue]))

    def full(self) -> bool:
        """Has the running cell reached its limit, so that a stream's text need not even be parsed?"""
        return self._dropped > 0 and not self.clear_before_next_output

    def settle(self) -> None:
        """Join what is still in pieces, so that ``cell.outputs`` is what came so far."""
        if self._joining is not None and self._chunks:
            self._joining["text"] = "".join((self._joining["text"], *self._chunks))
            self._chunks.clear()
            self._chunks_length = 0
        self._settle_mark()

    def output(
        self, outs: list[NotebookNode], msg: Message, display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        if self.output_hook_stack[msg["parent_header"].get("msg_id")]:
            return super().output(outs, msg, display_id, cell_index)
        if self.clear_before_next_output:
            outs[:] = []
            self.clear_display_id_mapping(cell_index)
            self.clear_before_next_output = False
            self._forget()
        kind, size = msg["msg_type"], msg["size"]
        cell = self.nb.cells[cell_index]
        if kind != "error" and self._over(size):
            return self._cut(outs, msg, cell)
        self._cell += size
        self._total += size
        if kind == "stream":
            content = msg["content"]
            chunk = NotebookNode(output_type="stream", name=content["name"], text=content["text"])
            self._stream(outs, chunk)
            return chunk
        self._end_stream()
        return super().output(outs, msg, display_id, cell_index)

    def clear_output(self, outs: list[NotebookNode], msg: Message, cell_index: int) -> None:
        super().clear_output(outs, msg, cell_index)
        if not outs:
            self._forget()

    def _stream(self, outs: list[NotebookNode], chunk: NotebookNode) -> None:
        last = outs[-1] if outs else None
        if last is None or last.get("output_type") != "stream" or last["name"] != chunk["name"]:
            self._end_stream()
            outs.append(NotebookNode(chunk))
            return
        if self._joining is not last:
            self._end_stream()
            self._joining = last
        self._chunks.append(chunk["text"])
        self._chunks_length += len(chunk["text"])
        if self._chunks_length >= len(last["text"]) or len(last["text"]) < _JOIN_AT_ONCE:
            self.settle()

    def _end_stream(self) -> None:
        self.settle()
        self._joining = None

    def _over(self, size: int) -> bool:
        cell, total = self._limit.cell, self._limit.notebook
        return (
            self._dropped > 0
            or (cell is not None and self._cell + size > cell)
            or (total is not None and self._total + size > total)
        )

    def _cut(self, outs: list[NotebookNode], msg: Message, cell: NotebookNode) -> NotebookNode | None:
        """The message goes over the limit: keep what fits of a stream, mark the place, drop the rest."""
        size = msg["size"]
        chunk: NotebookNode | None = None
        if msg["msg_type"] == "stream":
            content = msg["content"]
            chunk = NotebookNode(output_type="stream", name=content["name"], text=content["text"])
            if not self._dropped:
                space = self._space_left()
                self._stream(outs, NotebookNode(chunk, text=chunk["text"][:space]))
                self._cell += space
                self._total += space
                size -= space
        self._end_stream()
        self._drop(size, cell)
        return chunk

    def _space_left(self) -> int:
        spaces = [
            limit - used
            for limit, used in ((self._limit.cell, self._cell), (self._limit.notebook, self._total))
            if limit is not None
        ]
        return max(0, min(spaces))

    def _drop(self, size: int, cell: NotebookNode) -> None:
        self._dropped += max(size, 1)
        if self._mark is None:
            self._mark = NotebookNode(output_type="stream", name="stderr", text="")
            cell.outputs.append(self._mark)
            self._settle_mark()

    def _settle_mark(self) -> None:
        if self._mark is not None:
            self._mark["text"] = cut_mark(self._limit, self._dropped)

    def _forget(self) -> None:
        """The cell's outputs were cleared: it has its whole allowance again."""
        self._total -= self._cell
        self._cell = self._dropped = 0
        self._mark = self._joining = None
        self._chunks.clear()
        self._chunks_length = 0


def shown_error(cell: NotebookNode) -> NotebookNode | None:
    """Return the first error among a cell's outputs, which counts even where the kernel says that the cell ended well.

    `sys.exit()` is none, as for papermill.
    """
    for output in cell.get("outputs", []):
        if output.output_type == "error" and not is_plain_exit(output.ename, output.evalue):
            error: NotebookNode = output
            return error
    return None


def is_plain_exit(ename: str, evalue: str) -> bool:
    """Whether an error is `sys.exit()`, which ends a notebook early and well."""
    return ename == "SystemExit" and evalue in ("", "0")


def cut_mark(limit: OutputLimit, dropped: int) -> str:
    """The line that stands where output was cut off."""
    limits: Mapping[str, int | None] = {"a cell": limit.cell, "a notebook": limit.notebook}
    named = " and ".join(f"{_amount(size)} for {of}" for of, size in limits.items() if size is not None)
    return f"\n[Output cut here: the limit is {named}; {_amount(dropped)} were left out.]\n"


def _amount(size: int) -> str:
    for unit, name in ((_MIB, "MiB"), (1024, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
