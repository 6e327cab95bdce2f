"""How a list is sorted: by which of its columns, and which way."""

from __future__ import annotations

from dataclasses import dataclass

CREATED = "created"


@dataclass(frozen=True, slots=True)
class Sorting:
    """``column`` is one that the list knows; ``CREATED``, which every list knows, is by id."""

    column: str = CREATED
    ascending: bool = False


NEWEST_FIRST = Sorting()
