"""Text that a notebook holds, made fit for a page: bounded, without control characters, with places to break it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

MOST_CHARACTERS = 20_000
MOST_LINES = 400
"""Of one output."""
_RUN = re.compile(r"\S{48,}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAK = "\u200b"
"""A space without width: where a line may end."""
_EVERY = 24


def clean(text: str) -> str:
    """Return ``text`` without what no font shows, and with places to break what has none."""
    return _RUN.sub(_broken, _CONTROLS.sub("", text.expandtabs(8)))


def bounded(text: str, most: int = MOST_CHARACTERS, lines: int = MOST_LINES) -> str:
    """Return the beginning of ``text``, with a line that says what is left out."""
    shown = text[:most].split("\n")[:lines]
    rest = len(text) - len("\n".join(shown))
    return "\n".join([*shown, f"… ({rest:,} more characters: see the notebook)"] if rest > 0 else shown)


def overwritten(text: str) -> str:
    """Return what a terminal shows of ``text`` in the end: a line that is written again and again, once."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(next((part for part in reversed(line.split("\r")) if part), "") for line in lines)


def text(value: str, **more: Any) -> dict[str, Any]:
    """Return the node of a piece of text; its lines are one."""
    return {"t": "text", "text": clean(value.replace("\n", " ")), **more}


def note(value: str) -> dict[str, Any]:
    """Return the node of a sentence about what is not there."""
    return {"t": "note", "text": clean(value)}


def width(value: str) -> int:
    """Return how many columns ``value`` takes, in characters."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in value)


def _broken(found: re.Match[str]) -> str:
    run = found[0]
    return _BREAK.join(run[at : at + _EVERY] for at in range(0, len(run), _EVERY))
