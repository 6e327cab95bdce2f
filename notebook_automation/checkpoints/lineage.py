"""Names that cannot be saved: which cells made and used them, and whether running cells again makes them anew."""

from __future__ import annotations

import types
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .cells import CellNames
from .kinds import is_a
from .manifest import Cell, Unsaved

RERUN_TAG = "rerun"
"""A person marks with it that running the cell again does no harm, and makes what it made."""

_LASTING = {
    "atexit.register": "what is to happen at the end of the process goes with it",
    "os.register_at_fork": "what is to happen when the process is forked goes with it",
    **dict.fromkeys(
        ("os.open", "os.pipe", "os.dup", "os.openpty", "os.memfd_create"), "a descriptor goes with the process"
    ),
    **dict.fromkeys(("signal.alarm", "signal.setitimer"), "its timer goes with the process"),
    **dict.fromkeys(("sys.settrace", "sys.setprofile", "os.umask"), "it is set for this process alone"),
}


class Lineage:
    """Follows what cells do to each name. ``cells`` are those that ran, by number."""

    def __init__(self) -> None:
        self._cells: dict[int, Cell] = {}
        self._names: dict[int, CellNames] = {}
        self._bound: dict[str, list[int]] = {}
        self._made: dict[str, int] = {}
        self._left: set[str] = set()
        self._lasting: dict[str, int] = {}

    def note(self, number: int, cell: Cell, names: CellNames, present: Collection[str]) -> None:
        """Note that a cell ran; ``present`` are the names that are there after it."""
        self._cells[number] = cell
        self._names[number] = names
        self._left = (self._left - names.binds) | names.left
        for call in names.calls & _LASTING.keys():
            self._lasting.setdefault(call, number)
        for name in present:
            # What a cell has bound by exec or a function is seen by its being there.
            if name in names.binds or name not in self._made:
                self._bound[name] = [number]
                self._made[name] = number
        for name in self._made.keys() - set(present):
            del self._made[name], self._bound[name]

    @property
    def made(self) -> dict[str, int]:
        """The cell that bound each name last."""
        return dict(self._made)

    @property
    def lasting(self) -> list[str]:
        """What cells have asked of the process that nothing can bring back, in sentences."""
        return [f"cell {number} has called {call}: {_LASTING[call]}" for call, number in self._lasting.items()]

    @property
    def all_cells(self) -> dict[int, Cell]:
        """Every cell that ran."""
        return dict(self._cells)

    def take_over(self, made: Mapping[str, int], cells: Mapping[int, Cell]) -> None:
        """Go on after a restore."""
        self._made = dict(made)
        self._bound = {name: [number] for name, number in made.items()}
        self._cells = dict(cells)
        self._left, self._lasting = set(), {}
        self._names = {number: names for number, names in self._names.items() if number in cells}

    def unsaved(self, name: str, value: Any, reason: str, shares: Collection[str]) -> Unsaved:
        """Return what becomes of a name that cannot be saved and shares live objects with the names ``shares``."""
        numbers = self._bound.get(name, [])
        if not numbers:
            return Unsaved(reason, (), "no cell is known to have made it")
        if name in self._left:
            return Unsaved(reason, left=True)
        if shares:
            return Unsaved(reason, (), f"it holds what {_listed(shares)} holds too")
        for number in numbers:
            if RERUN_TAG not in self._cells[number].tags:
                return Unsaved(reason, (), f"tag the cell that made it {RERUN_TAG!r} if it may run again")
        if not _moves_on(value):
            return Unsaved(reason, tuple(numbers))
        # Each use has moved it on: where the cells that used it may run again too, it comes to where it was.
        used = [number for number in sorted(self._names) if number > numbers[-1] and self._names[number].touches(name)]
        for number in used:
            if RERUN_TAG not in self._cells[number].tags:
                return Unsaved(reason, (), f"a cell without the tag {RERUN_TAG!r} has used it since")
        return Unsaved(reason, (*numbers, *used))

    def cells(self, unsaved: Mapping[str, Unsaved]) -> dict[int, Cell]:
        """Return the cells that make them again."""
        return {number: self._cells[number] for one in unsaved.values() for number in one.made_by}


def _moves_on(value: Any) -> bool:
    """Whether each use changes what the next one gets."""
    return is_a(value, Iterator | types.CoroutineType | types.AsyncGeneratorType)


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
