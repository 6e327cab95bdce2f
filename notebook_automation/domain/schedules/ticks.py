"""The instants of a schedule: what comes next, which lie between two times, and each one's unique key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import islice, takewhile

from notebook_automation.domain.schedules.calendars import HORIZON, Calendar, on_working_days
from notebook_automation.domain.schedules.cron import cron_ticks
from notebook_automation.domain.schedules.intervals import interval_seconds, interval_ticks
from notebook_automation.domain.schedules.schedule import Schedule, at_instant
from notebook_automation.domain.schedules.zones import zone_of


def next_fires(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    """Return up to ``count`` ticks later than ``after``: UTC, whole seconds, increasing, without jitter."""
    return list(islice(ticks(schedule, after), count))


def next_fire(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first tick later than ``after``, or None when there is no more."""
    return next(ticks(schedule, after), None)


def missed(schedule: Schedule, last: datetime, now: datetime) -> Iterator[datetime]:
    """Yield the ticks in ``(last, now]``, oldest first; none when the clock went back."""
    return takewhile(lambda tick: tick <= now, ticks(schedule, last))


def ticks(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield every tick later than ``after`` (aware), lazily and perhaps without end."""
    if after.tzinfo is None:
        raise ValueError("a schedule needs an aware datetime to start after")
    after = after.astimezone(UTC)
    if schedule.calendar is None:
        return _all_ticks(schedule, after)
    zone = zone_of(schedule.timezone)
    if schedule.cron is not None and schedule.calendar.if_off == "next":
        return on_working_days(partial(_walls, schedule.cron), schedule.calendar, zone, after)
    if schedule.at is not None:
        moment = at_instant(schedule).astimezone(zone).replace(tzinfo=None)
        return on_working_days(lambda _: iter([moment]), schedule.calendar, zone, after)
    return _not_off(_all_ticks(schedule, after), schedule.calendar, zone, after)


def _walls(cron: str, after: datetime) -> Iterator[datetime]:
    """Yield the times of a cron line later than ``after``, as clocks show them where they are never changed."""
    for tick in cron_ticks(cron, zone_of("UTC"), after.replace(tzinfo=UTC)):
        yield tick.replace(tzinfo=None)


def _not_off(found: Iterator[datetime], calendar: Calendar, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield those that do not fall on a day off; end where none comes for years."""
    last = after
    for tick in found:
        if not calendar.is_off(tick.astimezone(zone).date()):
            yield tick
            last = tick
        elif tick - last > HORIZON:
            return


def _all_ticks(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Yield every tick, whatever the calendar says of its day."""
    if schedule.cron is not None:
        return cron_ticks(schedule.cron, zone_of(schedule.timezone), after)
    if schedule.every is not None:
        return interval_ticks(interval_seconds(schedule.every), schedule.anchor or 0.0, after)
    moment = at_instant(schedule)
    return iter((moment,) if moment > after else ())


def tick_key(tick: datetime) -> str:
    """Return what is unique for a tick within its trigger: ``2026-11-21T06:00:00Z``."""
    return tick.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def jittered(schedule: Schedule, trigger_id: str, tick: datetime) -> datetime:
    """Return when ``tick`` is due: up to ``jitter`` seconds later, by a draw that is the same each time.

    It depends on the trigger and the tick alone, so a restart between the two changes nothing, and triggers
    that share a schedule spread out.
    """
    if not schedule.jitter:
        return tick
    digest = hashlib.sha256(f"{trigger_id}\n{tick_key(tick)}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return tick + timedelta(seconds=share * schedule.jitter)
