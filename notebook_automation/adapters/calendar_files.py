"""Days off from calendar files (.ics, RFC 5545): the all-day events, also those that recur."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from notebook_automation.domain.errors import Invalid

_LARGEST = 1024 * 1024
_MOST_EVENTS = 5000
_MOST_RULES = 300
_LONGEST = 366
"""Days of one event."""
_EARLIEST = 1900
_REMEMBERED = 200
_RULE_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY"})
"""Other parts are refused: they may say what never comes, which is looked for up to the year 9999."""
_FREQUENCIES = frozenset({"YEARLY", "MONTHLY", "WEEKLY", "DAILY"})
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_Key = tuple[Path, int, int, int, int]
_known: dict[_Key, frozenset[str] | Invalid] = {}


def days_off(path: Path, first: int, last: int) -> frozenset[str]:
    """Return the days (ISO 8601) from the year ``first`` to ``last`` on which an all-day event of the file falls.

    What a file says is remembered until it changes. Raises Invalid (``calendar_invalid``), which says what is wrong.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})") from None
    key = (path, state.st_mtime_ns, state.st_size, first, last)
    found = _known.get(key)
    if found is None:
        if len(_known) >= _REMEMBERED:
            _known.clear()
        try:
            found = _read(path, first, last)
        except Invalid as error:
            found = error
        _known[key] = found
    if isinstance(found, Invalid):
        raise found
    return found


def _read(path: Path, first: int, last: int) -> frozenset[str]:
    # Not at the top: loaded only where a schedule has such a file.
    from icalendar import Calendar

    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})") from None
    if len(content) > _LARGEST:
        raise _wrong(path, f"is larger than {_LARGEST // 1024} KiB")
    try:
        calendars = Calendar.from_ical(content, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, AttributeError, UnicodeError) as error:
        raise _wrong(path, f"is no calendar ({str(error)[:200]})") from None
    if not calendars:
        raise _wrong(path, "is no calendar: it does not begin with BEGIN:VCALENDAR")
    if len(events) > _MOST_EVENTS:
        raise _wrong(path, f"has more than {_MOST_EVENTS} events")
    try:
        return _days(path, events, date(first, 1, 1), date(last, 12, 31))
    except (ValueError, TypeError, OverflowError, AttributeError, KeyError) as error:
        raise _wrong(path, f"has an event that cannot be read ({str(error)[:200]})") from None


def _days(path: Path, events: list[Any], first: date, last: date) -> frozenset[str]:
    whole = [event for event in events if _is_day(_start(event))]
    if not whole:
        raise _wrong(path, "has no all-day events: only those are days off")
    if sum("RRULE" in event for event in whole) > _MOST_RULES:
        raise _wrong(path, f"has more than {_MOST_RULES} events that recur")
    # One that was moved has an event of its own, which names the day that it stands for.
    moved: dict[str, set[date]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            moved.setdefault(str(event.get("UID")), set()).add(_day(event["RECURRENCE-ID"].dt))
    found: set[str] = set()
    for event in whole:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        length = _length(event)
        out = _listed(event, "EXDATE") | (
            set() if "RECURRENCE-ID" in event else moved.get(str(event.get("UID")), set())
        )
        for begin in _begins(path, event, first - timedelta(days=_LONGEST), last):
            if begin not in out:
                some = (begin + timedelta(days=number) for number in range(length))
                found.update(day.isoformat() for day in some if first <= day <= last)
    return frozenset(found)


def _begins(path: Path, event: Any, first: date, last: date) -> Iterator[date]:
    """Yield the days from ``first`` to ``last`` on which an event begins."""
    start = _start(event)
    if start.year < _EARLIEST:
        raise _wrong(path, f"has an event before {_EARLIEST}")
    yield start
    yield from _listed(event, "RDATE")
    rule = event.get("RRULE")
    if rule is None:
        return
    from dateutil.rrule import rrulestr

    _check_rule(path, rule)
    until = min((_day(one) for one in rule.get("UNTIL", ())), default=last)
    text = type(rule)({name: value for name, value in rule.items() if name != "UNTIL"}).to_ical().decode()
    for moment in rrulestr(text, dtstart=datetime.combine(start, datetime.min.time())):
        if moment.date() > min(until, last):
            return
        if moment.date() >= first:
            yield moment.date()


def _check_rule(path: Path, rule: Any) -> None:
    """Raise Invalid for a rule that is not understood here, or that no day may fulfil."""
    if not hasattr(rule, "items"):
        raise _wrong(path, "has an event with several rules (RRULE): give it one")
    unknown = {str(name).upper() for name in rule} - _RULE_PARTS
    if unknown or str(rule["FREQ"][0]).upper() not in _FREQUENCIES:
        what = ", ".join(sorted(unknown)) or f"FREQ={rule['FREQ'][0]}"
        raise _wrong(path, f"has an event that recurs by {what}, which is not understood here: list its days instead")
    days, ordinals = rule.get("BYMONTHDAY", ()), any(str(day)[0] in "+-0123456789" for day in rule.get("BYDAY", ()))
    months = rule.get("BYMONTH", range(1, 13))
    longest = max(_DAYS_OF_MONTH[int(month) - 1] for month in months)
    every = int(rule.get("INTERVAL", [1])[0])
    narrow = bool(days or ordinals) and every > 1
    frequency = str(rule["FREQ"][0]).upper()
    never = frequency in ("DAILY", "WEEKLY") and (days or ordinals or "BYMONTH" in rule)
    never = never or (frequency == "DAILY" and "BYDAY" in rule and every > 1)
    if never or narrow or (days and ordinals) or (days and all(abs(int(day)) > longest for day in days)):
        raise _wrong(path, "has an event that recurs in a way that may never come: list its days instead")


def _start(event: Any) -> Any:
    start = event.get("DTSTART")
    return None if start is None else start.dt


def _length(event: Any) -> int:
    """Return over how many days an event goes: its end is the day after."""
    if "DTEND" in event:
        days = (_day(event["DTEND"].dt) - _start(event)).days
    else:
        days = event["DURATION"].dt.days if "DURATION" in event else 1
    return int(max(1, min(days, _LONGEST)))


def _listed(event: Any, name: str) -> set[date]:
    given = event.get(name, [])
    return {_day(one.dt) for some in (given if isinstance(given, list) else [given]) for one in some.dts}


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _day(value: Any) -> date:
    day: date = value.date() if isinstance(value, datetime) else value
    return day


def _wrong(path: Path, what: str) -> Invalid:
    return Invalid(f"The calendar {path.name} {what}.", code="calendar_invalid", field="calendar.ics")
