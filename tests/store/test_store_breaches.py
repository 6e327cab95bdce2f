"""Freshness on each database: a breach is told once, with why, to triggers and people, until it is over; fake clock."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rule_sides import ANA, RuleSide
from samples import session_of
from sqlalchemy import Connection

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.notification_messages import detail_of, what_of
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.freshness import FreshnessTimes
from notebook_automation.services.listeners import Listeners
from notebook_automation.services.matching import Matching
from notebook_automation.settings import Settings
from notebook_automation.store import events, notifications, sessions
from notebook_automation.store.database import Database

HOUR = 3600.0


class Side:
    """One server whose clock is set by hand, with a trigger that is to be fresh."""

    def __init__(self, database: Database, folder: Path) -> None:
        (folder / "sales").mkdir(exist_ok=True)
        self.database = database
        self.rules = RuleSide(database, folder)
        filters = Filters()
        listeners = Listeners(filters, Credentials(self.rules.projects.cipher))
        self.now = time.time()
        self.times = FreshnessTimes(database, Matching(filters), listeners, Settings(), clock=lambda: self.now)

    async def look(self, after: float) -> list[str]:
        """Do what is due so many seconds later; return the sessions queued by it."""
        self.now += after
        queued: list[str] = []
        while (at := await self.times.next_time()) is not None and at <= self.now:
            queued += (await self.times.wake_due(self.now, 1))[0]
        return queued

    async def ran(self, trigger: Any, status: str = "completed", *, seconds: float = 10.0) -> str:
        """Store a session of a trigger that ended now, or with ``running`` began now."""
        over = status != "running"
        session = session_of(
            await self.rules.projects.at_folder(ANA, "sales"), trigger_id=trigger.id, trigger_ref=trigger.ref,
            status=status, started_at=self.now - (seconds if over else 0.0), finished_at=self.now if over else None,
        )  # fmt: skip
        await self.database.write(lambda tx: sessions.add(tx, session))
        return session.id

    async def warnings(self, trigger: Any) -> list[str]:
        view = await self.rules.triggers._views.get(ANA, trigger.id)
        return [one.code for one in view.warnings if one.code in ("stale", "late")]

    async def told(self) -> list[tuple[str, str]]:
        def work(tx: Connection) -> list[tuple[str, str]]:
            found, _ = notifications.listed(tx, limit=50, cursor=None)
            assert all(one.content["error"] in detail_of(one) for one in found)
            assert {what_of(one) for one in found} <= {
                "sales/orders is stale", "sales/orders takes far longer than usual"
            }  # fmt: skip
            return [(one.activity, one.content["error"]) for one in reversed(found)]

        return await self.database.read(work)

    async def happened(self) -> list[Any]:
        def work(tx: Connection) -> list[Any]:
            return list(reversed(events.listed(tx, limit=50, cursor=None, source="emit")[0]))

        return await self.database.read(work)


async def test_a_trigger_is_stale_once_until_a_session_completes(database: Database, tmp_path: Path) -> None:
    side = Side(database, tmp_path)
    trigger = await side.rules.registered("sales", freshness={"within": "26h"}, notify=["stale,late:panel"])
    await side.rules.registered(
        "sales", name="alarm", type="event", event_type="trigger_stale", filter='data.trigger == "sales/orders"',
        mapping={"why": "data.why"},
    )  # fmt: skip
    assert await side.look(25 * HOUR) == []
    assert await side.warnings(trigger) == []
    [alarm] = await side.look(1.1 * HOUR)
    session = (await side.rules.sessions.get(ANA, alarm)).session
    assert (
        "No session has completed since it was defined: one is expected within 1 day 2 hours"
        in (session.parameters["why"])
    )
    assert await side.warnings(trigger) == ["stale"]
    [(reason, why)] = await side.told()
    assert (reason, why) == ("stale", session.parameters["why"])
    # Told once, however long it lasts; a failure is no success.
    await side.ran(trigger, "failed")
    assert await side.look(100 * HOUR) == []
    await side.ran(trigger)
    assert await side.look(1.0) == []
    assert await side.warnings(trigger) == []
    # The next breach is another one.
    assert len(await side.look(27 * HOUR)) == 1
    assert [reason for reason, _ in await side.told()] == ["stale", "stale"]
    assert len(await side.happened()) == 2


async def test_a_session_that_runs_far_longer_than_usual_is_late_while_it_runs(
    database: Database, tmp_path: Path
) -> None:
    side = Side(database, tmp_path)
    trigger = await side.rules.registered("sales", freshness={"slower_than": "3x"}, notify=["late:panel"])
    for seconds in (8.0, 10.0, 12.0, 10.0):
        await side.ran(trigger, seconds=seconds)
    early = await side.ran(trigger, "running")
    # Four are too few to know what is usual.
    assert await side.look(HOUR) == []
    assert await side.happened() == []
    await side.database.write(lambda tx: sessions.end(tx, early, "cancelled"))
    await side.ran(trigger, seconds=500.0)
    slow = await side.ran(trigger, "running")
    await side.look(29.0)
    assert await side.happened() == []
    await side.look(1.5)
    [event] = await side.happened()
    assert (event.type, event.data["session_id"], event.data["trigger"]) == ("trigger_late", slow, "sales/orders")
    assert "3 times as long as the median of the last 5 sessions (10 s)" in event.data["why"]
    assert await side.told() == [("late", event.data["why"])]
    assert await side.warnings(trigger) == ["late"]
    await side.look(HOUR)
    assert len(await side.happened()) == 1
    await side.database.write(lambda tx: sessions.end(tx, slow, "completed"))
    await side.look(1.0)
    assert await side.warnings(trigger) == []


async def test_what_is_switched_off_or_wants_no_freshness_any_more_is_not_stale(
    database: Database, tmp_path: Path
) -> None:
    side = Side(database, tmp_path)
    assert await side.times.next_time() is None
    trigger = await side.rules.registered("sales", freshness={"within": 60})
    await side.look(HOUR)
    assert len(await side.happened()) == 1
    await side.rules.triggers.change(ANA, trigger.id, {"enabled": False})
    assert await side.look(1.0) == []
    assert await side.warnings(trigger) == []
    assert await side.times.next_time() is None
    # Switched on again, it has its time from then on.
    side.now = time.time()
    await side.rules.triggers.change(ANA, trigger.id, {"enabled": True})
    await side.look(30.0)
    assert len(await side.happened()) == 1
    await side.look(60.0)
    assert len(await side.happened()) == 2
    await side.rules.triggers.change(ANA, trigger.id, {"freshness": None})
    await side.look(1.0)
    assert await side.times.next_time() is None
