"""A schedule as its user wrote it: read from any client's text, validated, described in English."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, Self, get_args

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules import cron as cron_expressions
from notebook_automation.domain.schedules.calendars import Calendar, parse_calendar
from notebook_automation.domain.schedules.intervals import describe_interval, interval_seconds
from notebook_automation.domain.schedules.zones import to_utc, zone_of

CatchUpRule = Literal["skip", "once", "all"]

MAX_JITTER_SECONDS = 86_400.0

_KINDS = ("cron", "every", "at")
_KEYS = (*_KINDS, "timezone", "jitter", "catch_up", "anchor", "calendar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a trigger fires. Exactly one of ``cron``, ``every`` and ``at`` is set. Make one with ``parse``.

    ``cron`` has five fields, six with the second first, or is a shorthand such as ``@daily`` (see
    ``cron.py`` for the meaning and for daylight saving). ``every`` is a fixed length of time, counted from
    ``anchor`` (seconds since the epoch, normally the trigger's creation; without it from the epoch),
    whatever clocks are shown in the zone. ``at`` is one date, ISO 8601, in ``timezone`` unless it has an
    offset. ``jitter`` is in seconds. ``catch_up`` says what becomes of ticks missed while nobody was there:
    see ``missed_ticks.catch_up``. Of ``calendar`` see there: days on which nothing is to run.
    """

    cron: str | None = None
    every: str | None = None
    at: str | None = None
    timezone: str = "UTC"
    jitter: float = 0.0
    catch_up: CatchUpRule = "once"
    anchor: float | None = None
    calendar: Calendar | None = None

    @classmethod
    def from_text(cls, text: str, *, timezone: str | None = None, zone_if_none: str = "UTC", **options: Any) -> Self:
        """Read one text of any kind: cron, ``@daily``, ``@every 1w``, ``every 5 minutes`` or a date.

        A leading ``TZ=`` or ``CRON_TZ=`` names the zone, as in Go's cron; ``zone_if_none`` is that of a date or cron
        that names none. ``options`` are those of ``parse``. Raises Invalid (``schedule_invalid``).
        """
        _require_text("schedule", text)
        words = text.split(None, 1)
        if words and words[0].startswith(("TZ=", "CRON_TZ=")):
            named = words[0].partition("=")[2]
            if timezone not in (None, named):
                raise _invalid(f"Two time zones are given, {named} and {timezone}; write one.", "timezone")
            timezone, text = named, words[1] if len(words) > 1 else ""
        kind = "at" if _looks_like_date(text) else "every" if text.lower().lstrip().startswith("every ") else "cron"
        is_length = kind == "every" or text.lstrip().startswith("@every")
        zone = timezone or (None if is_length else zone_if_none)
        return cls(**_validated({kind: text, "timezone": zone, **options}))


def parse(
    *,
    cron: str | None = None,
    every: str | None = None,
    at: str | datetime | date | None = None,
    timezone: str | None = None,
    jitter: float | str | None = None,
    catch_up: str | None = None,
    anchor: float | None = None,
    calendar: Any = None,
) -> Schedule:
    """Return the schedule that these texts mean; None means "not given".

    ``cron`` may also be ``@every 1w``, which is the same as ``every="1w"``. ``jitter`` is in seconds, or a
    text such as ``30s``. Raises Invalid (``schedule_invalid``), whose ``details["field"]`` names the
    argument to change.
    """
    return Schedule(
        **_validated(
            {"cron": cron, "every": every, "at": at, "timezone": timezone}
            | {"jitter": jitter, "catch_up": catch_up, "anchor": anchor, "calendar": calendar}
        )
    )


def describe(schedule: Schedule) -> str:
    """Return the schedule in one line of English: ``at 06:00 on Monday through Friday, Europe/Berlin``."""
    if schedule.cron is not None:
        line = f"{cron_expressions.describe_cron(schedule.cron)}, {schedule.timezone}"
    elif schedule.every is not None:
        line = describe_interval(interval_seconds(schedule.every))
    else:
        moment = at_instant(schedule).astimezone(zone_of(schedule.timezone)).replace(tzinfo=None)
        line = f"once, at {moment.isoformat(' ', 'seconds').removesuffix(':00')}, {schedule.timezone}"
    if schedule.calendar is not None:
        line = f"{line}, {schedule.calendar.describe()}"
    return f"{line}, up to {schedule.jitter:g} s later" if schedule.jitter else line


def to_dict(schedule: Schedule) -> dict[str, Any]:
    """Return the schedule as JSON values, without what was not given."""
    values = {key: getattr(schedule, key) for key in _KEYS}
    values["calendar"] = None if schedule.calendar is None else schedule.calendar.to_dict()
    return {key: value for key, value in values.items() if value is not None}


