"""Times as seconds since the epoch (UTC), and the texts people write for durations."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from .errors import Invalid

_UNITS = {
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "w": 604800.0,
    "week": 604800.0,
}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)


def rfc3339(at: float | None) -> str | None:
    """Return ``at`` (epoch seconds) as RFC 3339 in UTC with milliseconds, as the API shows it; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> float:
    """Return epoch seconds of an RFC 3339 text; a text without a zone is taken as UTC.

    Raises Invalid (``time_invalid``).
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text!r} is not a time: write it like 2026-11-21T06:00:00Z.", code="time_invalid") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def duration(text: str) -> float:
    """Return the seconds that a text like ``90s``, ``1h30m`` or ``30 days`` stands for.

    Raises Invalid (``duration_invalid``).
    """
    total, position = 0.0, 0
    stripped = text.strip()
    while position < len(stripped):
        match = _PART.match(stripped, position)
        name = match.group(2).lower() if match else ""
        unit = _UNITS.get(name) or _UNITS.get(name.removesuffix("s"))
        if match is None or unit is None:
            break
        total += float(match.group(1)) * unit
        position = match.end()
    if not stripped or position < len(stripped) or not 0 < total < math.inf:
        raise Invalid(
            f"{text!r} is not a duration: write a number and a unit, like 90s, 5m, 2h, 30 days or 1h30m.",
            code="duration_invalid",
        )
    return total
