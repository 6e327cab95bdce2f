"""Days off: what is skipped, what comes on the next working day, also where clocks change, and after two days down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notebook_automation.domain import schedules
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules import Schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(schedule: Schedule, after: str, count: int) -> list[str]:
    return [tick.isoformat()[:16] for tick in schedules.next_fires(schedule, at(after), count)]


def cron(text: str, timezone: str = "UTC", catch_up: str = "once", **calendar: Any) -> Schedule:
    return schedules.parse(cron=text, timezone=timezone, catch_up=catch_up, calendar=calendar)


def test_holidays_of_a_part_of_a_country_are_left_out() -> None:
    # 8 March is a holiday in Berlin, not in Bavaria; Good Friday in both.
    daily = cron("0 6 * * *", holidays="DE-BE")
    assert shown(daily, "2027-03-07T12:00", 1) == ["2027-03-09T06:00"]
    assert shown(cron("0 6 * * *", holidays="de-by"), "2027-03-07T12:00", 1) == ["2027-03-08T06:00"]
    assert "2026-04-03T06:00" not in shown(daily, "2026-04-01T12:00", 5)


def test_what_falls_on_a_day_off_comes_on_the_next_working_day_once() -> None:
    schedule = cron("0 6 * * *", working_days="MON-FRI", if_off="next", dates=["2026-11-30"])
    # 28 and 29 November 2026 are Saturday and Sunday, the Monday after is a day off of one's own.
    ticks = ["2026-11-27T06:00", "2026-12-01T06:00", "2026-12-02T06:00"]
    assert shown(schedule, "2026-11-26T12:00", 3) == ticks
    assert shown(schedule, "2026-11-30T12:00", 1) == ["2026-12-01T06:00"]
    monthly = cron("0 6 1 * *", working_days="MON-FRI", if_off="next")
    assert shown(monthly, "2026-07-20T00:00", 2) == ["2026-08-03T06:00", "2026-09-01T06:00"]
    assert shown(monthly, "2026-08-02T00:00", 1) == ["2026-08-03T06:00"]


def test_moved_ticks_come_in_order_with_those_of_the_day() -> None:
    schedule = cron("0 6,18 * * *", working_days="MON-FRI", if_off="next")
    assert shown(schedule, "2026-11-27T12:00", 4) == [
        "2026-11-27T18:00", "2026-11-30T06:00", "2026-11-30T18:00", "2026-12-01T06:00"
    ]  # fmt: skip


def test_the_day_is_that_of_the_schedules_zone_also_in_nights_when_clocks_change() -> None:
    # 02:30 does not exist on 29 March 2026 in Berlin (a Sunday), and comes twice on 25 October (a Sunday).
    nightly = cron("30 2 * * *", "Europe/Berlin", working_days="MON-FRI", if_off="next")
    assert shown(nightly, "2026-03-27T12:00", 2) == ["2026-03-30T00:30", "2026-03-31T00:30"]
    assert shown(nightly, "2026-10-23T12:00", 2) == ["2026-10-26T01:30", "2026-10-27T01:30"]
    # Moved into the night itself, where the Saturday before is off: the end of the gap; the first of the two.
    into = cron("30 2 * * SAT", "Europe/Berlin", working_days="SUN-FRI", if_off="next")
    assert shown(into, "2026-03-27T12:00", 1) == ["2026-03-29T01:00"]
    assert shown(into, "2026-10-23T12:00", 1) == ["2026-10-25T00:30"]
    late = cron("30 0 * * *", "Asia/Tokyo", working_days="MON-FRI")
    # Monday in Tokyo, Sunday in UTC.
    assert shown(late, "2026-11-28T00:00", 1) == ["2026-11-29T15:30"]


def test_after_two_days_down_only_ticks_of_working_days_were_missed() -> None:
    schedule = cron("0 6 * * *", catch_up="all", working_days="MON-FRI")
    late = schedules.catch_up(schedule, at("2026-11-27T12:00"), at("2026-11-30T12:00"), 60.0)
    assert [tick.isoformat()[:16] for tick in late.fire] == ["2026-11-30T06:00"]
    moved = cron("0 6 * * *", catch_up="once", working_days="MON-FRI", if_off="next")
    late = schedules.catch_up(moved, at("2026-11-28T12:00"), at("2026-11-30T12:00"), 60.0)
    assert [tick.isoformat()[:16] for tick in late.fire] == ["2026-11-30T06:00"]


def test_a_schedule_whose_days_are_all_off_does_not_fire_again_and_says_so_at_once() -> None:
    assert schedules.next_fire(cron("0 6 25 12 *", holidays="DE"), at("2026-11-27T12:00")) is None
    one = schedules.parse(at="2026-12-25T06:00", calendar={"holidays": "DE", "if_off": "next"})
    # 26 December is a holiday in Germany, too; the 27th is a Sunday, which is no holiday.
    assert shown(one, "2026-11-27T12:00", 2) == ["2026-12-27T06:00"]


@settings(max_examples=60)
@given(
    st.sampled_from(["0 6 * * *", "*/30 * * * *", "15 2 * * SAT", "0 0 1 * *", "30 2,3 * * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"]),
    st.sets(st.sampled_from(["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]), min_size=1),
    st.sampled_from(["skip", "next"]),
    st.integers(0, 400 * 24),
)
def test_from_wherever_it_is_looked_the_same_ticks_come(
    text: str, zone: str, days: set[str], if_off: str, hours: int
) -> None:
    schedule = cron(text, zone, working_days=sorted(days), if_off=if_off)
    start = at("2026-01-01T00:00") + timedelta(hours=hours)
    ticks = schedules.next_fires(schedule, start, 6)
    assert ticks == sorted(set(ticks))
    for before, tick in zip([start, *ticks], ticks, strict=False):
        assert schedules.next_fire(schedule, before) == tick
        assert schedules.next_fire(schedule, tick - timedelta(seconds=1)) == tick


def test_it_is_written_read_and_described() -> None:
    schedule = cron("0 6 * * *", holidays="de-be", working_days="MON-FRI", dates=["2026-12-24"], if_off="next")
    assert schedules.from_dict(schedules.to_dict(schedule)) == schedule
    assert schedules.describe(schedule).endswith(
        "not on holidays of DE-BE, SAT, SUN, 2026-12-24: then on the next working day"
    )
    assert cron("0 6 * * *", if_off="next").calendar is None


@pytest.mark.parametrize(
    ("calendar", "field"),
    [
        ({"holidays": "XX"}, "holidays"), ({"holidays": "DE-ZZ"}, "holidays"), ({"holidays": 5}, "holidays"),
        ({"working_days": "WORK"}, "working_days"), ({"working_days": []}, "working_days"),
        ({"dates": ["24.12."]}, "dates"), ({"dates": "2026-12-24"}, "dates"),
        ({"dates": ["2026-12-24"], "if_off": "before"}, "if_off"), ({"country": "DE"}, ""), ("DE", ""),
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused_at_its_field(calendar: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        schedules.parse(cron="0 6 * * *", calendar=calendar)
    assert refused.value.details["field"] == (f"calendar.{field}" if field else "calendar")


def test_what_comes_every_few_seconds_is_not_moved() -> None:
    for kind in ({"every": "5m"}, {"cron": "*/10 * * * * *"}):
        with pytest.raises(Invalid, match="not moved"):
            schedules.parse(**kind, calendar={"working_days": "MON-FRI", "if_off": "next"})
        assert schedules.parse(**kind, calendar={"working_days": "MON-FRI"}).calendar is not None
