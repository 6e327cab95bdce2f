"""Backfill: a schedule's ticks of a range of time, what became of each, and which of them are to run (again)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any, Literal, get_args

from . import schedules
from .errors import Invalid
from .schedules import Schedule
from .schedules.intervals import interval_seconds
from .schedules.zones import to_utc, zone_of
from .session_groups import MOST_MEMBERS
from .sessions import QUEUED, TERMINAL, Status

TickState = Literal["missing", "queued", "running", "completed", "failed", "cancelled", "silent", "ran"]
"""``missing``: it never came, or was skipped as missed; ``failed`` also by time or a crash; ``silent``: it came, and no
rule ran anything; ``ran``: its session is kept no longer."""
Which = Literal["missing", "failed", "cancelled", "completed"]
Order = Literal["oldest", "newest"]
WHICH: tuple[Which, ...] = get_args(Which)
USUAL: tuple[Which, ...] = ("missing", "failed", "cancelled")
_SECOND = timedelta(seconds=1)
_ALSO: Mapping[Which, frozenset[TickState]] = {
    "missing": frozenset({"missing"}),
    "failed": frozenset({"failed"}),
    "cancelled": frozenset({"cancelled"}),
    "completed": frozenset({"completed", "silent", "ran"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Ticks from ``since`` to ``until``, both included (UTC)."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRun:
    """The last session that a rule made for a tick; ``status`` None: the session is kept no longer."""

    rule_ref: str
    session_id: str
    status: Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TickRecord:
    """What is known of a tick: the event by which it came at first, and the last run of each rule."""

    event_id: str
    runs: tuple[RuleRun, ...] = ()

    @property
    def state(self) -> TickState:
        """What has become of it: of several runs, the one that somebody has to look at first."""
        found = {_state_of(run.status) for run in self.runs}
        order: Sequence[TickState] = ("running", "queued", "failed", "cancelled", "completed", "ran")
        return next((state for state in order if state in found), "silent")

    def rules_to_run(self, which: Collection[Which]) -> frozenset[str] | None:
        """Return the rules of which the last run is one of ``which``; None: all, where none of them ran anything."""
        wanted = _wanted(which)
        return frozenset(run.rule_ref for run in self.runs if _state_of(run.status) in wanted) if self.runs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeTick:
    """A tick of a range, with what is known of it; ``is_asked_for``: a backfill has it before it."""

    at: datetime
    record: TickRecord | None = None
    is_asked_for: bool = False

    @property
    def state(self) -> TickState:
        """What has become of it."""
        if self.is_asked_for:
            return "queued"
        return "missing" if self.record is None else self.record.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a backfill would do: of all ``ticks`` of its range it runs ``chosen``, in this order."""

    ticks: tuple[RangeTick, ...]
    chosen: tuple[RangeTick, ...]
    asked: dict[str, Any] = field(default_factory=dict)


def read_range(schedule: Schedule, since: str, until: str | None, now: datetime) -> Range:
    """Return the range that people wrote: dates, times, or how long ago (``7 days``), in the schedule's zone.

    A date as its end means the whole day; nothing is after ``now``. Raises Invalid (``backfill_invalid``).
    """
    begin = _moment(schedule, since, now, "from", at_end=False)
    end = now if until is None else min(now, _moment(schedule, until, now, "to", at_end=True))
    if begin > end:
        future = "it begins in the future" if begin > now else "its end is before its beginning"
        raise Invalid(f"There is nothing in this range: {future}.", code="backfill_invalid", field="from")
    return Range(since=begin, until=end)


def range_ticks(schedule: Schedule, wanted: Range, trigger_id: str, now: datetime) -> list[datetime]:
    """Return the ticks of a range whose time has come, oldest first. Raises Invalid (``group_too_large``)."""
    found = takewhile(lambda tick: tick <= wanted.until, schedules.ticks(schedule, wanted.since - _SECOND))
    listed = list(islice(found, MOST_MEMBERS + 1))
    if len(listed) > MOST_MEMBERS:
        raise Invalid(
            f"There are more than {MOST_MEMBERS:,} ticks in this range: ask for a shorter one, one after the other.",
            code="group_too_large",
            field="from",
        )
    return [tick for tick in listed if schedules.jittered(schedule, trigger_id, tick) <= now]


def read_which(which: Iterable[str]) -> tuple[Which, ...]:
    """Return what is to run: ``all``, or some of `WHICH`. Raises Invalid (``backfill_invalid``)."""
    named = {one.strip().lower() for one in which if one.strip()}
    if named == {"all"}:
        return WHICH
    if unknown := named - set(WHICH):
        raise Invalid(
            f"There are no {', '.join(sorted(unknown))} ticks: which is all, or some of {', '.join(WHICH)}.",
            code="backfill_invalid",
            field="which",
        )
    return tuple(one for one in WHICH if one in named) or USUAL


def chosen(ticks: Sequence[RangeTick], which: Collection[Which], order: Order) -> tuple[RangeTick, ...]:
    """Return those of ``ticks`` that are to run: never one that is queued or runs."""
    wanted = _wanted(which)
    found = [tick for tick in ticks if tick.state in wanted]
    return tuple(found if order == "oldest" else reversed(found))


def why_left_out(record: TickRecord | None, which: Collection[Which]) -> str | None:
    """Return why a tick whose turn has come does not run any more; None where it does."""
    state: TickState = "missing" if record is None else record.state
    if state in _wanted(which):
        return None
    if state in ("queued", "running"):
        return f"It was {state} already when its turn came."
    return f"It is not among those that were asked for any more: it is {state}."


def _wanted(which: Collection[Which]) -> frozenset[TickState]:
    return frozenset[TickState]().union(*(_ALSO[one] for one in which))


def _state_of(status: Status | None) -> TickState:
    if status is None:
        return "ran"
    if status in QUEUED:
        return "queued"
    if status == "completed" or status == "cancelled":
        return status
    return "failed" if status in TERMINAL else "running"


def _moment(schedule: Schedule, text: str, now: datetime, name: str, *, at_end: bool) -> datetime:
    text = text.strip()
    zone = zone_of(schedule.timezone)
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + (timedelta(days=1) if at_end else timedelta())
            start = to_utc(datetime.combine(day, datetime.min.time()), zone)
            return start - _SECOND if at_end else start
        moment = datetime.fromisoformat(text)
        return to_utc(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        return now - timedelta(seconds=interval_seconds(text.removesuffix(" ago"), name))
    except (Invalid, OverflowError):
        raise Invalid(
            f"{text[:60]!r} is no time: write a day such as 2026-11-21, a time such as 2026-11-21T06:00, or how long "
            "ago it was, such as 7 days.",
            code="backfill_invalid",
            field=name,
        ) from None
