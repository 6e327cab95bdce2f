"""Upper bounds for what an expression works on: how much work, how large, how long."""

from __future__ import annotations

from dataclasses import dataclass

VALUE_UNITS = 16  # of size for each value of a payload, beside one for each character
_CEILING = 1e18  # no number grows past this, so nothing overflows


@dataclass(frozen=True, slots=True)
class Measure:
    """The size of an event: ``length`` of its longest list or object, and ``size`` in units."""

    length: int
    size: int


@dataclass(frozen=True, slots=True)
class Bound:
    """Upper bounds for a node: work to compute it, its size, its longest list; ``fixed``: known from the text."""

    work: float
    size: float
    length: float
    fixed: bool = False


def capped(work: float, size: float, length: float, fixed: bool = False) -> Bound:
    """Return the bound with these numbers, none of them too large to go on calculating with."""
    return Bound(min(work, _CEILING), min(size, _CEILING), min(length, _CEILING), fixed)
