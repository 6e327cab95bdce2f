"""Of all servers on one database exactly one is active, and another takes over when it is gone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest
from eventually import eventually
from sqlalchemy import select, update

from notebook_automation.adapters.process_names import own_name
from notebook_automation.domain.errors import Unavailable
from notebook_automation.engine.leader_election import NAME, LeaderElection
from notebook_automation.store import leases
from notebook_automation.store.database import Database, sqlite_module
from notebook_automation.store.tables.leases import leases as lease_table

NO_PID = 4194304
"""Greater than any that Linux gives."""


class Clock:
    """A duty that says whether it runs."""

    def __init__(self) -> None:
        self.running = False
        self.starts = 0

    async def start(self) -> None:
        self.running = True
        self.starts += 1

    async def stop(self) -> None:
        self.running = False


def lease_until(database: Database) -> float:
    return database.read_now(lambda tx: tx.execute(select(lease_table.c.until)).scalar_one())


async def decided(election: LeaderElection) -> None:
    async with asyncio.timeout(10):
        await election.decided.wait()


async def test_one_of_several_engines_is_active_and_the_next_takes_over_at_once_when_it_stops(
    database: Database, open_database: Callable[[], Database]
):
    duties = [Clock() for _ in range(3)]
    databases = [database, open_database(), open_database()]
    elections = [LeaderElection(store, [duty], seconds=1.0) for store, duty in zip(databases, duties, strict=True)]
    for election in elections:
        await election.start()
    for election in elections:
        await decided(election)
    assert [duty.running for duty in duties] == [election.active for election in elections]
    assert sum(duty.running for duty in duties) == 1
    first = next(election for election in elections if election.active)
    assert database.read_now(lambda tx: leases.owner_of(tx, NAME)) == first.owner
    first_lease = lease_until(database)
    await eventually(lambda: lease_until(database) > first_lease + 1.0)  # longer than the lease: it is renewed
    assert first.active
    assert sum(duty.starts for duty in duties) == 1
    await first.stop()
    assert not first.active
    await eventually(lambda: sum(duty.running for duty in duties) == 1)
    assert not duties[elections.index(first)].running
    for election in elections:
        await election.stop()
    assert not any(duty.running for duty in duties)
    assert database.read_now(lambda tx: leases.owner_of(tx, NAME)) is None


async def test_a_server_that_died_is_replaced_when_its_lease_has_run_out(
    database: Database, open_database: Callable[[], Database]
):
    assert database.write_now(lambda tx: leases.take(tx, NAME, "a server that was killed", 0.6))
    duty = Clock()
    election = LeaderElection(open_database(), [duty], seconds=0.6)
    await election.start()
    await decided(election)
    assert not duty.running
    await eventually(lambda: duty.running)
    await election.stop()


async def test_an_engine_goes_on_while_its_database_is_away_and_stops_when_another_was_let_in(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
):
    database = Database(sqlite_url, busy_seconds=0.05)
    duty = Clock()
    election = LeaderElection(database, [duty], seconds=0.3)
    await election.start()
    await eventually(lambda: duty.running)
    lock = sqlite_module().connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    await eventually(lambda: caplog.text.count("could not be renewed") >= 6)  # longer than the lease
    assert duty.running
    lock.execute("UPDATE leases SET owner = 'another'")
    lock.execute("COMMIT")
    lock.close()
    await eventually(lambda: not duty.running)
    assert duty.starts == 1
    await eventually(lambda: duty.running)  # the other gives no sign of life
    await election.stop()
    database.close()


async def test_a_lease_is_not_taken_from_one_that_renews_it_whatever_the_clocks_say(
    database: Database, open_database: Callable[[], Database]
):
    living, steady = [0.0], [0.0]
    first, second = Clock(), Clock()
    has = LeaderElection(database, [first], seconds=100.0, clock=lambda: living[0])
    wants = LeaderElection(open_database(), [second], seconds=1.0, clock=lambda: steady[0])
    await has._elect()
    for number in range(20):
        # The clock of the day was set: the lease looks as if it had run out long ago.
        database.write_now(lambda tx, number=number: tx.execute(update(lease_table).values(until=float(number))))
        steady[0] += 0.4
        await wants._elect()
    steady[0] += 3600.0  # its machine slept: it cannot know whether the other has been silent
    await wants._elect()
    assert (first.running, second.running) == (True, False)
    while not second.running:
        steady[0] += 0.4
        await wants._elect()
    await has._elect()
    assert (first.running, second.running) == (False, True)


async def test_the_lease_of_a_process_that_has_ended_is_taken_at_once(database: Database):
    name = own_name().replace(f":{os.getpid()}:", f":{NO_PID}:")
    assert database.write_now(lambda tx: leases.take(tx, NAME, f"{name}:x", 3600.0))
    duty = Clock()
    election = LeaderElection(database, [duty], seconds=3600.0)
    await election.start()
    await decided(election)
    assert duty.running
    await election.stop()


async def test_a_part_that_cannot_start_is_tried_again(database: Database):
    class Late(Clock):
        async def start(self) -> None:
            await super().start()
            if self.starts == 1:
                self.running = False
                raise Unavailable("The database does not answer.")

    duty, before = Late(), Clock()
    election = LeaderElection(database, [before, duty], seconds=0.3)
    await election.start()
    await eventually(lambda: duty.running)
    assert election.active
    assert before.running
    assert duty.starts == 2
    await election.stop()


async def test_stopping_an_engine_that_was_never_started_is_no_error(database: Database):
    election = LeaderElection(database, [Clock()], seconds=1.0)
    await election.stop()
    assert not election.active


@pytest.mark.parametrize("seconds", [0.5])
async def test_an_engine_stopped_right_after_its_start_leaves_no_lease(database: Database, seconds: float):
    election = LeaderElection(database, [Clock()], seconds=seconds)
    await election.start()
    await asyncio.sleep(0)
    await election.stop()
    assert database.read_now(lambda tx: leases.owner_of(tx, NAME)) is None
