"""Cron expressions: cronsim says when; here are our shorthands, error sentences and the rule for seconds.

The meaning is Debian cron's (``man 5 crontab``): ``0`` and ``7`` are Sunday; when both day-of-month and
day-of-week are restricted, either may match, but when one of them starts with ``*`` both must (``*/2``
counts as a star). ``L`` is the last day of the month, ``LW`` its last weekday, ``5L`` its last Friday,
``1#2`` its second Monday.

Daylight saving: a job at a fixed time (neither hour nor minute starts with ``*``) that falls into the hour
skipped in spring runs at the end of the gap, and in the hour repeated in autumn runs once, the first time.
A job with a star there (``*/15 * * * *``) follows elapsed time: it runs through both repeated hours and not
in the skipped one. cronsim applies this to five fields; we apply the same to six when the seconds are fixed
too. Where clocks change by half an hour (Lord Howe Island only), cronsim may leave out ticks such as those of
``*/15 3 * * *`` in the hour after the change; fixed times are right there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from cronsim import CronSim, CronSimError

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
    try:
        local = after.astimezone(zone)
        if _is_fixed_time_with_seconds(expression):
            walk = (to_utc(tick, zone) for tick in CronSim(expression, local.replace(tzinfo=None)))
        else:
            walk = (tick.astimezone(UTC) for tick in CronSim(expression, local))
        for tick in walk:
            # In a repeated hour cronsim answers with the first of two instants, which may lie before `after`;
            # several ticks of one gap all move to its end.
            if tick > previous:
                yield tick
                previous = tick
    except (OverflowError, ValueError):
        return  # the calendar ends in the year 9999


def describe_cron(text: str) -> str:
    """Return what ``text`` means in English, without its zone (``at 06:00 on Monday through Friday``)."""
    sentence = CronSim(_expanded(text), _REFERENCE).explain()
    return sentence[:1].lower() + sentence[1:]


def _expanded(text: str) -> str:
    return SHORTHANDS.get(text.lower(), text)


def _is_fixed_time_with_seconds(expression: str) -> bool:
    fields = expression.split()
    return len(fields) == 6 and not any(field.startswith("*") for field in fields[:3])


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
