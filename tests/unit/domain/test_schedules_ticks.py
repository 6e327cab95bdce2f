"""When cron and intervals fire: the usual meaning, daylight saving, leap days, far ends of the calendar."""

from __future__ import annotations

import functools
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules import (
    Schedule,
    describe,
    missed,
    next_fire,
    next_fires,
    parse,
    tick_key,
    ticks,
)

BERLIN = ZoneInfo("Europe/Berlin")
ANCHOR = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[arg-type,misc]


def utc_times(expression: str, start: datetime, end: datetime, zone: str = "Europe/Berlin") -> list[str]:
    return [f"{tick:%d %H:%M:%S}" for tick in missed(parse(cron=expression, timezone=zone), start, end)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 * * 1", ["2026-03-02", "2026-03-09"]),  # Mondays, as cron has it
        ("0 0 * * 0", ["2026-03-01", "2026-03-08"]),
        ("0 0 * * 7", ["2026-03-01", "2026-03-08"]),
        ("0 0 * * SUN", ["2026-03-01", "2026-03-08"]),
        ("0 0 13 * 5", ["2026-02-27", "2026-03-06", "2026-03-13", "2026-03-20"]),  # every Friday and each 13th
        ("0 0 14 * 5", ["2026-02-27", "2026-03-06", "2026-03-13", "2026-03-14"]),
        ("0 0 */10 * 6", ["2026-03-21", "2026-04-11"]),  # a star on one side: both must match
        ("0 0 L * *", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("0 0 LW * *", ["2026-02-27", "2026-03-31"]),
        ("0 0 * * 1#2", ["2026-03-09", "2026-04-13"]),
        ("0 0 * * 5L", ["2026-02-27", "2026-03-27"]),
        ("0 0 1 jan,JUL *", ["2026-07-01", "2027-01-01"]),
        ("0 0 * * sat-sun", ["2026-02-28", "2026-03-01", "2026-03-07"]),
        ("0 0 * * FRI-SUN", ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-06"]),
        ("0 0 * * sat-mon,wed", ["2026-02-28", "2026-03-01", "2026-03-02", "2026-03-04"]),
        ("0 0 * * fri-tue/2", ["2026-02-27", "2026-03-01", "2026-03-03", "2026-03-06"]),
        ("0 0 1 nov-feb *", ["2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01", "2027-11-01"]),
        ("0 0 0 * * sat-sun", ["2026-02-28", "2026-03-01"]),
        ("0 0 29 2 *", ["2028-02-29", "2032-02-29"]),
        ("@monthly", ["2026-03-01", "2026-04-01"]),
        ("@weekly", ["2026-03-01", "2026-03-08"]),
        ("@yearly", ["2027-01-01"]),
        ("@annually", ["2027-01-01"]),
        ("@MIDNIGHT", ["2026-02-27", "2026-02-28"]),
    ],
)
def test_the_usual_meaning(expression: str, expected: list[str]) -> None:
    fires = next_fires(parse(cron=expression), datetime(2026, 2, 26, 12, tzinfo=UTC), len(expected))
    assert [f"{tick:%Y-%m-%d}" for tick in fires] == expected
    assert {f"{tick:%H:%M:%S}" for tick in fires} == {"00:00:00"}


def test_leap_day_skips_the_year_2100() -> None:
    after = datetime(2096, 3, 1, tzinfo=UTC)
    assert next_fire(parse(cron="0 0 29 2 *"), after) == datetime(2104, 2, 29, tzinfo=UTC)


def test_seconds_come_first_in_six_fields() -> None:
    fires = next_fires(parse(cron="*/20 30 6 * * *"), datetime(2026, 1, 1, tzinfo=UTC), 4)
    assert [f"{tick:%d %H:%M:%S}" for tick in fires] == ["01 06:30:00", "01 06:30:20", "01 06:30:40", "02 06:30:00"]


def test_zones_differ_by_season() -> None:
    schedule = parse(cron="0 6 * * *", timezone="Europe/Berlin")
    assert next_fire(schedule, datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert next_fire(schedule, datetime(2026, 7, 1, tzinfo=UTC)) == datetime(2026, 7, 1, 4, tzinfo=UTC)


# On 29 March 2026 clocks in Berlin go from 02:00 to 03:00, at 01:00 UTC.
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 2 * * *", ["29 01:00:00"]),  # fixed time: moved to the end of the gap
        ("0 30 2 * * *", ["29 01:00:00"]),  # the same with seconds
        ("0,30 2 * * *", ["29 01:00:00"]),  # two in the gap are one
        ("0 2,3 * * *", ["29 01:00:00"]),  # and one with what is due there anyway
        ("15,45 10 2 * * *", ["29 01:00:00"]),
        ("30 3 * * *", ["29 01:30:00"]),
        ("30 * * * *", ["28 23:30:00", "29 00:30:00", "29 01:30:00", "29 02:30:00"]),  # elapsed time goes on
        ("*/30 2 * * *", []),  # a star follows elapsed time: this hour is not there
    ],
)
def test_spring_gap(expression: str, expected: list[str]) -> None:
    assert utc_times(expression, berlin(2026, 3, 29), berlin(2026, 3, 29, 5)) == expected


