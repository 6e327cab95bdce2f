"""What a terminal shows in colours, as lines of pieces with their colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .texts import clean

_ESCAPE = re.compile(r"\x1b(?:\[([0-9;:]*)([A-Za-z])|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)?", re.DOTALL)
_NAMED = (
    "#3e424d", "#c5221f", "#00762b", "#9a6700", "#1558b0", "#8a2ca8", "#00707a", "#6b6f76",
    "#5f6368", "#b3261e", "#007427", "#8a5d00", "#0b57d0", "#a142c4", "#006d77", "#5f6368",
)  # fmt: skip
"""The sixteen colours, each dark enough for white paper."""
_STEPS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True, slots=True)
class _Style:
    colour: str | None = None
    is_bold: bool = False


def terminal_lines(shown: str) -> list[list[dict[str, Any]]]:
    """Return the lines of ``shown``, each of pieces: ``text``, ``colour`` (#rrggbb or None) and ``bold``."""
    lines: list[list[dict[str, Any]]] = [[]]
    for piece, style in _pieces(shown):
        first, *others = piece.split("\n")
        _add(lines[-1], first, style)
        for other in others:
            lines.append([])
            _add(lines[-1], other, style)
    return lines


def is_plain(shown: str) -> bool:
    """Return whether nothing in ``shown`` speaks to a terminal."""
    return "\x1b" not in shown


def _add(line: list[dict[str, Any]], shown: str, style: _Style) -> None:
    if shown:
        line.append({"text": clean(shown), "colour": style.colour, "bold": style.is_bold})


def _pieces(shown: str) -> Iterator[tuple[str, _Style]]:
    style, at = _Style(), 0
    for found in _ESCAPE.finditer(shown):
        yield shown[at : found.start()], style
        at = found.end()
        if found[2] == "m":
            style = _styled(style, found[1] or "0")
    yield shown[at:], style


def _styled(style: _Style, codes: str) -> _Style:
    numbers = [int(one[:4]) if one else 0 for one in re.split("[;:]", codes)]
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            style = _Style()
        elif number in (1, 22):
            style = replace(style, is_bold=number == 1)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            style = replace(style, colour=_NAMED[number % 10 + (8 if number >= 90 else 0)])
        elif number == 39:
            style = replace(style, colour=None)
        elif number in (38, 48):
            colour = _extended(numbers)
            style = replace(style, colour=colour) if number == 38 else style
    return style


def _extended(numbers: list[int]) -> str | None:
    """Take a colour of 256, or one of three parts, from the beginning of ``numbers``."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 2:
        parts = [min(one, 255) for one in numbers[:3]]
        del numbers[:3]
        return _dark(*parts) if len(parts) == 3 else None
    if kind != 5 or not numbers:
        return None
    number = min(numbers.pop(0), 255)
    if number < 16:
        return _NAMED[number]
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return _dark(grey, grey, grey)
    number -= 16
    return _dark(_STEPS[number // 36], _STEPS[number // 6 % 6], _STEPS[number % 6])


def _dark(red: int, green: int, blue: int) -> str:
    """Return a colour that is seen on white: one made for a black window is made darker."""
    light = (299 * red + 587 * green + 114 * blue) / 255_000
    share = 1.0 if light <= 0.55 else 0.55 / light
    return "#" + "".join(f"{round(one * share):02x}" for one in (red, green, blue))
