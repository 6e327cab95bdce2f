"""Events collected by several servers at once, on each database: none is lost, none is in two sessions."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rule_sides import ANA, RuleSide, posted
from sqlalchemy import Connection, select

from notebook_automation.store import batches, events, parking, sessions
from notebook_automation.store.database import Database
from notebook_automation.store.tables.batches import batches as open_batches
from notebook_automation.store.tables.batches import collected_events
from notebook_automation.store.tables.events import enforcements
from notebook_automation.store.tables.events import events as event_table
from notebook_automation.store.tables.sessions import sessions as session_table

WEEK = 8 * 86400.0


def held_events(tx: Connection) -> dict[str, list[str]]:
    """Return by event the sessions that have collected it, after what the sessions themselves say."""
    found: dict[str, list[str]] = {}
    for row in tx.execute(select(session_table)):
        session = sessions.session_of(row)
        for one in events.collected_for(tx, session):
            found.setdefault(one.id, []).append(session.id)
    return found


async def test_many_events_at_once_on_several_servers_while_batches_fill_start_and_are_cancelled(
    open_database: Callable[[], Database], tmp_path: Path
) -> None:
    (tmp_path / "sales").mkdir()
    sides = [RuleSide(open_database(), tmp_path) for _ in range(3)]
    trigger = await sides[0].registered(
        "sales", collect={"batch": "1h", "key": "data.json.n % 3", "max_events": 7}, mapping={"n": "events.size()"}
    )
    accepted: dict[str, str] = {}
    done = asyncio.Event()

    async def deliver(side: RuleSide, first: int) -> None:
        for number in range(first, first + 30):
            receipt = await side.events.deliver(trigger.slug, posted({"n": number}))
            [accepted[receipt.event_id]] = receipt.session_ids

    async def start_and_cancel(side: RuleSide) -> None:
        while not done.is_set():
            await side.held.wake_due(time.time(), 9)
            waiting = await side.database.read(lambda tx: parking.due(tx, time.time() + WEEK, 2, of=("scheduling",)))
            for session_id in waiting[:1]:
                await side.sessions.cancel(ANA, session_id)
            for session_id in waiting[1:]:
                await side.database.write(lambda tx, one=session_id: side.held.start(tx, [one]))  # type: ignore[misc]

    disturbing = asyncio.create_task(start_and_cancel(sides[2]))
    await asyncio.gather(*(deliver(side, number * 1000) for number, side in enumerate(sides[:2]) for _ in range(2)))
    done.set()
    await disturbing
    while (await sides[0].held.wake_due(time.time() + WEEK, 50))[1]:
        pass

    def look(tx: Connection) -> tuple[dict[str, list[str]], dict[str, str | None], Counter[str], dict[str, Any]]:
        by_event = held_events(tx)
        decided = {row.event_id: row.session_id for row in tx.execute(select(enforcements))}
        every = [sessions.session_of(row) for row in tx.execute(select(session_table))]
        return by_event, decided, Counter(one.status for one in every), {one.id: one for one in every}

    by_event, decided, statuses, every = await sides[0].database.read(look)
    assert len(accepted) == 120
    assert by_event == {event_id: [session_id] for event_id, session_id in accepted.items()}
    assert decided == accepted
    assert set(statuses) <= {"requested", "cancelled"}
    sizes = Counter(session_id for [session_id] in by_event.values())
    assert max(sizes.values()) <= 7
    for session_id, size in sizes.items():
        if every[session_id].status == "requested":
            assert every[session_id].parameters == {"n": size}


async def test_a_session_that_starts_takes_no_more_and_what_is_over_is_forgotten(
    open_database: Callable[[], Database], tmp_path: Path
) -> None:
    (tmp_path / "sales").mkdir()
    side = RuleSide(open_database(), tmp_path)
    trigger = await side.registered("sales", collect={"batch": "1h"})
    first = (await side.events.deliver(trigger.slug, posted({}))).session_ids[0]
    at = await side.held.next_time()
    assert at is not None
    assert await side.held.wake_due(at, 5) == ([first], False)
    assert await side.database.read(lambda tx: tx.execute(select(open_batches)).all()) == []
    event_id = (await side.events.deliver(trigger.slug, posted({}))).event_id
    # Retention deletes events, and with them what says where they were collected.
    await side.database.write(lambda tx: tx.execute(event_table.delete().where(event_table.c.id == event_id)))
    left = await side.database.read(lambda tx: [row.event_id for row in tx.execute(select(collected_events))])
    assert event_id not in left
    assert len(left) == 1
    await side.database.write(lambda tx: batches.close(tx, []))


async def test_a_trigger_that_is_deleted_does_not_take_along_what_it_has_collected(
    open_database: Callable[[], Database], tmp_path: Path
) -> None:
    (tmp_path / "sales").mkdir()
    side = RuleSide(open_database(), tmp_path)
    trigger = await side.registered("sales", collect={"batch": "1h"}, mapping={"n": "events.size()"})
    [session_id] = (await side.events.deliver(trigger.slug, posted({}))).session_ids
    await side.triggers.remove(ANA, trigger.id)
    assert (await side.held.wake_due(time.time() + WEEK, 5))[0] == [session_id]
    session = await side.database.read(lambda tx: sessions.get(tx, session_id))
    assert session is not None
    assert (session.trigger_id, session.parameters) == (None, {"n": 1})
