"""Days off: holidays of a country, days of the week, dates of one's own; and what becomes of ticks on them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Literal, get_args

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules.zones import to_utc

IfOff = Literal["skip", "next"]
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MOST_DATES = 1000
_FIELDS = ("holidays", "working_days", "dates", "ics", "if_off")
_DAY = timedelta(days=1)
_CLOCK_CHANGE = timedelta(hours=3)
"""More than any clock is set forward or back at once."""
_LONGEST_RUN = 60
"""Days off in a row that are looked over: a calendar with more has no next working day."""
HORIZON = timedelta(days=3700)
"""A schedule that finds no working day for so long does not fire again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """``holidays`` is a country, with its part: ``DE`` or ``DE-BE``. ``working_days`` are days of the week.

    ``dates`` are days off of one's own, ISO 8601; ``ics`` is a calendar file of the project, by its path, and ``read``
    are the days off that were read from it, which make it no other calendar. With ``if_off`` ``skip`` a tick on a day
    off is left out, with ``next`` it comes at the same time of the next working day.
    """

    holidays: str | None = None
    working_days: tuple[str, ...] = WEEKDAYS
    dates: tuple[str, ...] = ()
    ics: str | None = None
    if_off: IfOff = "skip"
    read: frozenset[str] = field(default=frozenset(), compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON, as `parse_calendar` takes it, without what was read from a file."""
        return {
            "holidays": self.holidays,
            "working_days": list(self.working_days),
            "dates": list(self.dates),
            "ics": self.ics,
            "if_off": self.if_off,
        }

    def in_manifest(self) -> dict[str, Any]:
        """Return what differs from the defaults."""
        default = Calendar().to_dict()
        return {name: value for name, value in self.to_dict().items() if value != default[name]}

    def describe(self) -> str:
        """Return it in English: ``not on holidays of DE-BE, SAT, SUN: then on the next working day``."""
        days = [day for day in WEEKDAYS if day not in self.working_days]
        off = ([f"holidays of {self.holidays}"] if self.holidays else []) + days
        off += [f"{len(self.dates)} dates" if len(self.dates) > 3 else ", ".join(self.dates)] if self.dates else []
        off += [f"days of {self.ics}"] if self.ics else []
        after = ": then on the next working day" if self.if_off == "next" else ""
        return f"not on {', '.join(off)}{after}"

    def is_off(self, day: date) -> bool:
        """Return whether nothing is to run on ``day``."""
        if WEEKDAYS[day.weekday()] not in self.working_days or day.isoformat() in self.dates:
            return True
        if day.isoformat() in self.read:
            return True
        return self.holidays is not None and day in _holidays(self.holidays, day.year)

    def moved(self, wall: datetime) -> datetime | None:
        """Return the time of day ``wall``, as clocks show it, on the day on which it is to come; None for on none."""
        day = wall.date()
        for _ in range(_LONGEST_RUN):
            if not self.is_off(day):
                return datetime.combine(day, wall.time())
            if self.if_off == "skip":
                return None
            day += _DAY
        return None

    def looks_back_to(self, wall: datetime) -> datetime:
        """Return from when on times (as clocks show them) may have been moved to one later than ``wall``."""
        day = wall.date()
        for _ in range(_LONGEST_RUN if self.if_off == "next" else 0):
            if not self.is_off(day - _DAY):
                break
            day -= _DAY
        if day == wall.date() and (self.if_off == "skip" or not self.is_off(day)):
            return wall
        return datetime.combine(day, datetime.min.time()) - timedelta(seconds=1)


def on_working_days(
    walls: Callable[[datetime], Iterator[datetime]], calendar: Calendar, zone: tzinfo, after: datetime
) -> Iterator[datetime]:
    """Yield the ticks later than ``after`` (UTC), in order and each once, as ``calendar`` moves them.

    ``walls`` returns the times of the schedule later than one, as clocks in ``zone`` show them, in order: so the time
    of day stays what it was meant to be where one that clocks skip is moved to another day.
    """
    # Clocks that are set back show times again that are later than they look.
    start = calendar.looks_back_to(after.astimezone(zone).replace(tzinfo=None) - _CLOCK_CHANGE)
    waiting: list[datetime] = []
    last = after
    for wall in walls(start):
        tick = to_utc(wall, zone)
        while waiting and waiting[0] < tick:
            due = heapq.heappop(waiting)
            if due > last:
                yield due
                last = due
        if tick - last > HORIZON:
            return
        moved = calendar.moved(wall)
        if moved is not None:
            heapq.heappush(waiting, to_utc(moved, zone))
    while waiting:
        due = heapq.heappop(waiting)
        if due > last:
            yield due
            last = due


def parse_calendar(given: Any) -> Calendar | None:
    """Return the calendar that ``given`` says, a mapping of holidays, working_days, dates, if_off; None: every day.

    ``working_days`` may be a text such as ``MON-FRI``. Raises Invalid (``schedule_invalid``).
    """
    if given is None or isinstance(given, Calendar):
        return given
    if not isinstance(given, Mapping):
        raise _wrong(f"calendar is a mapping of {', '.join(_FIELDS)}, not {given!r:.60}.", "")
    unknown = {str(name) for name in given} - {*_FIELDS, "description", "read"}
    if unknown:
        raise _wrong(f"A calendar has no {', '.join(sorted(unknown))}: it has {', '.join(_FIELDS)}.", "")
    if_off: IfOff = given.get("if_off") or "skip"
    if if_off not in get_args(IfOff):
        raise _wrong("if_off is skip, or next (the next working day).", "if_off")
    calendar = Calendar(
        holidays=_country(given.get("holidays")),
        working_days=_weekdays(given.get("working_days")),
        dates=_dates(given.get("dates")),
        ics=(ics := _file(given.get("ics"))),
        if_off=if_off,
        read=frozenset(given.get("read") or ()) if ics else frozenset(),
    )
    return None if calendar == Calendar(if_off=if_off) else calendar


def _country(given: Any) -> str | None:
    if given in (None, ""):
        return None
    if not isinstance(given, str) or len(given) > 20:
        raise _wrong("holidays names a country, such as DE, or a part of it, such as DE-BE.", "holidays")
    try:
        _holidays(given.upper(), 2026)
    except NotImplementedError:
        raise _wrong(
            f"There are no holidays of {given!r}: write a country by its two letters, such as DE, FR or US, and after "
            "a hyphen a part of it, such as DE-BE or US-CA.",
            "holidays",
        ) from None
    return given.upper()


@lru_cache(maxsize=256)
def _holidays(place: str, year: int) -> frozenset[date]:
    # Not at the top: loaded only where a schedule has holidays.
    from holidays import country_holidays

    country, _, part = place.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))


def _weekdays(given: Any) -> tuple[str, ...]:
    if given is None:
        return WEEKDAYS
    parts = given.split(",") if isinstance(given, str) else given
    found: set[str] = set()
    try:
        for part in parts:
            first, _, last = str(part).strip().upper().partition("-")
            begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            found.update(WEEKDAYS[number % 7] for number in range(begin, end + 1 + (7 if end < begin else 0)))
    except (ValueError, TypeError):
        found.clear()
    if not found:
        raise _wrong(f"working_days are days of the week, such as MON-FRI: {', '.join(WEEKDAYS)}.", "working_days")
    return tuple(day for day in WEEKDAYS if day in found)


def _dates(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, (list, tuple)) or len(given) > MOST_DATES:
        raise _wrong(f"dates is a list of at most {MOST_DATES} days, such as 2026-12-24.", "dates")
    try:
        return tuple(sorted({date.fromisoformat(str(one)).isoformat() for one in given}))
    except ValueError:
        raise _wrong("dates is a list of days, such as 2026-12-24.", "dates") from None


def _file(given: Any) -> str | None:
    if given in (None, ""):
        return None
    path = given.strip().removeprefix("./") if isinstance(given, str) else ""
    parts = path.split("/")
    wrong = not path.lower().endswith(".ics") or len(path) > 1000 or not path.isprintable() or "\\" in path
    if wrong or any(part in ("", ".", "..") for part in parts):
        raise _wrong("ics names a calendar file in the project's folder, such as calendars/off.ics.", "ics")
    return path


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="schedule_invalid", field=f"calendar.{field}" if field else "calendar")
