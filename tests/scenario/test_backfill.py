"""A schedule was down, or failed, and runs after all: what is missing or failed, so many at once, cancelled.

On each database, across a restart; no kernels: runners are played.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from backfill_side import BackfillSide, counted
from rule_sides import ANA
from sqlalchemy import Connection

from notebook_automation.domain.errors import Invalid
from notebook_automation.services.backfills import Wish
from notebook_automation.store import events, sessions
from notebook_automation.store.database import Database


async def test_a_backfill_cancelled_midway_and_begun_again(
    open_database: Callable[[], Database], tmp_path: Path
) -> None:
    side = BackfillSide(open_database(), tmp_path)
    trigger = await side.scheduled(parameters={"region": "emea"}, mapping={"day": "data.scheduled_at"})
    # Of ten days one was fine, one failed, one is running; all others are missing: nobody was there.
    await side.tick(trigger, 20, 21, 22)
    await side.run(1)
    await side.run(1, "failed")
    runs_now = await side.begin()
    assert await side.states(trigger, "2026-11-20", "2026-11-24") == {
        "20": "completed", "21": "failed", "22": "running", "23": "missing", "24": "missing",
    }  # fmt: skip

    plan = (await side.backfills.plan(ANA, trigger.id, Wish(since="2026-11-20", until="2026-11-28")))[1]
    assert [tick.at.day for tick in plan.chosen] == [21, 23, 24, 25, 26, 27, 28]
    view = await side.asked_for(trigger, "2026-11-20", "2026-11-28", at_once=2)
    assert (view.group.total, view.counts.waiting) == (7, 7)
    assert len(await side.go_on()) == 2
    await side.end(await side.begin())

    # The server is started anew: what was asked for is still there.
    side = BackfillSide(open_database(), tmp_path)
    assert len(await side.go_on()) == 1
    begun = await side.begin()
    assert counted(await side.sessions(view.group.id)) == {"completed": 1, "running": 1, "requested": 1}
    first = (await side.sessions(view.group.id))[0]
    assert (first.parameters, first.started_by) == ({"region": "emea", "day": "2026-11-21T06:00:00Z"}, "ana")

    # While it goes on, no tick that it has before it is asked for twice.
    states = await side.states(trigger, "2026-11-20", "2026-11-28")
    assert list(states.values()).count("queued") == 5
    with pytest.raises(Invalid) as nothing:
        await side.asked_for(trigger, "2026-11-20", "2026-11-28")
    assert nothing.value.code == "group_empty"

    cancelled = await side.groups.cancel(ANA, view.group.id, running="finish")
    assert (cancelled.group.state, cancelled.counts.members) == ("canceling", {"started": 3, "cancelled": 4})
    assert counted(await side.sessions(view.group.id)) == {"completed": 1, "running": 1, "cancelled": 1}
    assert side.stopping == []
    await side.end(begun)
    assert await side.go_on() == []
    assert (await side.groups.get(ANA, view.group.id)).group.state == "cancelled"

    # Begun again it takes up what is left: what was cancelled, and what never had its turn.
    await side.end(runs_now)
    assert await side.states(trigger, "2026-11-20", "2026-11-28") == {
        "20": "completed", "21": "completed", "22": "completed", "23": "completed", "24": "cancelled",
        "25": "missing", "26": "missing", "27": "missing", "28": "missing",
    }  # fmt: skip
    again = await side.asked_for(trigger, "2026-11-20", "2026-11-28", at_once=5, order="newest")
    assert len(await side.go_on()) == 5
    await side.run(5)
    await side.go_on()
    done = await side.groups.get(ANA, again.group.id)
    assert (done.group.state, dict(done.counts.sessions)) == ("completed", {"completed": 5})
    days = [one.parameters["day"][8:10] for one in await side.sessions(again.group.id)]
    assert days == ["28", "27", "26", "25", "24"]
    assert set((await side.states(trigger, "2026-11-20", "2026-11-28")).values()) == {"completed"}


async def test_a_tick_reaches_the_session_as_the_schedules_own_does(database: Database, tmp_path: Path) -> None:
    side = BackfillSide(database, tmp_path)
    trigger = await side.scheduled()
    [own] = await side.tick(trigger, 20)
    view = await side.asked_for(trigger, "2026-11-21", "2026-11-21")
    [filled] = await side.go_on()

    def work(tx: Connection) -> list[object]:
        found = [sessions.get(tx, one) for one in (own, filled)]
        return [events.get(tx, one.event_id or "") for one in found if one is not None]

    before, after = await database.read(work)
    for event, day in ((before, "20"), (after, "21")):
        assert (event.type, event.source) == ("tick", "schedule")  # type: ignore[attr-defined]
        assert event.data == {"scheduled_at": f"2026-11-{day}T06:00:00Z"}  # type: ignore[attr-defined]
        assert event.dedupe_key == f"2026-11-{day}T06:00:00Z"  # type: ignore[attr-defined]
    # The clock of the schedule comes to the same tick later: it has been.
    assert await side.tick(trigger, 21) == []
    assert (await side.groups.get(ANA, view.group.id)).counts.under_way == 1


async def test_what_came_or_changed_before_its_turn_is_left_out_with_the_reason(
    database: Database, tmp_path: Path
) -> None:
    side = BackfillSide(database, tmp_path)
    trigger = await side.scheduled()
    await side.tick(trigger, 20)
    await side.run(1, "failed")
    view = await side.asked_for(trigger, "2026-11-20", "2026-11-22", at_once=1)
    # Meanwhile somebody repeats the one that failed, and the schedule catches up with another.
    event_id = (await side.backfills.ticks(ANA, trigger.id, "2026-11-20", "2026-11-20"))[1][0].record.event_id  # type: ignore[union-attr]
    await side.rules.events.replay(ANA, event_id)
    await side.run(1)
    await side.tick(trigger, 21)
    [filled] = await side.go_on()
    members, _ = await side.groups.members(ANA, view.group.id, after=-1, limit=10)
    assert [one.member.state for one in members] == ["skipped", "skipped", "started"]
    assert "completed" in (members[0].member.reason or "")
    assert "queued already" in (members[1].member.reason or "")
    assert members[2].member.session_id == filled


async def test_only_the_rule_that_failed_is_run_again(database: Database, tmp_path: Path) -> None:
    side = BackfillSide(database, tmp_path)
    trigger = await side.scheduled(rules=[{"name": "mail", "call": "mail.ipynb"}])
    await side.tick(trigger, 20)
    first, second = await side.begin(), await side.begin()
    await side.end(first)
    await side.end(second, "timeout")
    assert await side.states(trigger, "2026-11-20", "2026-11-20") == {"20": "failed"}
    await side.asked_for(trigger, "2026-11-20", "2026-11-20")
    [filled] = await side.go_on()
    assert (await side.rules.sessions.get(ANA, filled)).session.call == "mail.ipynb"
    await side.run(1)
    assert await side.states(trigger, "2026-11-20", "2026-11-20") == {"20": "completed"}
    # What is asked for by name is run again, all of it.
    await side.asked_for(trigger, "2026-11-20", "2026-11-20", which=["completed"])
    assert len(await side.go_on()) == 2


async def test_a_trigger_switched_off_or_deleted_midway_runs_nothing_more(database: Database, tmp_path: Path) -> None:
    side = BackfillSide(database, tmp_path)
    trigger = await side.scheduled()
    view = await side.asked_for(trigger, "2026-11-20", "2026-11-22")
    [first] = await side.go_on()
    await side.rules.triggers.change(ANA, trigger.id, {"enabled": False})
    await side.run(1)
    assert await side.go_on() == []
    done = await side.groups.get(ANA, view.group.id)
    assert (done.group.state, done.counts.members) == ("completed", {"started": 1, "skipped": 2})
    # Nothing was written that would make those times count as come.
    assert (await side.states(trigger, "2026-11-21", "2026-11-22")) == {"21": "missing", "22": "missing"}
    await side.rules.triggers.change(ANA, trigger.id, {"enabled": True})
    view = await side.asked_for(trigger, "2026-11-21", "2026-11-22")
    await side.rules.triggers.remove(ANA, trigger.id)
    assert await side.go_on() == []
    members, _ = await side.groups.members(ANA, view.group.id, after=-1, limit=10)
    assert {one.member.reason for one in members} == {"Its trigger was deleted."}
    assert first
