"""Snapshots of a project's files: stored once, forgotten when unused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from samples import make_project, running_session

from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.store import sessions, snapshots
from notebook_automation.store.database import Database


def test_a_snapshot_is_stored_once_however_many_runners_store_it_and_goes_when_no_session_has_it(
    database: Database, open_database: Callable[[], Database]
) -> None:
    files = [SnapshotFile(path="b.csv", link="/data/b.csv"), SnapshotFile(path="a.ipynb", blob="a" * 64, size=9)]
    snapshot = snapshot_of(files)
    assert snapshot.id == snapshot_of(files[::-1]).id
    runners = [database, open_database(), open_database()]
    start = threading.Barrier(9)

    def add(number: int) -> None:
        start.wait(30)
        runners[number % 3].write_now(lambda tx: snapshots.add(tx, snapshot))

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(add, range(9)))
    assert database.read_now(lambda tx: snapshots.get(tx, snapshot.id)) == snapshot
    assert database.read_now(lambda tx: snapshots.get(tx, "snp_none")) is None
    assert database.read_now(snapshots.blobs_in_use) == {"a" * 64}
    session = running_session(database, make_project(database))
    database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"snapshot_id": snapshot.id}))
    later = time.time() + 10
    assert database.write_now(lambda tx: snapshots.forget_unused(tx, later)) == 0
    database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"snapshot_id": None}))
    assert database.write_now(lambda tx: snapshots.forget_unused(tx, time.time() - 10)) == 0
    assert database.write_now(lambda tx: snapshots.forget_unused(tx, later)) == 1
