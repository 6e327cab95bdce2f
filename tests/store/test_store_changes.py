"""The numbered feed of changes: nothing is missed, nothing comes early."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from following import followed_while_writing
from sqlalchemy import Connection

from notebook_automation.domain.projects import ProjectChange
from notebook_automation.store import changes
from notebook_automation.store.database import Database


def test_nobody_who_follows_the_changes_of_several_writers_misses_one(
    database: Database, open_database: Callable[[], Database]
) -> None:
    seen = followed_while_writing(
        open_database,
        write=lambda tx: changes.announce(tx, "prj_1", "updated", ProjectChange(name="a")),
        read=lambda tx, after: [one.seq for one in changes.after(tx, after, 1000)],
    )
    assert seen == database.read_now(lambda tx: [one.seq for one in changes.after(tx, 0, 1000)])
    assert len(seen) == 120


def test_a_change_that_is_rolled_back_is_told_to_nobody(database: Database) -> None:
    def fails(tx: Connection) -> None:
        changes.announce(tx, "trg_1", "updated", ProjectChange(name="a"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write_now(fails)
    database.write_now(lambda tx: changes.announce(tx, "trg_2", "updated", ProjectChange(name="a")))
    assert [one.entity for one in database.read_now(lambda tx: changes.after(tx, 0))] == ["trg_2"]


def test_forgetting_leaves_the_newest_so_that_numbers_go_on(database: Database) -> None:
    for number in range(5):
        database.write_now(
            lambda tx, number=number: changes.announce(tx, f"evt_{number}", "updated", ProjectChange(name="a"))
        )
    last = database.read_now(changes.last_seq)
    assert database.write_now(lambda tx: changes.forget(tx, time.time() - 60)) == 0
    assert database.write_now(lambda tx: changes.forget(tx, time.time() + 60)) == 4
    assert database.read_now(changes.first_seq) == database.read_now(changes.last_seq) == last
    database.write_now(lambda tx: changes.announce(tx, "evt_5", "updated", ProjectChange(name="a")))
    assert database.read_now(changes.last_seq) > last
