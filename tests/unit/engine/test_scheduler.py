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
async def start(make_server: Callable[..., Any]) -> AsyncIterator[Callable[..., Any]]:
    """Starts a scheduler on a server, as a server that has got the lease does; all are stopped at the end."""
    started: list[Scheduler] = []

    async def start_one(server: Any, grace: float = 60.0) -> Scheduler:
        scheduler = Scheduler(server.database, server.events, grace=grace)

        def hear(change: Change) -> None:
            if change.channel == "triggers":
                server.events.forget_triggers()
                asyncio.get_running_loop().create_task(scheduler.changed(change))

        server.changes.on_change(hear)
        await server.changes.start()
        await scheduler.start()
        started.append(scheduler)
        return scheduler

    yield start_one
    for scheduler in started:
        await scheduler.stop()


def ticks(server: Any, trigger_id: str | None = None, type: str = "tick") -> list[str]:
    """Return the times of the recorded ticks, oldest first."""
    found, _ = server.database.read_now(
        lambda tx: event_rows.listed(tx, limit=5000, cursor=None, trigger_id=trigger_id, type=type)
    )
    return sorted(event.data.get("scheduled_at", "") for event in found)


def rewind(server: Any, trigger: Trigger, seconds: float) -> None:
    """Make it as if nobody had looked at the trigger for ``seconds``."""
    then = time.time() - seconds
    change = update(trigger_table).where(trigger_table.c.id == trigger.id).values(last_tick=then)
    server.database.write_now(lambda tx: tx.execute(change))


async def every_second(server: Any, name: str = "often", **fields: Any) -> Trigger:
    return await server.trigger(name, type="schedule", schedule={"cron": "* * * * * *", **fields})


async def test_ticks_come_by_the_clock_each_once_and_in_time(server: Any, start: Callable[..., Any], ana: Caller):
    trigger = await every_second(server)
    await start(server)
    await eventually(lambda: len(ticks(server)) >= 3)
    found, _ = await server.event_history.listed(ana, limit=10, cursor=None, trigger=trigger.id)
    events = [one.event for one in found]
    late = [event.received_at - datetime.fromisoformat(event.data["scheduled_at"]).timestamp() for event in events]
    assert min(late) >= 0
    assert min(late) < 1.0  # the others may meet a machine that is busy with something else
    assert all(len(one.session_ids) == 1 for one in found)
    at = [datetime.fromisoformat(tick).timestamp() for tick in ticks(server)]
    assert at == [at[0] + number for number in range(len(at))]
    kept = server.database.read_now(lambda tx: trigger_rows.get(tx, trigger.id))
    assert kept.last_tick >= at[2]
    assert kept.next_fire is not None
    assert kept.next_fire > kept.last_tick
    assert server.queued


async def test_a_trigger_made_changed_and_disabled_while_the_scheduler_runs(
    server: Any, start: Callable[..., Any], ana: Caller
):
    scheduler = await start(server)
    trigger, clock = await every_second(server), await every_second(server, "clock")
    await eventually(lambda: ticks(server, trigger.id))

    async def ticks_no_more() -> list[str]:
        await eventually(lambda: scheduler._scheduler.get_job(trigger.id) is None)
        await asyncio.gather(*filter(None, [scheduler._recording]))
        before, others = ticks(server, trigger.id), len(ticks(server, clock.id))
        await eventually(lambda: len(ticks(server, clock.id)) >= others + 2)
        assert ticks(server, trigger.id) == before
        return before

    await server.triggers.change(ana, trigger.id, {"enabled": False})
    before = await ticks_no_more()
    await server.triggers.change(ana, trigger.id, {"enabled": True})
    await eventually(lambda: len(ticks(server, trigger.id)) > len(before))
    await server.triggers.remove(ana, trigger.id)
    await ticks_no_more()


async def test_whatever_restarts_each_tick_is_one_event(
    make_server: Callable[..., Any], start: Callable[..., Any], ana: Caller
):
    server = make_server()
    trigger = await every_second(server, catch_up="all")
    begun = time.time()
    for number in range(4):
        scheduler = await start(make_server())
        await eventually(lambda number=number: len(ticks(server)) > number)
        await scheduler.stop()
    last = await start(make_server())
    await eventually(lambda: len(ticks(server)) >= 5)
    await last.stop()
    found = [datetime.fromisoformat(tick).timestamp() for tick in ticks(server, trigger.id)]
    assert found == [found[0] + number for number in range(len(found))]
    assert found[0] <= begun + 1.1
    sessions = server.database.read_now(lambda tx: tx.execute(select(func.count(event_table.c.id))).scalar_one())
    assert sessions == len(found)


async def test_two_schedulers_at_once_record_each_tick_once(make_server: Callable[..., Any], start: Callable[..., Any]):
    one, other = make_server(), make_server()
    await every_second(one)
    await start(one)
    await start(other)
    await eventually(lambda: len(ticks(one)) >= 3)
    found = ticks(one)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(("rule", "fired", "missed"), [("skip", 0, 10), ("once", 1, 9), ("all", 10, 0)])
