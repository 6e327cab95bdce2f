"""Backfills: ranges as people write them, ticks in them, what became of a tick, what is to run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from notebook_automation.domain import schedules
from notebook_automation.domain.backfills import (
    RangeTick,
    RuleRun,
    TickRecord,
    chosen,
    range_ticks,
    read_range,
    read_which,
    why_left_out,
)
from notebook_automation.domain.errors import Invalid

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
BERLIN = schedules.parse(cron="0 6 * * *", timezone="Europe/Berlin")


def record(*statuses: Any) -> TickRecord:
    runs = tuple(RuleRun(rule_ref=f"r{n}", session_id=f"s{n}", status=one) for n, one in enumerate(statuses))
    return TickRecord(event_id="evt_1", runs=runs)


@pytest.mark.parametrize(
    ("since", "until", "begin", "end"),
    [
        ("2026-11-20", "2026-11-21", "2026-11-19T23:00:00", "2026-11-21T22:59:59"),
        ("2026-11-20T05:00", "2026-11-20T06:00:00Z", "2026-11-20T04:00:00", "2026-11-20T06:00:00"),
        ("7 days", None, "2026-11-22T12:00:00", "2026-11-29T12:00:00"),
        ("1w ago", "1 day ago", "2026-11-22T12:00:00", "2026-11-28T12:00:00"),
        # The day on which clocks are set back has 25 hours.
        ("2026-10-25", "2026-10-25", "2026-10-24T22:00:00", "2026-10-25T22:59:59"),
        ("2026-11-29", "2027-11-29", "2026-11-28T23:00:00", "2026-11-29T12:00:00"),
    ],
)
def test_a_range_is_read_in_the_zone_of_its_schedule(since: str, until: str | None, begin: str, end: str) -> None:
    found = read_range(BERLIN, since, until, NOW)
    assert (found.since.isoformat(), found.until.isoformat()) == (f"{begin}+00:00", f"{end}+00:00")


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        ("2026-12-24", None, "from"),
        ("2026-11-20", "2026-11-10", "from"),
        ("yesterday", None, "from"),
        ("", None, "from"),
        ("2026-11-31", None, "from"),
        ("2026-11-20", "soon", "to"),
        ("9999-12-31", "9999-12-31", "to"),
        ("5217w", "0001-01-01T00:00+14:00", "to"),
    ],
)
def test_what_is_no_range_says_which_end_is_wrong(since: str, until: str | None, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_range(BERLIN, since, until, NOW)
    assert refused.value.code == "backfill_invalid"
    assert refused.value.details["field"] == field


def test_the_ticks_of_a_range_are_those_whose_time_has_come_both_ends_included() -> None:
    wanted = read_range(BERLIN, "2026-11-27T06:00", "2026-11-29T06:00", NOW)
    assert [tick.day for tick in range_ticks(BERLIN, wanted, "trg_1", NOW)] == [27, 28, 29]
    jittery = schedules.parse(cron="0 12 * * *", jitter="1h")
    wanted = read_range(jittery, "2026-11-28", None, NOW)
    # That of today is not due yet: its own clock has it.
    assert [tick.day for tick in range_ticks(jittery, wanted, "trg_1", NOW)] == [28]
    seconds = schedules.parse(cron="* * * * * *")
    with pytest.raises(Invalid) as refused:
        range_ticks(seconds, read_range(seconds, "1 day", None, NOW), "trg_1", NOW)
    assert refused.value.code == "group_too_large"
    assert "10,000" in refused.value.message


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ((), "silent"),
        (("completed",), "completed"),
        (("completed", "timeout"), "failed"),
        (("abandoned", "running"), "running"),
        (("waiting",), "running"),
        (("canceling",), "running"),
        (("scheduling", "failed"), "queued"),
        (("cancelled", "completed"), "cancelled"),
        ((None,), "ran"),
        ((None, "completed"), "completed"),
    ],
)
def test_a_tick_is_what_somebody_has_to_look_at_first(statuses: tuple[Any, ...], state: str) -> None:
    assert record(*statuses).state == state


def test_what_runs_is_what_was_asked_for_and_never_what_is_under_way() -> None:
    found = [
        RangeTick(at=NOW, record=None if statuses is None else record(*statuses))
        for statuses in (None, ("completed",), ("failed",), ("running",), ("requested",), ("cancelled",), (), (None,))
    ]
    found.append(RangeTick(at=NOW, is_asked_for=True))
    assert [found.index(tick) for tick in chosen(found, read_which([]), "oldest")] == [0, 2, 5]
    assert [found.index(tick) for tick in chosen(found, read_which(["all"]), "newest")] == [7, 6, 5, 2, 1, 0]
    assert [found.index(tick) for tick in chosen(found, read_which(["missing"]), "oldest")] == [0]
    with pytest.raises(Invalid, match="lost"):
        read_which(["failed", "lost"])


def test_of_a_tick_that_came_only_the_rules_run_whose_last_run_is_asked_for() -> None:
    assert record("completed", "failed").rules_to_run(read_which(["failed"])) == {"r1"}
    assert record("completed", "failed").rules_to_run(read_which(["all"])) == {"r0", "r1"}
    assert record().rules_to_run(read_which(["all"])) is None


def test_why_a_tick_is_left_out_when_its_turn_comes() -> None:
    which = read_which([])
    assert why_left_out(None, which) is None
    assert why_left_out(record("failed"), which) is None
    assert "running already" in (why_left_out(record("running"), which) or "")
    assert "it is completed" in (why_left_out(record("completed"), which) or "")
