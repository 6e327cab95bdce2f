"""Of all servers on one database exactly one is active, and another takes over when it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from eventually import eventually
from sqlalchemy import select

from notebook_automation.domain.errors import Unavailable
from notebook_automation.engine.leader_election import NAME, Engine
from notebook_automation.store import leases
from notebook_automation.store.database import Database, sqlite_module
from notebook_automation.store.tables.leases import leases as lease_table


class Clock:
    """A part that says whether it runs."""

    def __init__(self) -> None:
        self.running = False
        self.starts = 0

    async def start(self) -> None:
        self.running = True
        self.starts += 1

    async def stop(self) -> None:
        self.running = False


async def test_one_of_several_engines_is_active_and_the_next_takes_over_at_once_when_it_stops(
    database: Database, open_database: Callable[[], Database]
):
    parts = [Clock() for _ in range(3)]
    databases = [database, open_database(), open_database()]
    engines = [Engine(store, [part], seconds=1.0) for store, part in zip(databases, parts, strict=True)]
    for engine in engines:
        await engine.start()
    for engine in engines:
        await engine.decided.wait()
    assert [part.running for part in parts] == [engine.active for engine in engines]
    assert sum(part.running for part in parts) == 1
    first = next(engine for engine in engines if engine.active)
    assert database.read_now(lambda tx: leases.owner_of(tx, NAME)) == first.owner

    def renewed_until() -> float:
        until: float = database.read_now(lambda tx: tx.execute(select(lease_table.c.until)).scalar_one())
        return until

    first_until = renewed_until()
    await eventually(lambda: renewed_until() > first_until + 1.0)  # longer than the lease
    assert first.active
    assert sum(part.starts for part in parts) == 1
    await first.stop()
    assert not first.active
    await eventually(lambda: sum(part.running for part in parts) == 1)
    assert not parts[engines.index(first)].running
    for engine in engines:
        await engine.stop()
    assert not any(part.running for part in parts)
    assert database.read_now(lambda tx: leases.owner_of(tx, NAME)) is None


async def test_a_server_that_died_is_replaced_when_its_lease_has_run_out(
    database: Database, open_database: Callable[[], Database]
):
    assert database.write_now(lambda tx: leases.take(tx, NAME, "a server that was killed", 0.6))
    part = Clock()
    engine = Engine(open_database(), [part], seconds=0.6)
    await engine.start()
    await engine.decided.wait()
    assert not part.running
    await eventually(lambda: part.running)
    await engine.stop()


async def test_an_engine_that_cannot_renew_its_lease_stops_its_work_when_it_has_run_out(sqlite_url: str):
    database = Database(sqlite_url, busy_seconds=0.1)
    part = Clock()
    engine = Engine(database, [part], seconds=0.6)
    await engine.start()
    await eventually(lambda: part.running)
    lock = sqlite_module().connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    await eventually(lambda: not part.running)
    assert not engine.active
    lock.execute("ROLLBACK")
    lock.close()
    await eventually(lambda: part.running)
    assert part.starts == 2
    await engine.stop()
    database.close()


async def test_a_part_that_cannot_start_is_tried_again(database: Database):
    class Late(Clock):
        async def start(self) -> None:
            await super().start()
            if self.starts == 1:
                self.running = False
                raise Unavailable("The database does not answer.")

    part, before = Late(), Clock()
    engine = Engine(database, [before, part], seconds=0.3)
    await engine.start()
    await eventually(lambda: part.running)
    assert engine.active
    assert before.running
    assert part.starts == 2
    await engine.stop()


async def test_stopping_an_engine_that_was_never_started_is_no_error(database: Database):
    engine = Engine(database, [Clock()], seconds=1.0)
    await engine.stop()
    assert not engine.active


@pytest.mark.parametrize("seconds", [0.5])
async def test_an_engine_stopped_right_after_its_start_leaves_no_lease(database: Database, seconds: float):
    engine = Engine(database, [Clock()], seconds=seconds)
    await engine.start()
    await asyncio.sleep(0)
    await engine.stop()
    assert database.read_now(lambda tx: leases.owner_of(tx, NAME)) is None
