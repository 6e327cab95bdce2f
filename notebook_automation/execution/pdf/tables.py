"""Tables as a page can hold them: each cell at its place, rows and columns bounded, small enough for the paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .texts import note, width

MOST_ROWS = 200
MOST_COLUMNS = 40
_MOST_CELLS = 4_000
_FITS = 95
"""Characters beside each other at the usual size of a table."""
_SMALLEST, _USUAL = 5.0, 9.0
"""Points."""
_WIDEST = 40
"""Characters of a cell after which it is broken."""
_WORDS = re.compile(r"^(?!(?:nan|nat|none|<na>|true|false|inf)$).*[^\W\d_]{2}", re.IGNORECASE)
"""What is no number, amount, share or date."""


@dataclass(slots=True)
class Cell:
    """``body`` are nodes, ``shown`` their text; it goes over so many columns and rows."""

    body: list[dict[str, Any]]
    shown: str = ""
    columns: int = 1
    rows: int = 1
    is_head: bool = False
    align: str | None = None


@dataclass(slots=True)
class Rows:
    """A table as it is read: rows of cells, the first ``head`` of them its head."""

    rows: list[list[Cell]] = field(default_factory=list)
    head: int = 0


def table_nodes(table: Rows) -> list[dict[str, Any]]:
    """Return the nodes that show ``table``, and say what of it is not shown."""
    table = _with_names_beside(table)
    head = min(table.head, 5)
    most = min(MOST_ROWS, max(1, _MOST_CELLS // max(1, max((len(row) for row in table.rows), default=1))))
    shown = table.rows[: head + most]
    placed, columns = _placed(shown, head)
    fitting, size = _fitting(placed, columns)
    sides = _sides(placed, head)
    cells = [
        {
            "x": x, "y": y, "columns": min(cell.columns, fitting - x), "rows": cell.rows, "head": y < head,
            "bold": cell.is_head, "align": cell.align or (sides.get(x, "left") if cell.columns == 1 else "left"),
            "body": cell.body,
        }
        for x, y, cell in placed
        if x < fitting
    ]  # fmt: skip
    if not cells:
        return []
    made: list[dict[str, Any]] = [
        {"t": "table", "columns": fitting, "head": head if len(shown) > head else 0, "size": size, "cells": cells}
    ]
    left = [
        f"{number:,} more {word}"
        for number, word in ((len(table.rows) - len(shown), "rows"), (columns - fitting, "columns"))
        if number > 0
    ]
    if left:
        made.append(note(f"… {' and '.join(left)}: see the notebook."))
    return made


def _with_names_beside(table: Rows) -> Rows:
    """Return ``table`` with the names of pandas' index beside those of the columns, where one row has room for both."""
    if table.head < 2:
        return table
    above, below = table.rows[table.head - 2 : table.head]
    plain = all(cell.columns == cell.rows == 1 for cell in (*above, *below))
    if (
        not plain
        or len(above) != len(below)
        or any(a.shown.strip() and b.shown.strip() for a, b in zip(above, below, strict=True))
    ):
        return table
    row = [a if a.shown.strip() else b for a, b in zip(above, below, strict=True)]
    return Rows([*table.rows[: table.head - 2], row, *table.rows[table.head :]], table.head - 1)


def _placed(rows: Sequence[list[Cell]], head: int) -> tuple[list[tuple[int, int, Cell]], int]:
    """Return each cell with its column and row, as browsers place them, and how many columns there are.

    No cell goes over another, beyond the last row, or out of the head.
    """
    taken: set[tuple[int, int]] = set()
    placed: list[tuple[int, int, Cell]] = []
    for y, row in enumerate(rows):
        x = 0
        end = head if y < head else len(rows)
        for cell in row:
            while (x, y) in taken:
                x += 1
            if x >= MOST_COLUMNS * 4:
                break
            cell.rows = max(1, min(cell.rows, end - y))
            cell.columns = max(1, min(cell.columns, MOST_COLUMNS * 4 - x))
            while any((x + right, y) in taken for right in range(cell.columns)):
                cell.columns -= 1
            taken.update((x + right, y + down) for right in range(cell.columns) for down in range(cell.rows))
            placed.append((x, y, cell))
            x += cell.columns
    return placed, max((x + cell.columns for x, _, cell in placed), default=0)


def _fitting(placed: Sequence[tuple[int, int, Cell]], columns: int) -> tuple[int, float]:
    """Return how many columns fit beside each other, and the size of the text (points) at which they do."""
    widths = [3] * columns
    for x, _, cell in placed:
        if cell.columns == 1:
            widths[x] = max(widths[x], min(_WIDEST, width(cell.shown)) + 3)
    most = _FITS * _USUAL / _SMALLEST
    fitting = 0
    while fitting < min(columns, MOST_COLUMNS) and (not fitting or sum(widths[: fitting + 1]) <= most):
        fitting += 1
    size = min(_USUAL, max(_SMALLEST, _USUAL * _FITS / max(1, sum(widths[:fitting]))))
    return fitting, round(size, 2)


def _sides(placed: Sequence[tuple[int, int, Cell]], head: int) -> dict[int, str]:
    """Return on which side the cells of each column stand: numbers on the right, with their heading."""
    words: dict[int, int] = {}
    for x, y, cell in placed:
        shown = cell.shown.strip()
        if y >= head and shown:
            words[x] = words.get(x, 0) + (1 if _WORDS.search(shown) else -1)
    return {x: "left" if more > 0 else "right" for x, more in words.items()}
