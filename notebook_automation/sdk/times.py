"""Times as people read them, in the zone that they think in."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def in_zone(text: str | None, zone: str | None = None) -> str:
    """Return the RFC 3339 time ``text`` as `Mon 23 Nov 2026 06:00 CET`; in this machine's zone without ``zone``."""
    if not text:
        return ""
    moment = datetime.fromisoformat(text).astimezone(_zone(zone))
    clock = "%H:%M:%S" if moment.second else "%H:%M"
    return moment.strftime(f"%a %d %b %Y {clock} %Z")


def clock(text: str | None) -> str:
    """Return the time of day of ``text`` on this machine, to the second: `06:00:07 CET`."""
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S %Z") if text else ""


def ago(text: str | None) -> str:
    """Return how long ago the time ``text`` was, roughly."""
    if not text:
        return ""
    passed = (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()
    if passed < 0:
        return in_zone(text)
    for length, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if passed >= length:
            count = int(passed // length)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def lasting(seconds: float | None) -> str:
    """Return a length of time: `0.4 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