# On 25 October 2026 clocks in Berlin show 02:00 to 03:00 twice: from 00:00 and from 01:00 UTC.
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 2 * * *", ["25 00:30:00"]),  # fixed time: once
        ("0 30 2 * * *", ["25 00:30:00"]),
        ("15,45 30 2 * * *", ["25 00:30:15", "25 00:30:45"]),
        ("0,30 2 * * *", ["25 00:00:00", "25 00:30:00"]),
        ("0 3 * * *", ["25 02:00:00"]),
        ("*/30 2 * * *", ["25 00:00:00", "25 00:30:00", "25 01:00:00", "25 01:30:00"]),
        ("30 * * * *", ["24 22:30:00", "24 23:30:00", "25 00:30:00", "25 01:30:00", "25 02:30:00"]),
    ],
)
def test_autumn_fold(expression: str, expected: list[str]) -> None:
    assert utc_times(expression, berlin(2026, 10, 25), berlin(2026, 10, 25, 4)) == expected


@pytest.mark.parametrize("expression", ["45 2 * * *", "0 45 2 * * *"])
def test_a_start_inside_the_second_of_two_hours_does_not_go_back(expression: str) -> None:
    second_half_past_two = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    fire = next_fire(parse(cron=expression, timezone="Europe/Berlin"), second_half_past_two)
    assert fire == datetime(2026, 10, 26, 1, 45, tzinfo=UTC)


def test_every_counts_elapsed_time_through_daylight_saving() -> None:
    fires = next_fires(
        parse(every="1d", timezone="Europe/Berlin", anchor=berlin(2026, 3, 28, 6).timestamp()), berlin(2026, 3, 28), 2
    )
    assert [tick.astimezone(BERLIN).hour for tick in fires] == [7, 7]


def test_every_counts_from_its_anchor() -> None:
    schedule = parse(every="1w", anchor=ANCHOR.timestamp() + 0.9)
    assert next_fire(schedule, ANCHOR) == ANCHOR + timedelta(weeks=1)
    assert next_fire(schedule, ANCHOR - timedelta(days=400)) == ANCHOR + timedelta(weeks=1)
    assert next_fire(schedule, ANCHOR + timedelta(weeks=1)) == ANCHOR + timedelta(weeks=2)
    assert next_fire(schedule, ANCHOR + timedelta(weeks=52, microseconds=-1)) == ANCHOR + timedelta(weeks=52)


@pytest.mark.parametrize("arguments", [{"cron": "* * * * *"}, {"cron": "30 5 4 * * *"}, {"every": "1h"}])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_calendar_ends(arguments: dict[str, str], zone: str) -> None:
    schedule = parse(**arguments, timezone=zone)  # type: ignore[arg-type]
    assert len(next_fires(schedule, datetime(9999, 12, 31, 23, 50, tzinfo=UTC), 5000)) < 20
    assert next_fire(schedule, datetime.max.replace(tzinfo=UTC)) is None


def test_missed_is_open_at_the_start_and_closed_at_the_end() -> None:
    schedule = parse(every="1h", anchor=ANCHOR.timestamp())
    hours = [ANCHOR + timedelta(hours=hour) for hour in range(1, 4)]
    assert list(missed(schedule, ANCHOR, hours[2])) == hours
    assert list(missed(schedule, hours[0], hours[1])) == [hours[1]]
    assert list(missed(schedule, hours[2], hours[0])) == []


def test_tick_key_does_not_depend_on_the_zone_of_its_argument() -> None:
    assert (
        tick_key(berlin(2026, 11, 21, 7)) == tick_key(datetime(2026, 11, 21, 6, tzinfo=UTC)) == "2026-11-21T06:00:00Z"
    )


def test_a_thousand_schedules_cost_little() -> None:
    schedules = [
        parse(cron=f"{minute} {hour} * * 1-5", timezone="Europe/Berlin") for minute in range(10) for hour in range(20)
    ]
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    best = min(_seconds_for_all(schedules, start) for _ in range(3))
    assert best / len(schedules) < 0.001


def _seconds_for_all(schedules: list[Schedule], start: datetime) -> float:
    began = time.process_time()
    for schedule in schedules:
        assert next_fire(schedule, start) is not None
    return time.process_time() - began


