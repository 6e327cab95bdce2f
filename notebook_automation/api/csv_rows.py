"""Rows as CSV that a spreadsheet may open: no cell of them is worked out as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What begins so would be worked out by a spreadsheet that opens it."""


def csv_rows(rows: Sequence[Sequence[str | float | None]]) -> bytes:
    """Return ``rows`` by RFC 4180, in UTF-8; a number stands as it is, None is an empty cell."""
    text = io.StringIO()
    csv.writer(text).writerows([[_plain(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


def _plain(cell: str | float | None) -> str | float | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
