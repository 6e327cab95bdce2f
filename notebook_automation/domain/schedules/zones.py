"""Time zones by name, and the one rule for clock times that a zone skips or has twice."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo

from notebook_automation.domain.errors import Invalid

_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)


def zone_of(name: str) -> tzinfo:
    """Return the zone called ``name`` in the IANA database (``Europe/Berlin``, ``UTC``).

    Raises Invalid (``schedule_invalid``) with close names in ``suggestions``. Windows has no zone database:
    there the distribution ``tzdata`` provides it.
    """
    if name == "UTC":
        return UTC  # the plain object: arithmetic on it needs no look-up
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        suggestions, hint = _suggestions(name)
        raise Invalid(
            f"There is no time zone {name[:60]!r}. {hint}",
            code="schedule_invalid",
            field="timezone",
            suggestions=suggestions,
        ) from None


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, at which clocks in ``zone`` show the naive ``local``.

    A time that clocks skip in spring moves to the end of the gap; one that they show twice in autumn is the
    first of the two. This is what Debian's cron and cronsim do with jobs at a fixed time.
    """
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while instant.astimezone(zone).replace(tzinfo=None) != local:
        local = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
        instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant


def _suggestions(name: str) -> tuple[list[str], str]:
    """Return zones that ``name`` may have meant, and a sentence about them."""
    offset = _OFFSET.fullmatch(name.strip())
    if offset:
        sign, hours, minutes = offset[1], int(offset[2]), int(offset[3] or 0)
        if hours == minutes == 0:
            return ["UTC"], "Write UTC."
        # In these names, as in POSIX, what is ahead of UTC has a minus.
        known = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}"
        if minutes or known not in zoneinfo.available_timezones():
            return [], "Write the name of a place with that time, such as Asia/Kolkata."
        where = f"{hours} hour{'s' if hours > 1 else ''} {'ahead of' if sign == '+' else 'behind'} UTC"
        return [known], f"{where} is {known}, with its sign the other way round; a place has summer time as well."
    close = _close_names(name)
    return close, f"Did you mean {' or '.join(close)}?" if close else "Write one like Europe/Berlin or UTC."


def _close_names(name: str) -> list[str]:
    """Return up to three zones that ``name`` may have meant: by whole name, or by its city alone."""
    wanted = name[:60].strip().replace(" ", "_").lower()
    by_key: dict[str, str] = {}
    for known in sorted(zoneinfo.available_timezones()):
        by_key.setdefault(known.rpartition("/")[2].lower(), known)
        by_key[known.lower()] = known
    close = difflib.get_close_matches(wanted, by_key, n=5, cutoff=0.75)
    if not close:
        close = difflib.get_close_matches(wanted.rpartition("/")[2], by_key, n=5, cutoff=0.75)
    return list(dict.fromkeys(by_key[key] for key in close))[:3]
