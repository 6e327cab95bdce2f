"""Where a durable session's code is: which piece of which cell runs, and how often it has asked for something there."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A call in a durable session: the ``nth`` of its kind (from 0) in ``piece`` of the cell at ``cell_index``.

    ``cell_index`` is the cell's place in the notebook that runs. Pieces are what stands between a cell's waiting
    statements; a cell without one is one piece, number 0.
    """

    cell_index: int
    piece: int
    nth: int


class _Here:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.place: tuple[int, int] | None = None
        self.calls: Counter[str] = Counter()


_here = _Here()


def begin(cell_index: int, piece: int) -> None:
    """The session's runner says which piece runs next; calls are counted anew."""
    with _here.lock:
        _here.place = (cell_index, piece)
        _here.calls.clear()


def is_durable() -> bool:
    """Whether this is the kernel of a durable session."""
    return _here.place is not None


def next_call(kind: str) -> Position | None:
    """Count a call of ``kind`` (``wait``, ``step:<name>``…) and return where it is; None outside a durable session."""
    with _here.lock:
        if _here.place is None:
            return None
        nth = _here.calls[kind]
        _here.calls[kind] += 1
        return Position(*_here.place, nth)
