"""Lengths of time as people write them, and the grid of instants that an interval stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from notebook_automation.domain.errors import Invalid

LONGEST_SECONDS = 36_525 * 86_400  # a century: far more than anybody waits, and far from overflow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_UNITS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_NAMES = {
    **{name: unit for unit in _UNITS for name in (unit, unit + "s", unit[0])},
    **{"wk": "week", "wks": "week", "hr": "hour", "hrs": "hour"},
    **{"min": "minute", "mins": "minute", "sec": "second", "secs": "second"},
}
_PART = re.compile(r"\s*(?:,|\band\b)?\s*(\d{1,10}(?:\.\d{1,6})?)\s*([a-z]+)", re.ASCII)
_EXAMPLES = "write a number and a unit: 90s, 5m, 2h, 1d, 1w, 1h30m or 5 minutes"


def interval_seconds(text: str, field: str = "every") -> int:
    """Return the whole seconds that ``text`` means: ``90s``, ``5 minutes``, ``1h30m``, ``1.5h``, ``1 week``.

    Units are week, day, hour, minute and second, all of fixed length (a day is 86,400 s). Raises Invalid
    (``schedule_invalid``) for anything else, for less than one second and for more than a century.
    """
    total = _total(text.strip().lower(), text, field)
    if total != int(total):
        raise _invalid(f"{text!r} is not a whole number of seconds.", field)
    if not 1 <= total <= LONGEST_SECONDS:
        raise _invalid(f"{text!r} is not an interval: the shortest is 1s, the longest 5217w.", field)
    return int(total)


def interval_ticks(seconds: int, anchor: float, after: datetime) -> Iterator[datetime]:
    """Yield ``anchor + n * seconds`` (n ≥ 1; UTC, whole seconds) later than ``after``, in order.

    ``anchor`` is in seconds since the epoch; its fraction is dropped. The grid depends on nothing else, so
    a restart does not move it.
    """
    start = int(anchor // 1)
    elapsed = (after - _EPOCH) // _SECOND - start
    number = max(1, elapsed // seconds + 1)
    try:
        while True:
            yield _EPOCH + timedelta(seconds=start + number * seconds)
            number += 1
    except OverflowError:
        return  # the calendar ends in the year 9999


def describe_interval(seconds: int) -> str:
    """Return the interval in English: ``every week``, ``every 1 hour 30 minutes``."""
    parts = []
    for unit, length in _UNITS.items():
        count, seconds = divmod(seconds, length)
        if count:
            parts.append((count, unit))
    if len(parts) == 1 and parts[0][0] == 1:
        return f"every {parts[0][1]}"
    return "every " + " ".join(f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts)


def length_text(seconds: int) -> str:
    """Return a length of time in English: ``1 week``, ``1 hour 30 minutes``."""
    words = describe_interval(seconds).removeprefix("every ")
    return words if words[:1].isdigit() else f"1 {words}"


def _total(text: str, original: str, field: str) -> Decimal:
    total, position = Decimal(0), 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None or len(text) > 100:
            raise _invalid(f"{original[:60]!r} is not a length of time: {_EXAMPLES}.", field)
        number, unit = part.groups()
        if unit in ("month", "months", "year", "years", "mo", "y"):
            raise _invalid(
                f"A {unit.rstrip('s')} has no fixed length; write it as cron, such as @monthly or @yearly.",
                field,
            )
        if unit not in _NAMES:
            raise _invalid(f"{unit!r} in {original[:60]!r} is not a unit of time: {_EXAMPLES}.", field)
        total += Decimal(number) * _UNITS[_NAMES[unit]]
        position = part.end()
    if position == 0:
        raise _invalid(f"An interval is empty: {_EXAMPLES}.", field)
    return total


def _invalid(message: str, field: str) -> Invalid:
    return Invalid(message, code="schedule_invalid", field=field)
