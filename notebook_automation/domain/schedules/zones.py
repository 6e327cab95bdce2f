"""Time zones by name, and the one rule for clock times that a zone skips or has twice."""

from __future__ import annotations

import difflib
import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo

from notebook_automation.domain.errors import Invalid


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
        suggestions = _close_names(name)
        hint = f"Did you mean {' or '.join(suggestions)}?" if suggestions else "Write one like Europe/Berlin or UTC."
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
