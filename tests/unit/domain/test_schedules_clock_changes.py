"""No tick is lost or doubled around any change of any zone's clocks, other than by the documented rule."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notebook_automation.domain.schedules import missed, parse

YEARS = range(2011, 2019)  # Samoa left out a day, Korea and Venezuela moved by half an hour
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the instants of the given years at which the zone's clocks change, to the minute."""
    before, end = datetime(YEARS.start, 1, 1, tzinfo=UTC), datetime(YEARS.stop, 1, 1, tzinfo=UTC)
    while before < end:
        after = before + timedelta(days=7)
        if offset(zone, before) != offset(zone, after):
            early, late = before, after
            while late - early > MINUTE:
                middle = early + (late - early) // MINUTE // 2 * MINUTE
                early, late = (middle, late) if offset(zone, middle) == offset(zone, before) else (early, middle)
            yield late
        before = after


def offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def kinds() -> dict[str, tuple[str, datetime]]:
    """One change of each kind: by how much clocks move, and when in their day."""
    found: dict[str, tuple[str, datetime]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = ZoneInfo(name)
        for change in changes(zone):
            old, new = offset(zone, change - MINUTE), offset(zone, change)
            minutes = (new - old) // MINUTE
            found.setdefault(f"{minutes:+} at {(change + old):%H:%M} in {old % timedelta(hours=1)}", (name, change))
    return found


KINDS = kinds()
STARRED = ("*/20 8 * * *", "*/15 * * * *", "*/30 2 * * *", "0 */4 * * *", "7 */3 * * *", "* 0,3 * * *")
FIXED = ("30 2 * * *", "0,45 0-4 * * *", "15 23 * * *", "10 1,2,3 * * *")


def members(field: str, most: int) -> set[int]:
    found: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = ("0", "-", str(most)) if span == "*" else span.partition("-")
        found.update(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


def expected(expression: str, zone: ZoneInfo, change: datetime) -> list[datetime]:
    """The ticks of two days before and after the change, by looking at the clock once a minute."""
    minutes, hours = (members(field, most) for field, most in zip(expression.split(), (59, 23), strict=False))
    instants = [change + number * MINUTE for number in range(-2880, 2881)]
    shown = [(instant.astimezone(zone).replace(tzinfo=None), instant) for instant in instants]
    due = [(local, instant) for local, instant in shown if local.minute in minutes and local.hour in hours]
    if expression in STARRED:
        return [instant for _, instant in due]
    first: dict[datetime, datetime] = {}
    for local, instant in due:
        first.setdefault(local, instant)
    clock, end = shown[0][0], shown[-1][0]
    seen = {local for local, _ in shown}
    while clock < end:
        if clock not in seen and clock.minute in minutes and clock.hour in hours:
            first[clock] = change
        clock += MINUTE
    return sorted(set(first.values()))


def test_there_are_changes_of_many_kinds() -> None:
    assert len(KINDS) > 30
    assert any(kind.startswith("+30 ") for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_clocks(kind: str) -> None:
    name, change = KINDS[kind]
    zone = ZoneInfo(name)
    for expression in (*STARRED, *FIXED):
        ticks = expected(expression, zone, change)
        schedule = parse(cron=expression, timezone=name)
        # Also when somebody begins to look within the hours around the change.
        for minutes in (-1440, -31, -1, 0, 29):
            start = change + minutes * MINUTE
            found = list(missed(schedule, start, change + DAY))
            assert found == [tick for tick in ticks if start < tick <= change + DAY], (expression, minutes)


def test_half_an_hour_on_lord_howe_island_loses_nothing() -> None:
    zone = "Australia/Lord_Howe"
    start = datetime(2026, 10, 3, 10, tzinfo=UTC)

    def shown(expression: str) -> list[str]:
        ticks = missed(parse(cron=expression, timezone=zone), start, start + DAY)
        return [f"{tick.astimezone(ZoneInfo(zone)):%H:%M}" for tick in ticks]

    assert shown("*/20 8 * * *") == ["08:00", "08:20", "08:40"]
    assert shown("0 */4 * * *") == ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"]
