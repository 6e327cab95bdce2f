"""Named leases: one owner at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, update

from notebook_automation.store import leases
from notebook_automation.store.database import Database
from notebook_automation.store.tables.leases import leases as lease_table


def test_one_owner_holds_a_lease_until_it_runs_out_or_is_given_back(database: Database) -> None:
    take = lambda owner, seconds=60.0: database.write_now(lambda tx: leases.take(tx, "engine", owner, seconds))  # noqa: E731
    holder = lambda: database.read_now(lambda tx: leases.owner_of(tx, "engine"))  # noqa: E731
    assert holder() is None
    assert (take("a"), take("b"), take("a"), holder()) == (True, False, True, "a")
    database.write_now(lambda tx: leases.give_back(tx, "engine", "b"))
    assert holder() == "a"
    # What the clock says of its end is of no account: it may have been set.
    database.write_now(lambda tx: tx.execute(update(lease_table).values(until=1.0)))
    assert take("b") is False
    seen = database.read_now(lambda tx: leases.held(tx, "engine"))
    assert seen == ("a", 1.0)
    take_from = lambda owner: database.write_now(  # noqa: E731
        lambda tx: leases.take(tx, "engine", owner, 60.0, from_silent=seen)
    )
    assert (take("a"), take_from("b")) == (True, False)
    seen = database.read_now(lambda tx: leases.held(tx, "engine"))
    assert (take_from("b"), take("a"), take_from("c"), holder()) == (True, False, False, "b")
    database.write_now(lambda tx: leases.give_back(tx, "engine", "b"))
    assert (take("a"), holder()) == (True, "a")
    assert database.write_now(lambda tx: leases.take(tx, "another", "b", 60.0)) is True


def test_of_many_who_take_a_free_lease_at_once_one_gets_it(
    database: Database, open_database: Callable[[], Database]
) -> None:
    servers = [database, *(open_database() for _ in range(5))]
    start = threading.Barrier(len(servers))

    def take(number: int) -> bool:
        start.wait(30)
        return servers[number].write_now(lambda tx: leases.take(tx, "engine", f"server {number}", 60.0))

    for _ in range(3):
        with ThreadPoolExecutor(len(servers)) as pool:
            assert sum(pool.map(take, range(len(servers)))) == 1
        database.write_now(lambda tx: tx.execute(delete(lease_table)))