def to_stored(schedule: Schedule) -> dict[str, Any]:
    """Return what ``to_dict`` does, and the days off that were read from a calendar file."""
    values = to_dict(schedule)
    if schedule.calendar is not None and schedule.calendar.read:
        values["calendar"]["read"] = sorted(schedule.calendar.read)
    return values


def from_dict(values: Mapping[str, Any]) -> Schedule:
    """Return the schedule that ``to_dict`` wrote or a client sent. Raises Invalid (``schedule_invalid``)."""
    for key in values:
        if key not in _KEYS:
            raise _invalid(f"A schedule has no {key!r}; it has {', '.join(_KEYS)}.", str(key))
    return Schedule(**_validated(dict(values)))


def at_instant(schedule: Schedule) -> datetime:
    """Return the one instant (UTC, whole seconds) of a schedule whose ``at`` is set."""
    moment = datetime.fromisoformat(schedule.at or "").replace(microsecond=0)
    return to_utc(moment, zone_of(schedule.timezone)) if moment.tzinfo is None else moment.astimezone(UTC)


def _validated(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a Schedule, each validated and in its one form."""
    present = {key: value for key, value in given.items() if value is not None}
    kind, text = _kind_and_text(present)
    options = {key: value for key, value in present.items() if key not in _KINDS}
    valid = {
        "timezone": "UTC",
        "catch_up": "once",
        **options,
        "jitter": _jitter(options.get("jitter", 0.0)),
        kind: text,
    }
    _require_text("timezone", valid["timezone"])
    zone_of(valid["timezone"])
    _require_catch_up_rule(valid["catch_up"])
    if "anchor" in present:
        valid["anchor"] = _number("anchor", present["anchor"], 0.0, 4_102_444_800.0)
    valid["calendar"] = parse_calendar(options.get("calendar"))
    _require_days(valid["calendar"], kind, text)
    if kind == "cron":
        cron_expressions.validate_cron(text)
    elif kind == "every":
        _require_jitter_within(valid["jitter"], text)
    else:
        _require_date(valid)
    return valid


def _kind_and_text(present: dict[str, Any]) -> tuple[str, str]:
    """Return which of cron, every and at is given, and its text; ``@every 1w`` as a cron is an ``every``."""
    kinds = [key for key in _KINDS if key in present]
    if len(kinds) != 1:
        found = f"{' and '.join(kinds)} are both given" if kinds else "none is given"
        raise _invalid(f"A schedule has exactly one of cron, every and at; {found}.", kinds[-1] if kinds else "cron")
    kind = kinds[0]
    value = present[kind]
    text = value.isoformat() if kind == "at" and isinstance(value, date) else value
    _require_text(kind, text)
    text = " ".join(text.split())
    if kind != "at" and text.lower().startswith(("@every", "every ")):
        return "every", text.lower().removeprefix("@").removeprefix("every").strip()
    return kind, text


def _require_days(calendar: Calendar | None, kind: str, text: str) -> None:
    """Raise Invalid where ticks would be moved that come every few seconds."""
    if calendar is not None and calendar.if_off == "next" and (kind == "every" or len(text.split()) > 5):
        raise _invalid(
            "What comes at a length of time, or by the second, is not moved to the next working day: let it be "
            "skipped (if_off: skip), or write cron with five fields.",
            "calendar.if_off",
        )


def _require_catch_up_rule(rule: object) -> None:
    rules = get_args(CatchUpRule)
    if rule not in rules:
        raise _invalid(f"catch_up is one of {', '.join(rules)}, not {rule!r}.", "catch_up")


def _require_jitter_within(jitter: float, interval: str) -> None:
    if jitter > interval_seconds(interval):
        raise _invalid(f"The jitter is longer than the interval, {interval}; make it shorter.", "jitter")


def _require_date(values: dict[str, Any]) -> None:
    """Raise Invalid unless ``values``, the arguments of a Schedule, say an instant with their ``at``."""
    try:
        at_instant(Schedule(**values))
    except (ValueError, OverflowError):
        raise _invalid(
            f"{values['at'][:60]!r} is not a date; write it as 2026-12-01T06:00, with an offset or a timezone.",
            "at",
        ) from None


def _jitter(value: object) -> float:
    if isinstance(value, str) and not _is_number(value):
        value = interval_seconds(value, field="jitter")
    return _number("jitter", value, 0.0, MAX_JITTER_SECONDS)


def _number(field: str, value: object, least: float, most: float) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not least <= number <= most:
        raise _invalid(f"{field} is a number of seconds from {least:g} to {most:g}, not {str(value)[:60]!r}.", field)
    return number


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _looks_like_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _require_text(field: str, value: object) -> None:
    if not isinstance(value, str):
        raise _invalid(f"{field} is a text, not {str(value)[:60]!r}; put it in quotes.", field)


def _invalid(message: str, field: str) -> Invalid:
    return Invalid(message, code="schedule_invalid", field=field)
