"""Lengths of time as notebooks write them: seconds, a timedelta, or a text such as `2 days`."""

from __future__ import annotations

import math
import re
from datetime import timedelta

from .errors import Invalid

_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
          "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800}  # fmt: skip
_PART = re.compile(r"\s*(?:,|\band\b)?\s*(\d+(?:\.\d+)?)\s*([a-z]+)", re.ASCII)


def seconds_of(duration: float | timedelta | str, what: str = "A duration") -> float:
    """Return the seconds that ``duration`` is: a number of them, a timedelta, `90s`, `1h30m`, `2 days`.

    Raises Invalid (``duration_invalid``).
    """
    if isinstance(duration, timedelta):
        seconds = duration.total_seconds()
    elif isinstance(duration, str):
        seconds = _of_text(duration, what)
    elif isinstance(duration, bool) or not hasattr(duration, "__float__"):
        raise _invalid(duration, what)
    else:
        seconds = float(duration)
    if not 0 <= seconds < math.inf:
        raise _invalid(duration, what)
    return seconds


def _of_text(text: str, what: str) -> float:
    total, position, given = 0.0, 0, text.strip().lower()
    while position < len(given):
        part = _PART.match(given, position)
        unit = None if part is None else _UNITS.get(part[2]) or _UNITS.get(part[2].removesuffix("s"))
        if part is None or unit is None:
            raise _invalid(text, what)
        total += float(part[1]) * unit
        position = part.end()
    if not given:
        raise _invalid(text, what)
    return total


def _invalid(given: object, what: str) -> Invalid:
    return Invalid(
        f"{what} is seconds (90), a timedelta, or a text such as '90s', '5 min', '2 days' or '1h30m', not {given!r}.",
        code="duration_invalid",
    )
