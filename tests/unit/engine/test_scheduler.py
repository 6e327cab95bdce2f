"""Schedules fire by the clock: each tick once, whatever restarts, by a real scheduler on a real database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from eventually import eventually
from sqlalchemy import Connection, func, select, update

from notebook_automation.domain.access import Caller
from notebook_automation.domain.changes import Change
from notebook_automation.domain.schedules import Schedule
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.engine.scheduler import Scheduler
from notebook_automation.services.triggers import store
from notebook_automation.store import events as event_rows
from notebook_automation.store import triggers as trigger_rows
from notebook_automation.store.database import sqlite_module
from notebook_automation.store.tables.events import events as event_table
from notebook_automation.store.tables.triggers import triggers as trigger_table


@pytest.fixture
async def start(make_rooms: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """Starts a scheduler on rooms, as a server that has got the lease does; all are stopped at the end."""
    started: list[Scheduler] = []

    async def start_one(rooms: Any, grace: float = 60.0) -> Scheduler:
        scheduler = Scheduler(rooms.database, rooms.events, grace=grace)

        def hear(change: Change) -> None:
            if change.channel == "triggers":
                rooms.events.forget_triggers()
                asyncio.get_running_loop().create_task(scheduler.changed(change))

        rooms.changes.on_change(hear)
        await rooms.changes.start()
        await scheduler.start()
        started.append(scheduler)
        return scheduler

    yield start_one
    for scheduler in started:
        await scheduler.stop()


def ticks(rooms: Any, trigger_id: str | None = None, type: str = "tick") -> list[str]:
    """Return the times of the recorded ticks, oldest first."""
    found, _ = rooms.database.read_now(
        lambda tx: event_rows.listed(tx, limit=5000, cursor=None, trigger_id=trigger_id, type=type)
    )
    return sorted(event.data.get("scheduled_at", "") for event in found)


def rewind(rooms: Any, trigger: Trigger, seconds: float) -> None:
    """Make it as if nobody had looked at the trigger for ``seconds``."""
    then = time.time() - seconds
    change = update(trigger_table).where(trigger_table.c.id == trigger.id).values(last_tick=then)
    rooms.database.write_now(lambda tx: tx.execute(change))


async def every_second(rooms: Any, name: str = "often", **fields: Any) -> Trigger:
    return await rooms.trigger(name, type="schedule", schedule={"cron": "* * * * * *", **fields})


async def test_ticks_come_by_the_clock_each_once_and_in_time(rooms: Any, start: Callable[..., Any], ana: Caller):
    trigger = await every_second(rooms)
    await start(rooms)
    await eventually(lambda: len(ticks(rooms)) >= 3)
    found, _ = await rooms.events.listed(ana, limit=10, cursor=None, trigger=trigger.id)
    late = [event.received_at - datetime.fromisoformat(event.data["scheduled_at"]).timestamp() for event, _ in found]
    assert min(late) >= 0
    assert min(late) < 1.0  # the others may meet a machine that is busy with something else
    assert all(len(session_ids) == 1 for _, session_ids in found)
    at = [datetime.fromisoformat(tick).timestamp() for tick in ticks(rooms)]
    assert at == [at[0] + number for number in range(len(at))]
    kept = rooms.database.read_now(lambda tx: trigger_rows.get(tx, trigger.id))
    assert kept.last_tick >= at[2]
    assert kept.next_fire is not None
    assert kept.next_fire > kept.last_tick
    assert rooms.queued


async def test_a_trigger_made_changed_and_disabled_while_the_scheduler_runs(
    rooms: Any, start: Callable[..., Any], ana: Caller
):
    scheduler = await start(rooms)
    trigger, clock = await every_second(rooms), await every_second(rooms, "clock")
    await eventually(lambda: ticks(rooms, trigger.id))

    async def ticks_no_more() -> list[str]:
        await eventually(lambda: scheduler._scheduler.get_job(trigger.id) is None)
        await asyncio.gather(*filter(None, [scheduler._recording]))
        before, others = ticks(rooms, trigger.id), len(ticks(rooms, clock.id))
        await eventually(lambda: len(ticks(rooms, clock.id)) >= others + 2)
        assert ticks(rooms, trigger.id) == before
        return before

    await rooms.triggers.change(ana, trigger.id, {"enabled": False})
    before = await ticks_no_more()
    await rooms.triggers.change(ana, trigger.id, {"enabled": True})
    await eventually(lambda: len(ticks(rooms, trigger.id)) > len(before))
    await rooms.triggers.remove(ana, trigger.id)
    await ticks_no_more()


async def test_whatever_restarts_each_tick_is_one_event(
    make_rooms: Callable[..., Any], start: Callable[..., Any], ana: Caller
):
    rooms = make_rooms()
    trigger = await every_second(rooms, catch_up="all")
    begun = time.time()
    for number in range(4):
        scheduler = await start(make_rooms())
        await eventually(lambda number=number: len(ticks(rooms)) > number)
        await scheduler.stop()
    last = await start(make_rooms())
    await eventually(lambda: len(ticks(rooms)) >= 5)
    await last.stop()
    found = [datetime.fromisoformat(tick).timestamp() for tick in ticks(rooms, trigger.id)]
    assert found == [found[0] + number for number in range(len(found))]
    assert found[0] <= begun + 1.1
    sessions = rooms.database.read_now(lambda tx: tx.execute(select(func.count(event_table.c.id))).scalar_one())
    assert sessions == len(found)


async def test_two_schedulers_at_once_record_each_tick_once(make_rooms: Callable[..., Any], start: Callable[..., Any]):
    one, other = make_rooms(), make_rooms()
    await every_second(one)
    await start(one)
    await start(other)
    await eventually(lambda: len(ticks(one)) >= 3)
    found = ticks(one)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(("rule", "fired", "missed"), [("skip", 0, 10), ("once", 1, 9), ("all", 10, 0)])
async def test_what_was_missed_while_down_follows_the_rule_and_is_recorded(
    rooms: Any, start: Callable[..., Any], ana: Caller, rule: str, fired: int, missed: int
):
    minute = (datetime.now(UTC).minute + 30) % 60  # far from now: none of the ticks is on time
    trigger = await rooms.trigger("hourly", type="schedule", schedule={"cron": f"{minute} * * * *", "catch_up": rule})
    rewind(rooms, trigger, 10 * 3600)
    await start(rooms)
    await eventually(lambda: len(ticks(rooms)) == fired and len(ticks(rooms, type="missed")) == bool(missed))
    found, _ = await rooms.events.listed(ana, limit=10, cursor=None, type="missed")
    for event, session_ids in found:
        assert (event.data["count"], session_ids) == (missed, [])
    kept = rooms.database.read_now(lambda tx: trigger_rows.get(tx, trigger.id))
    assert time.time() - kept.last_tick < 10


async def test_a_tick_that_could_not_be_stored_is_stored_when_the_database_answers_again(
    rooms: Any, start: Callable[..., Any], caplog: pytest.LogCaptureFixture
):
    trigger = await every_second(rooms, catch_up="all")
    await start(rooms)
    await eventually(lambda: ticks(rooms))
    lock = sqlite_module().connect(rooms.database.url.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await eventually(lambda: caplog.text.count("could not be stored") >= 2)
    lock.execute("ROLLBACK")
    lock.close()
    recorded = len(ticks(rooms))
    await eventually(lambda: len(ticks(rooms)) >= recorded + 3)
    found = [datetime.fromisoformat(tick).timestamp() for tick in ticks(rooms, trigger.id)]
    assert found == [found[0] + number for number in range(len(found))]


async def test_a_schedule_that_cannot_be_followed_stops_nobody_elses(
    rooms: Any, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    good, bad = await every_second(rooms, "good"), await every_second(rooms, "bad")
    catch_up = Scheduler._decided

    def decided(self: Scheduler, trigger: Trigger, now: datetime) -> Any:
        if trigger.id == bad.id:
            raise ArithmeticError("this schedule makes no sense")
        return catch_up(self, trigger, now)

    monkeypatch.setattr(Scheduler, "_decided", decided)
    await start(rooms)
    await eventually(lambda: len(ticks(rooms, good.id)) >= 3)
    assert ticks(rooms, bad.id) == []


async def test_jitter_delays_a_tick_and_keeps_its_name(rooms: Any, start: Callable[..., Any], ana: Caller):
    trigger = await rooms.trigger("spread", type="schedule", schedule={"cron": "* * * * * *", "jitter": 0.5})
    await start(rooms)
    await eventually(lambda: len(ticks(rooms)) >= 2)
    found, _ = await rooms.events.listed(ana, limit=10, cursor=None, trigger=trigger.id)
    for event, _ in found:
        at = datetime.fromisoformat(event.data["scheduled_at"])
        assert at.microsecond == 0
        assert event.received_at >= at.timestamp()


async def test_one_date_fires_once_and_never_again(rooms: Any, start: Callable[..., Any], ana: Caller):
    at = datetime.fromtimestamp(int(time.time()) + 2, UTC).isoformat()
    trigger = await rooms.trigger("once", type="schedule", schedule={"at": at})
    await start(rooms)
    await eventually(lambda: ticks(rooms))
    kept = rooms.database.read_now(lambda tx: trigger_rows.get(tx, trigger.id))
    assert kept.next_fire is None
    assert "never_fires" in {notice.code for notice in (await rooms.triggers.get(ana, trigger.id)).warnings}
    assert len(ticks(rooms)) == 1


async def test_a_thousand_schedules_due_in_one_second_are_all_recorded(rooms: Any, start: Callable[..., Any]):
    project = await rooms.project()
    at = int(time.time()) + 4
    schedule = Schedule(at=datetime.fromtimestamp(at, UTC).isoformat())
    made = [
        Trigger(
            id=TRIGGER_ID.new(), project_id=project.id, project=project.name, name=f"t{number}", type="schedule",
            schedule=schedule, call="report.ipynb", created_at=at - 9.0, updated_at=at - 9.0, last_tick=at - 9.0,
            next_fire=float(at),
        )
        for number in range(1000)
    ]  # fmt: skip

    def work(tx: Connection) -> None:
        for trigger in made:
            store(tx, trigger, new=True)

    rooms.database.write_now(work)
    await start(rooms)
    await eventually(lambda: len(ticks(rooms)) == 1000, pause=0.2)
    latest = rooms.database.read_now(lambda tx: tx.execute(select(func.max(event_table.c.received_at))).scalar_one())
    # One second on a machine of its own; the limit leaves room for one that is busy with other things.
    assert latest - at < 5.0
    assert len(rooms.database.read_now(lambda tx: trigger_rows.many(tx, [one.id for one in made]))) == 1000