def cron_field(low: int, high: int) -> st.SearchStrategy[str]:
    value = st.integers(low, high)
    span = st.tuples(value, value).map(sorted).map(lambda pair: f"{pair[0]}-{pair[1]}")
    step = st.integers(1, max(2, high // 2)).map(lambda number: f"*/{number}")
    choice = st.lists(value.map(str) | span, min_size=1, max_size=3).map(",".join)
    return st.just("*") | value.map(str) | span | step | choice


days = st.tuples(cron_field(1, 28), cron_field(1, 12), cron_field(0, 7)).map(" ".join)
five_fields = st.tuples(cron_field(0, 59), cron_field(0, 23), days).map(" ".join)
expressions = five_fields | st.tuples(cron_field(0, 59), five_fields).map(" ".join)
# Zones whose clocks change at 01:00, 02:00 and midnight, by an hour and by half an hour.
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Asia/Kolkata"]
)
around_changes = st.sampled_from(
    [(2026, 3, 7), (2026, 3, 28), (2026, 4, 23), (2026, 10, 24), (2026, 10, 29), (2026, 11, 1)]
)
starts = st.builds(
    lambda day, seconds: datetime(*day, tzinfo=UTC) + timedelta(seconds=seconds),
    around_changes,
    st.integers(0, 3 * 86_400) | st.floats(0, 3 * 86_400, allow_nan=False),
)


@given(expressions, zones, starts)
def test_ticks_are_later_and_increase(expression: str, zone: str, start: datetime) -> None:
    fires = next_fires(parse(cron=expression, timezone=zone), start, 20)
    assert all(earlier < later for earlier, later in zip([start, *fires], fires, strict=False))
    assert all(tick.tzinfo is UTC and tick.microsecond == 0 for tick in fires)


@given(expressions, zones, starts)
def test_a_restart_at_any_tick_goes_on_with_the_same_ticks(expression: str, zone: str, start: datetime) -> None:
    schedule = parse(cron=expression, timezone=zone)
    fires = next_fires(schedule, start, 12)
    assert [next_fire(schedule, earlier) for earlier in [start, *fires][:12]] == fires


@given(five_fields, starts)
def test_cron_agrees_with_its_definition(expression: str, start: datetime) -> None:
    """Walk minute by minute through two days and compare with the fields read by the letter of crontab(5)."""
    minutes, hours, month_days, months, week_days = expression.split()
    both = month_days.startswith("*") or week_days.startswith("*")
    first = start.replace(second=0, microsecond=0) + timedelta(minutes=1)
    expected = []
    for tick in (first + timedelta(minutes=number) for number in range(2 * 1440)):
        in_month = tick.day in members(month_days, 1, 31)
        in_week = bool({tick.isoweekday(), tick.isoweekday() % 7} & members(week_days, 0, 7))
        if (
            tick.minute in members(minutes, 0, 59)
            and tick.hour in members(hours, 0, 23)
            and tick.month in members(months, 1, 12)
            and ((in_month and in_week) if both else (in_month or in_week))
        ):
            expected.append(tick)
    last = first + timedelta(minutes=2 * 1440 - 1)
    assert list(missed(parse(cron=expression), start, last)) == expected


@functools.cache
def members(field: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        least, _, most = span.partition("-")
        first, last = (low, high) if span == "*" else (int(least), int(most or least))
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


@given(st.integers(1, 10**7), st.floats(0, 2e9), st.floats(0, 3e9))
def test_an_interval_keeps_its_grid(seconds: int, anchor: float, after: float) -> None:
    schedule = parse(every=f"{seconds}s", anchor=anchor)
    start = datetime.fromtimestamp(after, UTC)
    fires = list(islice(ticks(schedule, start), 5))
    assert fires[0] > start
    assert fires[0].timestamp() - max(start.timestamp(), int(anchor)) <= seconds
    assert {(int(tick.timestamp()) - int(anchor)) % seconds for tick in fires} == {0}
    assert [next_fire(schedule, tick) for tick in fires[:4]] == fires[1:]


@given(st.text(max_size=40) | st.text("0123456789*/,-L#W @every mhdTZ=:", max_size=40))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    schedule, refusal = read(text)
    if schedule is None:
        assert refusal is not None
        assert refusal.code == "schedule_invalid"
        assert refusal.details["field"]
    elif schedule.at is None:
        assert describe(schedule)
        assert next_fire(schedule, datetime(2026, 1, 1, tzinfo=UTC)) is not None


def read(text: str) -> tuple[Schedule | None, Invalid | None]:
    try:
        return Schedule.from_text(text), None
    except Invalid as error:
        return None, error
