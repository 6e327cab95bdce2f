"""One cell of a run: how it is to run, and how far it has come."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode, from_dict

from .channel import Line
from .wire import Message


@dataclass(slots=True)
class PlannedCell:
    """``runs``: it is sent to the kernel. ``allows_errors``: the run goes on when it raises."""

    index: int
    node: NotebookNode
    runs: bool
    allows_errors: bool
    request_id: str | None = None
    reply: Message | None = None
    idle: bool = False
    recorded: Sequence[Mapping[str, Any]] | None = None
    """What the cell showed, if it ran before the kernel was made."""
    waiting: deque[tuple[Line, Message]] = field(default_factory=deque)
    """Messages before the cell's turn: IOPub may be ahead of the shell reply of the cell before."""
    pieces: Sequence[str] = ()
    """What is sent one after the other; none: the cell's source."""
    piece: int = 0
    kept: Mapping[str, Any] | None = None
    """What the cell was when it had run, or some of its pieces, in an earlier attempt."""

    @property
    def code(self) -> str:
        """What is sent now."""
        return self.pieces[self.piece] if self.pieces else str(self.node.source)

    @property
    def is_last_piece(self) -> bool:
        """Whether the cell has run when this piece has."""
        return self.piece + 1 >= len(self.pieces)

    def next_piece(self) -> None:
        """On to the next piece."""
        self.piece += 1
        self.request_id = self.reply = None
        self.idle = False

    def leave_rest(self) -> None:
        """Run no more pieces of the cell: it has ended here."""
        self.piece = max(0, len(self.pieces) - 1)

    def show_kept(self) -> None:
        """Let the cell be what it was."""
        if self.kept is not None:
            self.node.update(from_dict({"metadata": {}, **self.kept}))

    def sent_as(self, request_id: str) -> None:
        """The cell's execute request is on its way, with this message id."""
        self.request_id = request_id

    def became_idle(self) -> None:
        """No more output comes."""
        self.idle = True

    def replied(self, message: Message) -> None:
        """The kernel has answered the execute request."""
        self.reply = message

    def replay(self, recorded: Sequence[Mapping[str, Any]]) -> None:
        """Show what was recorded, do not run the cell."""
        self.runs = False
        self.recorded = recorded