async def test_what_was_missed_while_down_follows_the_rule_and_is_recorded(
    server: Any, start: Callable[..., Any], ana: Caller, rule: str, fired: int, missed: int
):
    minute = (datetime.now(UTC).minute + 30) % 60  # far from now: none of the ticks is on time
    trigger = await server.trigger("hourly", type="schedule", schedule={"cron": f"{minute} * * * *", "catch_up": rule})
    rewind(server, trigger, 10 * 3600)
    await start(server)
    await eventually(lambda: len(ticks(server)) == fired and len(ticks(server, type="missed")) == bool(missed))
    found, _ = await server.event_history.listed(ana, limit=10, cursor=None, type="missed")
    for one in found:
        assert (one.event.data["count"], one.session_ids) == (missed, ())
        assert "missed" in (one.reason or "")
    kept = server.database.read_now(lambda tx: trigger_rows.get(tx, trigger.id))
    assert time.time() - kept.last_tick < 10


async def test_a_tick_that_could_not_be_stored_is_stored_when_the_database_answers_again(
    server: Any, start: Callable[..., Any], caplog: pytest.LogCaptureFixture
):
    trigger = await every_second(server, catch_up="all")
    await start(server)
    await eventually(lambda: ticks(server))
    lock = sqlite_module().connect(server.database.url.database, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await eventually(lambda: caplog.text.count("could not be stored") >= 2)
    lock.execute("ROLLBACK")
    lock.close()
    recorded = len(ticks(server))
    await eventually(lambda: len(ticks(server)) >= recorded + 3)
    found = [datetime.fromisoformat(tick).timestamp() for tick in ticks(server, trigger.id)]
    assert found == [found[0] + number for number in range(len(found))]


async def test_a_schedule_that_cannot_be_followed_stops_nobody_elses(
    server: Any, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    good, bad = await every_second(server, "good"), await every_second(server, "bad")
    catch_up = Scheduler._decided

    def decided(self: Scheduler, trigger: Trigger, now: datetime) -> Any:
        if trigger.id == bad.id:
            raise ArithmeticError("this schedule makes no sense")
        return catch_up(self, trigger, now)

    monkeypatch.setattr(Scheduler, "_decided", decided)
    await start(server)
    await eventually(lambda: len(ticks(server, good.id)) >= 3)
    assert ticks(server, bad.id) == []


async def test_jitter_delays_a_tick_and_keeps_its_name(server: Any, start: Callable[..., Any], ana: Caller):
    trigger = await server.trigger("spread", type="schedule", schedule={"cron": "* * * * * *", "jitter": 0.5})
    await start(server)
    await eventually(lambda: len(ticks(server)) >= 2)
    found, _ = await server.event_history.listed(ana, limit=10, cursor=None, trigger=trigger.id)
    for event in (one.event for one in found):
        at = datetime.fromisoformat(event.data["scheduled_at"])
        assert at.microsecond == 0
        assert event.received_at >= at.timestamp()


async def test_one_date_fires_once_and_never_again(server: Any, start: Callable[..., Any], ana: Caller):
    at = datetime.fromtimestamp(int(time.time()) + 2, UTC).isoformat()
    trigger = await server.trigger("once", type="schedule", schedule={"at": at})
    await start(server)
    await eventually(lambda: ticks(server))
    kept = server.database.read_now(lambda tx: trigger_rows.get(tx, trigger.id))
    assert kept.next_fire is None
    assert "never_fires" in {notice.code for notice in (await server.trigger_views.get(ana, trigger.id)).warnings}
    assert len(ticks(server)) == 1


async def test_a_thousand_schedules_due_in_one_second_are_all_recorded(server: Any, start: Callable[..., Any]):
    project = await server.project()
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

    server.database.write_now(work)
    await start(server)
    await eventually(lambda: len(ticks(server)) == 1000, pause=0.2)
    latest = server.database.read_now(lambda tx: tx.execute(select(func.max(event_table.c.received_at))).scalar_one())
    assert latest >= at
    assert len(server.database.read_now(lambda tx: trigger_rows.many(tx, [one.id for one in made]))) == 1000


async def test_a_schedule_that_the_clock_jumps_over_fires_at_once(
    server: Any, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    """What waits does so for seconds that only count: it does not see that the clock was set, or that it slept."""
    trigger = await server.trigger("hourly", type="schedule", schedule={"every": "1 hour", "catch_up": "once"})
    scheduler = await start(server)
    job = scheduler._scheduler.get_job(trigger.id)
    assert job.next_run_time.timestamp() > time.time() + 3000
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3700.0)
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", _Later)
    await eventually(lambda: ticks(server, trigger.id))


async def test_a_schedule_does_not_fall_silent_when_a_wrong_clock_is_set_back(
    server: Any, start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    """It was a year ahead for a while; what ticked then is not to be waited for again."""
    trigger = await server.trigger("nightly", type="schedule", schedule={"every": "1 hour"})
    daily = await server.trigger("daily", type="schedule", schedule={"cron": "0 6 * * *", "timezone": "UTC"})
    year_ahead = time.time() + 365 * 86400.0
    server.database.write_now(lambda tx: trigger_rows.set_ticks(tx, {trigger.id: (year_ahead, year_ahead + 3600)}))
    scheduler = await start(server)

    def is_within(one: Trigger, hours: float) -> bool:
        job = scheduler._scheduler.get_job(one.id)
        return job is not None and time.time() < job.next_run_time.timestamp() <= time.time() + hours * 3600

    await eventually(lambda: is_within(trigger, 1))
    # The same while it runs.
    server.database.write_now(lambda tx: trigger_rows.set_ticks(tx, {daily.id: (year_ahead, year_ahead + 3600)}))
    await scheduler.check()
    await eventually(lambda: is_within(daily, 24))
    assert ticks(server) == ticks(server, type="missed") == []


class _Later(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.fromtimestamp(time.time(), tz)
