"""The decision what becomes of the ticks since the last look: which fire, which are recorded as missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from notebook_automation.domain.schedules.schedule import Schedule
from notebook_automation.domain.schedules.ticks import jittered, missed

FIRE_LIMIT = 1000
"""The most ticks that fire from one look; of more, the newest fire and the rest are recorded as missed."""

MISSED_LIMIT = 1000
"""The most missed ticks that are named one by one (the oldest)."""

_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """What to do about the ticks in ``(last, cursor]``; all of ``missed`` lie before all of ``fire``.

    ``missed_more`` says that ticks after the last of ``missed`` were missed too and are not named.
    ``cursor`` is where the next look begins. ``clock_set_back`` says that now is earlier than the last
    look.
    """

    fire: tuple[datetime, ...]
    missed: tuple[datetime, ...]
    missed_more: bool
    cursor: datetime
    clock_set_back: bool = False


def catch_up(
    schedule: Schedule, last: datetime, now: datetime, grace_seconds: float, trigger_id: str | None = None
) -> CatchUp:
    """Decide about every tick later than ``last`` that is due at ``now``.

    ``last`` is the ``cursor`` of the last look (at first the trigger's creation). A tick that is at most
    ``grace_seconds`` late is on time, and fires under every rule. Of those later than that, ``skip`` fires
    none; ``once`` fires the newest, unless one on time stands for them all; ``all`` fires each, up to
    ``FIRE_LIMIT``. With ``trigger_id``, a tick is due when its jitter is over; those behind one that is not
    yet due wait for it.

    When the clock was set back, nothing fires and the cursor follows the clock: ticks come again as time
    passes, and those that were fired before have keys that exist. The caller therefore inserts an event
    under the unique ``(trigger, tick_key)`` and lets a second one go; together this gives each tick once,
    and no silence for as long as the clock was wrong.
    """
    last, now = last.astimezone(UTC), now.astimezone(UTC)
    if now < last:
        return CatchUp(fire=(), missed=(), missed_more=False, cursor=now, clock_set_back=True)
    end = now if trigger_id is None else _due_until(schedule, last, now, trigger_id)
    lateness = timedelta(seconds=grace_seconds + (schedule.jitter if trigger_id is not None else 0.0))
    fire = _firing(schedule, last, end, on_time_since=now - lateness)
    left = missed(schedule, last, fire[0] - _INSTANT if fire else end)
    named = tuple(islice(left, MISSED_LIMIT))
    return CatchUp(fire=fire, missed=named, missed_more=next(left, None) is not None, cursor=end)


def _firing(schedule: Schedule, last: datetime, end: datetime, on_time_since: datetime) -> tuple[datetime, ...]:
    if schedule.catch_up == "all":
        return _newest(schedule, last, end, FIRE_LIMIT)
    on_time = _newest(schedule, max(last, on_time_since - _INSTANT), end, FIRE_LIMIT)
    if schedule.catch_up == "once" and not on_time:
        return _newest(schedule, last, end, 1)
    return on_time


def _due_until(schedule: Schedule, last: datetime, now: datetime, trigger_id: str) -> datetime:
    """Return the time up to which every tick's jitter is over."""
    undecided = max(last, now - timedelta(seconds=schedule.jitter) - _SECOND)
    for tick in missed(schedule, undecided, now):
        if jittered(schedule, trigger_id, tick) > now:
            return tick - _INSTANT
    return now


def _newest(schedule: Schedule, last: datetime, end: datetime, limit: int) -> tuple[datetime, ...]:
    """Return the newest ``limit`` ticks in ``(last, end]``, oldest first.

    Walking from ``last`` could mean 31 million steps (every second, for a year), and cron runs only
    forwards; so when there are more than ``limit``, bisect for the start that leaves exactly so many: ticks
    are whole seconds.
    """
    found = tuple(islice(missed(schedule, last, end), limit + 1))
    if len(found) <= limit:
        return found
    too_early, start = last, end
    while start - too_early > _SECOND:
        middle = too_early + (start - too_early) / 2
        if sum(1 for _ in islice(missed(schedule, middle, end), limit + 1)) > limit:
            too_early = middle
        else:
            start = middle
    return tuple(missed(schedule, start, end))
