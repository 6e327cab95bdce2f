"""Tables, fields and marks for a terminal."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

_COLOURS = {
    "completed": "green",
    "ok": "green",
    "create": "green",
    "running": "blue",
    "failed": "red",
    "error": "red",
    "delete": "red",
    "timeout": "red",
    "abandoned": "red",
    "change": "yellow",
    "canceling": "yellow",
    "cancelled": "yellow",
}
_GAP = "  "


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns, or the sentence ``empty``.

    Columns are as wide as their content; where the terminal is too narrow the last one is cut. Where the output
    is not a terminal, nothing is cut.
    """
    texts = [[_one_line(cell) for cell in row] for row in rows]
    if not texts:
        click.echo(empty, err=True)
        return
    widths = [max(map(width, column)) for column in zip(columns, *texts, strict=True)]
    space = _terminal_space()
    click.secho(_row(columns, widths, space), bold=True)
    for row in texts:
        click.echo(_row(row, widths, space, colour=True))


def print_tree(rows: Iterable[tuple[str, Sequence[object]]]) -> None:
    """Print rows as a tree: each with the strokes that lead to it (`│  └─ `), which stand before its first cell."""
    texts = [(strokes, [_one_line(cell) for cell in row]) for strokes, row in rows]
    lines = [[strokes + first, *more] for strokes, (first, *more) in texts]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo(_row(line, widths, _terminal_space(), colour=True))


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one below the other; those without a value are left out."""
    shown = [(name, str(value)) for name, value in fields if value not in (None, "", [], {})]
    space = max((width(name) for name, _ in shown), default=0)
    for name, value in shown:
        first, *more = value.splitlines() or [""]
        click.echo(f"{click.style(_padded(name, space), bold=True)}{_GAP}{_coloured(first)}")
        for line in more:
            click.echo(" " * (space + len(_GAP)) + line)


def mark(good: bool | None) -> str:
    """Return a tick, a cross, or for None an exclamation mark, coloured."""
    if good is None:
        return click.style("!", fg="yellow", bold=True)
    return click.style("✓", fg="green", bold=True) if good else click.style("✗", fg="red", bold=True)


def values_text(values: Mapping[str, Any]) -> str:
    """Return `name=value` texts for people: values as JSON."""
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in values.items())


def width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _terminal_space() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _row(cells: Sequence[str], widths: Sequence[int], space: int | None, *, colour: bool = False) -> str:
    start = _GAP.join(_padded(cell, size) for cell, size in zip(cells[:-1], widths[:-1], strict=True))
    last = cells[-1]
    left = None if space is None else max(8, space - width(start) - len(_GAP))
    if left is not None and width(last) > left:
        last = last[: left - 1] + "…"
    texts = [*(_padded(cell, size) for cell, size in zip(cells[:-1], widths[:-1], strict=True)), last]
    return _GAP.join(_coloured(text) if colour else text for text in texts).rstrip()


def _coloured(text: str) -> str:
    colour = _COLOURS.get(text.strip())
    return click.style(text, fg=colour) if colour else text


def _padded(text: str, size: int) -> str:
    return text + " " * (size - width(text))


def _one_line(value: object) -> str:
    # Names and reasons come from outside: no line breaks or control characters reach the terminal.
    text = "" if value is None else " ".join(str(value).split())
    return "".join(char for char in text if char.isprintable())
