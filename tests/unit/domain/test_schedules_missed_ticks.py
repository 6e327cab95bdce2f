"""What fires after a pause, a restart, or a clock that jumped: each tick once, and never a storm."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.schedules import (
    FIRE_LIMIT,
    MISSED_LIMIT,
    CatchUp,
    Schedule,
    catch_up,
    jittered,
    missed,
    next_fire,
    parse,
    tick_key,
)

START = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
HOURLY = [START + timedelta(hours=hour) for hour in range(1, 6)]


def hourly(rule: str, **options: float) -> Schedule:
    return parse(cron="@hourly", catch_up=rule, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", ["skip", "once", "all"])
def test_a_tick_within_its_grace_fires_under_every_rule(rule: str) -> None:
    now = HOURLY[0] + timedelta(seconds=30)
    decision = catch_up(hourly(rule), START, now, 30)
    assert decision == CatchUp(fire=(HOURLY[0],), missed=(), missed_more=False, cursor=now)


@pytest.mark.parametrize(
    ("rule", "fired", "recorded"),
    [("skip", [], HOURLY[:3]), ("once", HOURLY[2:3], HOURLY[:2]), ("all", HOURLY[:3], [])],
)
def test_the_rules_for_ticks_that_are_late(rule: str, fired: list[datetime], recorded: list[datetime]) -> None:
    decision = catch_up(hourly(rule), START, HOURLY[2] + timedelta(minutes=20), 60)
    assert list(decision.fire) == fired
    assert list(decision.missed) == recorded
    assert not decision.missed_more


@pytest.mark.parametrize(
    ("rule", "fired", "recorded"),
    [("skip", HOURLY[2:3], HOURLY[:2]), ("once", HOURLY[2:3], HOURLY[:2]), ("all", HOURLY[:3], [])],
)
def test_a_tick_on_time_stands_for_the_late_ones(rule: str, fired: list[datetime], recorded: list[datetime]) -> None:
    decision = catch_up(hourly(rule), START, HOURLY[2] + timedelta(seconds=1), 60)
    assert (list(decision.fire), list(decision.missed)) == (fired, recorded)


@pytest.mark.parametrize("rule", ["skip", "once", "all"])
def test_nothing_is_due_before_the_next_tick_and_nothing_twice(rule: str) -> None:
    now = HOURLY[0] + timedelta(minutes=20)
    first = catch_up(hourly(rule), START, now, 60)
    second = catch_up(hourly(rule), first.cursor, now + timedelta(minutes=20), 60)
    assert (second.fire, second.missed) == ((), ())


def test_a_single_date_that_was_missed() -> None:
    moment, now = START + timedelta(hours=1), START + timedelta(days=3)
    for rule, fired in (("skip", ()), ("once", (moment,)), ("all", (moment,))):
        assert catch_up(parse(at=moment.isoformat(), catch_up=rule), START, now, 60).fire == fired


@pytest.mark.parametrize(
    ("arguments", "rule", "fired"),
    [
        ({"cron": "* * * * * *"}, "all", FIRE_LIMIT),
        ({"cron": "* * * * * *"}, "once", 1),
        ({"cron": "* * * * * *"}, "skip", 0),
        ({"every": "1s"}, "all", FIRE_LIMIT),
        ({"every": "1s"}, "once", 1),
        ({"cron": "*/5 * 1 * *", "timezone": "Europe/Berlin"}, "all", FIRE_LIMIT),
        ({"cron": "*/5 * 1 * *", "timezone": "Europe/Berlin"}, "once", 1),
    ],
)
def test_a_clock_that_jumps_ahead_by_a_year_makes_no_storm(arguments: dict[str, str], rule: str, fired: int) -> None:
    schedule = parse(**arguments, catch_up=rule)  # type: ignore[arg-type]
    # Half a second past, so that no tick is on time with a grace of a tenth.
    now = START + timedelta(days=365, seconds=0.5)
    began = time.process_time()
    decision = catch_up(schedule, START, now, 0.1)
    assert time.process_time() - began < 5
    assert len(decision.fire) == fired
    assert len(decision.missed) == MISSED_LIMIT
    assert decision.missed_more
    assert decision.missed[0] == next_fire(schedule, START)
    if decision.fire:
        # They are the newest: every tick of the schedule since the first of them, up to now.
        assert list(decision.fire) == list(missed(schedule, decision.fire[0] - timedelta(seconds=1), now))


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=365)])
@pytest.mark.parametrize("rule", ["skip", "once", "all"])
def test_a_clock_set_back_fires_nothing_now_and_follows_the_clock(back: timedelta, rule: str) -> None:
    decision = catch_up(hourly(rule), START, START - back, 60)
    assert decision == CatchUp(fire=(), missed=(), missed_more=False, cursor=START - back, clock_set_back=True)
    later = catch_up(hourly(rule), decision.cursor, START - back + timedelta(hours=1), 60)
    assert [tick_key(tick) for tick in later.fire] == [tick_key(START - back + timedelta(hours=1))]


def test_a_tick_waits_for_its_jitter_and_those_behind_it_wait_too() -> None:
    schedule = hourly("once", jitter=3600)
    due = {tick: jittered(schedule, "trg_1", tick) for tick in HOURLY}
    before = due[HOURLY[0]] - timedelta(seconds=1)
    waiting = catch_up(schedule, START, before, 60, trigger_id="trg_1")
    assert (waiting.fire, waiting.missed) == ((), ())
    assert next_fire(schedule, waiting.cursor) == HOURLY[0]
    fired = catch_up(schedule, waiting.cursor, due[HOURLY[0]], 60, trigger_id="trg_1")
    assert fired.fire == (HOURLY[0],)


def test_jitter_does_not_make_a_tick_late() -> None:
    schedule = hourly("skip", jitter=3000)
    due = jittered(schedule, "trg_1", HOURLY[0])
    assert due - HOURLY[0] > timedelta(seconds=60)
    assert catch_up(schedule, START, due, 60, trigger_id="trg_1").fire == (HOURLY[0],)


schedules = st.sampled_from(
    [
        {"cron": "*/15 * * * *", "timezone": "Europe/Berlin"},
        {"cron": "30 2 * * *", "timezone": "Europe/Berlin"},
        {"cron": "0 0,30 * * * *", "timezone": "America/Havana"},
        {"cron": "0,20 30 1,2 * * *", "timezone": "Europe/Berlin"},
        {"every": "17m", "anchor": START.timestamp()},
        {"at": "2026-10-25T02:30", "timezone": "Europe/Berlin"},
    ]
)
# Steps of the clock between two looks, in seconds; the engine may be down in between. Negative: it was set back.
forward = st.lists(st.floats(0.01, 6 * 3600), min_size=1, max_size=25)
jumping = st.lists(st.floats(-4 * 3600, 6 * 3600), min_size=1, max_size=25)


@given(schedules, forward, st.sampled_from(["skip", "once", "all"]), st.sampled_from([0.0, 900.0]))
def test_each_tick_is_decided_exactly_once_across_any_restarts(
    arguments: dict[str, object], steps: list[float], rule: str, jitter: float
) -> None:
    if arguments.get("every"):
        jitter = min(jitter, 600.0)
    schedule = parse(**arguments, catch_up=rule, jitter=jitter)  # type: ignore[arg-type]
    begin = now = cursor = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    fired: list[datetime] = []
    decided: list[datetime] = []
    for step in steps:
        now += timedelta(seconds=step)
        decision = catch_up(schedule, cursor, now, 60, trigger_id="trg_1")
        assert all(jittered(schedule, "trg_1", tick) <= now for tick in decision.fire + decision.missed)
        fired += decision.fire
        decided += decision.missed + decision.fire
        cursor = decision.cursor
    settled = catch_up(schedule, cursor, now + timedelta(seconds=jitter), 60)
    decided += [tick for tick in settled.missed + settled.fire if tick <= now]
    assert decided == list(missed(schedule, begin, now))
    if rule == "all":
        assert [tick for tick in decided if tick not in settled.fire] == fired


@given(schedules, jumping, st.sampled_from(["skip", "once", "all"]))
def test_with_unique_keys_no_tick_fires_twice_however_the_clock_jumps(
    arguments: dict[str, object], steps: list[float], rule: str
) -> None:
    schedule = parse(**arguments, catch_up=rule)  # type: ignore[arg-type]
    begin = now = cursor = highest = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    stored: set[str] = set()
    for step in steps:
        now += timedelta(seconds=step)
        decision = catch_up(schedule, cursor, now, 60)
        new = [tick for tick in decision.fire if tick_key(tick) not in stored]
        stored.update(map(tick_key, new))
        assert decision.clock_set_back == (now < cursor)
        # Under "all", a clock between the beginning and the latest it ever showed has nothing new to fire.
        if rule == "all" and now <= highest:
            assert [tick for tick in new if tick > begin] == []
        highest = max(highest, now)
        cursor = decision.cursor
    if rule == "all":
        expected = {tick_key(tick) for tick in missed(schedule, begin, highest)}
        assert {key for key in stored if key > tick_key(begin)} == expected
