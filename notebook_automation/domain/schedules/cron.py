"""Cron expressions: cronsim says when; here are our shorthands, error sentences and the rule for seconds.

The meaning is Debian cron's (``man 5 crontab``): ``0`` and ``7`` are Sunday; when both day-of-month and
day-of-week are restricted, either may match, but when one of them starts with ``*`` both must (``*/2``
counts as a star). ``L`` is the last day of the month, ``LW`` its last weekday, ``5L`` its last Friday,
``1#2`` its second Monday. Ranges of names may go over the end: ``SAT-SUN``, ``FRI-TUE/2``, ``NOV-FEB``.

Daylight saving: a job at a fixed time (neither hour nor minute nor second starts with ``*``) that falls into the
hour skipped in spring runs at the end of the gap, and in the hour repeated in autumn runs once, the first time.
A job with a star there (``*/15 * * * *``) follows elapsed time: it runs whenever clocks show a time that it names,
so through both repeated hours and not in the skipped one. cronsim is asked for clock times alone, without a zone:
with one, it loses ticks after changes that are no whole hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from heapq import heappop, heappush

from cronsim import CronSim, CronSimError
from cronsim.cronsim import SYMBOLIC_DAYS, SYMBOLIC_MONTHS

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules.zones import to_utc

SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

_LONGEST = 200
_FIELDS = "minute, hour, day of month, month, day of week (or six, with the second first)"
_ALLOWED = {
    "second": "0–59",
    "minute": "0–59",
    "hour": "0–23",
    "day-of-month": "1–31, L (last day) or LW (last weekday)",
    "month": "1–12 or JAN–DEC",
    "day-of-week": "0–7 or SUN–SAT (0 and 7 are Sunday), 1#2 (second Monday) or 5L (last Friday)",
}
# Any date does to see whether an expression ever matches; cronsim looks 50 years ahead of it.
_REFERENCE = datetime(2000, 1, 1)


def validate_cron(text: str) -> None:
    """Raise Invalid (``schedule_invalid``) unless ``text`` is an expression that fires some day.

    ``details["field"]`` is ``cron``; ``details["part"]`` names the wrong one of its fields, where one is to
    blame.
    """
    if len(text) > _LONGEST:
        raise _invalid(f"A cron expression has at most {_LONGEST} characters.")
    if text.startswith("@") and text.lower() not in SHORTHANDS:
        names = ", ".join(SHORTHANDS)
        raise _invalid(f"{text!r} is not a schedule: write one of {names}, or @every with a length such as @every 1w.")
    expression = _expanded(text)
    count = len(expression.split())
    if count not in (5, 6):
        raise _invalid(f"{text!r} has {count} fields; a cron expression has five: {_FIELDS}, as in 0 6 * * 1-5.")
    if "?" in expression:
        raise _invalid(f"{text!r} uses ?, which cron does not have; write * instead.")
    try:
        first = next(CronSim(expression, _REFERENCE), None)
    except CronSimError as error:
        raise _wrong_field(text, str(error)) from None
    if first is None:
        raise _invalid(f"{text!r} never fires: no day of the next 50 years matches it.")


def cron_ticks(text: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield the instants later than ``after`` at which ``text`` fires: UTC, whole seconds, increasing."""
    expression = _expanded(text)
    previous = after
    instants = _first_instants if _is_fixed_time(expression) else _all_instants
    try:
        for tick in instants(expression, zone, after.astimezone(zone)):
            # Clock times that come twice give an instant before `after`, and several in one gap all move to its end.
            if tick > previous:
                yield tick
                previous = tick
    except (OverflowError, ValueError):
        return  # the calendar ends in the year 9999


def _first_instants(expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield for each clock time the first instant at which clocks show it, or the end of the gap that skips it."""
    return (to_utc(local, zone) for local in CronSim(expression, after.replace(tzinfo=None, fold=0)))


def _all_instants(expression: str, zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield every instant at which clocks show one of the clock times, in order."""
    start = after.replace(tzinfo=None, fold=0)
    if not after.fold:
        # Clock times before this one come again, where clocks are about to be set back.
        start -= max(timedelta(), _instant(start, zone, fold=1) - _instant(start, zone))
    # The second instants of a fold come after all of its first ones, so they wait.
    waiting: list[datetime] = []
    for local in CronSim(expression, start):
        first, again = _instant(local, zone), _instant(local, zone, fold=1)
        while waiting and waiting[0] < first:
            yield heappop(waiting)
        if first <= again:  # else clocks skip this time
            yield first
        if first < again:
            heappush(waiting, again)
    yield from sorted(waiting)


def _instant(local: datetime, zone: tzinfo, fold: int = 0) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def describe_cron(text: str) -> str:
    """Return what ``text`` means in English, without its zone (``at 06:00 on Monday through Friday``)."""
    sentence = CronSim(_expanded(text), _REFERENCE).explain()
    return sentence[:1].lower() + sentence[1:]


def _expanded(text: str) -> str:
    """Return ``text`` as cronsim reads it: without shorthands, and with ranges of names over the end as lists."""
    fields = SHORTHANDS.get(text.lower(), text).split()
    if len(fields) in (5, 6):
        fields[-2] = _without_wrapping_ranges(fields[-2], SYMBOLIC_MONTHS, first=1)
        fields[-1] = _without_wrapping_ranges(fields[-1], SYMBOLIC_DAYS, first=0)
    return " ".join(fields)


def _without_wrapping_ranges(field: str, names: Sequence[str], first: int) -> str:
    """Return ``field`` with ranges such as ``FRI-SUN``, which end before they begin, as lists of numbers."""
    return ",".join(_listed(term, names, first) for term in field.split(","))


def _listed(term: str, names: Sequence[str], first: int) -> str:
    span, slash, step = term.partition("/")
    start, _, end = (part.upper() for part in span.partition("-"))
    if start not in names or end not in names or names.index(start) <= names.index(end):
        return term
    if slash and not (step.isascii() and step.isdigit() and 0 < int(step) < 100):
        return term
    count = (names.index(end) - names.index(start)) % len(names) + 1
    steps = range(0, count, int(step or 1))
    return ",".join(str((names.index(start) + number) % len(names) + first) for number in steps)


def _is_fixed_time(expression: str) -> bool:
    return not any(field.startswith("*") for field in expression.split()[:-3])


def _wrong_field(text: str, reason: str) -> Invalid:
    part = reason.removeprefix("Bad ")
    fields = text.split()
    position = list(_ALLOWED).index(part) - (6 - len(fields)) if part in _ALLOWED else -1
    if position < 0:
        return _invalid(f"{text!r} is not a cron expression: {reason}. Write five fields: {_FIELDS}.")
    value, allowed = fields[position], _ALLOWED[part]
    if part == "day-of-month" and value.replace(",", "").replace("-", "").isdigit():
        allowed += ", and a day that the month has"
    return _invalid(
        f"The {part} {value!r} in {text!r} is not valid; allowed are {allowed}, "
        "*, lists (1,3), ranges (1-5) and steps (*/2).",
        part=part,
    )


def _invalid(message: str, **details: str) -> Invalid:
    return Invalid(message, code="schedule_invalid", field="cron", **details)
