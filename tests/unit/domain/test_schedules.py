"""Reading schedules from text, refusing what cannot fire, and telling them back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules import (
    Schedule,
    describe,
    from_dict,
    jittered,
    next_fire,
    next_fires,
    parse,
    tick_key,
    to_dict,
)

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def refusal(**arguments: object) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse(**arguments)  # type: ignore[arg-type]
    assert caught.value.code == "schedule_invalid"
    return caught.value


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "cron"),
        ({"cron": "0 6 * * *", "every": "1h"}, "every"),
        ({"cron": "0 6 * * *", "timezone": ""}, "timezone"),
        ({"cron": "0 6 * * *", "timezone": "../../etc/passwd"}, "timezone"),
        ({"cron": "0 6 * * *", "timezone": "Europe"}, "timezone"),
        ({"cron": "0 6 * * *", "timezone": 2}, "timezone"),
        ({"cron": 5}, "cron"),
        ({"cron": ""}, "cron"),
        ({"cron": "@reboot"}, "cron"),
        ({"cron": "@every"}, "every"),
        ({"cron": "*/" + "9" * 5000 + " * * * *"}, "cron"),
        ({"every": 90}, "every"),
        ({"every": "90"}, "every"),
        ({"every": ""}, "every"),
        ({"every": "hour"}, "every"),
        ({"every": "0s"}, "every"),
        ({"every": "0.5s"}, "every"),
        ({"every": "1.5s"}, "every"),
        ({"every": "-5m"}, "every"),
        ({"every": "5 fortnights"}, "every"),
        ({"every": "5m and"}, "every"),
        ({"every": "9999999999w"}, "every"),
        ({"at": "tomorrow"}, "at"),
        ({"at": "2026-02-30"}, "at"),
        ({"at": "9999-12-31T23:59", "timezone": "America/New_York"}, "at"),
        ({"every": "1h", "jitter": -1}, "jitter"),
        ({"every": "1h", "jitter": float("nan")}, "jitter"),
        ({"every": "1h", "jitter": "soon"}, "jitter"),
        ({"every": "1h", "jitter": True}, "jitter"),
        ({"every": "1m", "jitter": 61}, "jitter"),
        ({"cron": "@daily", "jitter": 86_401}, "jitter"),
        ({"every": "1h", "catch_up": "twice"}, "catch_up"),
        ({"every": "1h", "anchor": float("inf")}, "anchor"),
    ],
)
def test_a_refusal_names_the_field(arguments: dict[str, object], field: str) -> None:
    assert refusal(**arguments).details["field"] == field


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("61 * * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 0 32 * *", "day-of-month"),
        ("0 0 30 2 *", "day-of-month"),
        ("0 0 31 2,4,6,9,11 *", "day-of-month"),
        ("0 0 1 13 *", "month"),
        ("0 0 * * 8", "day-of-week"),
        ("0 0 * * MON-", "day-of-week"),
        ("0 0 * * 1#6", "day-of-week"),
        ("*/0 * * * *", "minute"),
        ("60 * * * * *", "second"),
        ("0 5-3 * * *", "hour"),
    ],
)
def test_a_refusal_of_cron_names_the_part_and_what_is_allowed(expression: str, part: str) -> None:
    error = refusal(cron=expression)
    assert error.details == {"field": "cron", "part": part}
    wrong = expression.split()[["second", "minute", "hour", "day-of-month", "month", "day-of-week"].index(part) - 6]
    assert repr(wrong) in error.message
    assert "allowed" in error.message


def test_an_expression_that_never_matches_is_refused() -> None:
    # A fifth Monday lies on the 29th or later, and */30 in a February is the 1st.
    assert "never fires" in refusal(cron="0 0 */30 2 MON#5").message


@pytest.mark.parametrize(
    ("expression", "advice"),
    [("0 6 * *", "5|five"), ("0 0 12 * * ? 2026", "7 fields"), ("0 0 12 ? * *", r"write \* instead")],
)
def test_foreign_dialects_get_advice(expression: str, advice: str) -> None:
    with pytest.raises(Invalid, match=advice):
        parse(cron=expression)


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Asia/Koklata", "Asia/Kolkata"),
    ],
)
def test_a_zone_typo_gets_close_names(typo: str, meant: str) -> None:
    if typo == "europe/berlin" and next_or_none(typo):
        pytest.skip("this file system finds zones in any case")
    error = refusal(cron="@daily", timezone=typo)
    assert meant in error.details["suggestions"]
    assert meant in error.message


@pytest.mark.parametrize(
    ("offset", "hint", "suggestions"),
    [
        ("GMT+2", "2 hours ahead of UTC is Etc/GMT-2", ["Etc/GMT-2"]),
        ("utc-5", "5 hours behind UTC is Etc/GMT+5", ["Etc/GMT+5"]),
        ("+0100", "1 hour ahead of UTC is Etc/GMT-1", ["Etc/GMT-1"]),
        ("UTC+5:30", "such as Asia/Kolkata", []),
        ("UTC+0", "Write UTC", ["UTC"]),
    ],
)
def test_an_offset_gets_the_zone_that_has_it(offset: str, hint: str, suggestions: list[str]) -> None:
    error = refusal(cron="@daily", timezone=offset)
    assert hint in error.message
    assert error.details["suggestions"] == suggestions


def next_or_none(zone: str) -> Schedule | None:
    try:
        return parse(cron="@daily", timezone=zone)
    except Invalid:
        return None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("5 minutes", 300),
        ("1 minute", 60),
        ("2h", 7200),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("1 hour and 30 minutes", 5400),
        ("1 hour, 30 min", 5400),
        ("1d", 86_400),
        ("1w", 604_800),
        ("2 Weeks", 1_209_600),
        ("1s", 1),
    ],
)
def test_lengths_of_time(text: str, seconds: int) -> None:
    first, second = next_fires(parse(every=text), NEW_YEAR, 2)
    assert (second - first).total_seconds() == seconds
    assert next_fires(parse(cron=f"@every {text}"), NEW_YEAR, 2) == [first, second]


def test_a_month_has_no_fixed_length() -> None:
    assert "@monthly" in refusal(every="1 month").message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0 * * 1", Schedule(cron="0 0 * * 1")),
        ("  0  6 * *   1-5 ", Schedule(cron="0 6 * * 1-5")),
        ("@every 1w", Schedule(every="1w")),
        ("@EVERY 90s", Schedule(every="90s")),
        ("every 5 minutes", Schedule(every="5 minutes")),
        ("@daily", Schedule(cron="@daily")),
        ("2026-12-01T06:00", Schedule(at="2026-12-01T06:00")),
        ("CRON_TZ=Asia/Tokyo 0 6 * * *", Schedule(cron="0 6 * * *", timezone="Asia/Tokyo")),
        ("TZ=Asia/Tokyo @every 1h", Schedule(every="1h", timezone="Asia/Tokyo")),
    ],
)
def test_one_text_of_any_kind(text: str, expected: Schedule) -> None:
    assert Schedule.from_text(text) == expected


def test_one_text_takes_the_options_of_parse() -> None:
    schedule = Schedule.from_text("@daily", timezone="Europe/Berlin", jitter="30s", catch_up="skip")
    assert schedule == Schedule(cron="@daily", timezone="Europe/Berlin", jitter=30.0, catch_up="skip")


@pytest.mark.parametrize("text", ["", "TZ=UTC", "CRON_TZ=Nowhere/At_All 0 6 * * *", "soon", None])
def test_one_text_that_says_nothing(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Schedule.from_text(text)
    assert caught.value.code == "schedule_invalid"


def test_two_zones_contradict() -> None:
    with pytest.raises(Invalid, match="Two time zones"):
        Schedule.from_text("TZ=Asia/Tokyo @daily", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("given", "zone", "expected"),
    [
        ("2026-12-01T06:00", "Europe/Berlin", "2026-12-01T05:00:00Z"),
        ("2026-12-01 06:00:30", "UTC", "2026-12-01T06:00:30Z"),
        ("2026-12-01T06:00+09:00", "Europe/Berlin", "2026-11-30T21:00:00Z"),
        ("2026-12-01T06:00Z", "Europe/Berlin", "2026-12-01T06:00:00Z"),
        ("2026-12-01", "Europe/Berlin", "2026-11-30T23:00:00Z"),
        ("2026-12-01T06:00:00.75", "UTC", "2026-12-01T06:00:00Z"),
        (date(2026, 12, 1), "UTC", "2026-12-01T00:00:00Z"),
        (datetime(2026, 12, 1, 6), "Europe/Berlin", "2026-12-01T05:00:00Z"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
    ],
)
def test_one_date_fires_once(given: str | date, zone: str, expected: str) -> None:
    schedule = parse(at=given, timezone=zone)
    fires = next_fires(schedule, NEW_YEAR, 5)
    assert [tick_key(tick) for tick in fires] == [expected]
    assert next_fire(schedule, fires[0]) is None


@pytest.mark.parametrize(
    ("schedule", "line"),
    [
        (parse(cron="0 6 * * 1-5", timezone="Europe/Berlin"), "at 06:00 on Monday through Friday, Europe/Berlin"),
        (parse(cron="@hourly"), "at the start of every hour, UTC"),
        (parse(cron="*/10 * * * * *"), "every 10th second of every minute, UTC"),
        (parse(cron="0 18 * * 5L"), "at 18:00 on the last Friday of the month, UTC"),
        (parse(every="1w"), "every week"),
        (parse(every="90m"), "every 1 hour 30 minutes"),
        (parse(every="90s", jitter=5), "every 1 minute 30 seconds, up to 5 s later"),
        (parse(at="2026-12-01T05:00Z", timezone="Europe/Berlin"), "once, at 2026-12-01 06:00, Europe/Berlin"),
    ],
)
def test_describe(schedule: Schedule, line: str) -> None:
    assert describe(schedule) == line


@pytest.mark.parametrize(
    "schedule",
    [
        parse(cron="0 6 * * 1-5", timezone="Europe/Berlin", jitter="30s", catch_up="all"),
        parse(every="1w", anchor=1_767_225_600.25),
        parse(at="2026-12-01T06:00", timezone="Asia/Tokyo"),
    ],
)
def test_json_and_back(schedule: Schedule) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(schedule)))) == schedule


def test_json_refuses_unknown_keys() -> None:
    with pytest.raises(Invalid, match="'crom'"):
        from_dict({"crom": "@daily"})


def test_jitter_is_the_same_after_a_restart_and_differs_between_triggers() -> None:
    schedule = parse(cron="@daily", jitter=600)
    tick = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
    due = {jittered(schedule, f"trg_{number}", tick) for number in range(200)}
    assert due == {jittered(schedule, f"trg_{number}", tick) for number in range(200)}
    delays = sorted((moment - tick).total_seconds() for moment in due)
    assert len(delays) == 200
    assert 0 <= delays[0] < 60
    assert 540 < delays[-1] < 600


def test_no_jitter_is_the_tick_itself() -> None:
    assert jittered(parse(cron="@daily"), "trg_1", NEW_YEAR) == NEW_YEAR


def test_a_naive_start_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="aware"):
        next_fire(parse(cron="@daily"), datetime(2026, 1, 1))
