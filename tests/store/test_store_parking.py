"""Sessions that no process has: parked, woken once, queued again after a crash, fenced off from whoever had them."""

from __future__ import annotations

import time

from samples import add_session, make_project, make_trigger, running_session
from sqlalchemy import update

from notebook_automation.domain.sessions import Session
from notebook_automation.store import parking, session_claims, sessions
from notebook_automation.store.database import Database
from notebook_automation.store.tables.sessions import sessions as table


def read(database: Database, session_id: str) -> Session:
    found = database.read_now(lambda tx: sessions.get(tx, session_id))
    assert found is not None
    return found


def running(database: Database) -> Session:
    return running_session(database, make_project(database), is_durable=True)


def test_a_parked_session_is_nobodys_and_whoever_had_it_writes_no_more(database: Database) -> None:
    session = running(database)
    parked = database.write_now(lambda tx: parking.park(tx, session, "a", wake_at=time.time() + 60))
    assert parked is not None
    assert (parked.status, parked.owner, parked.lease_until, parked.acquired_at) == ("waiting", None, None, None)
    assert parked.ran_before >= 0
    assert not database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"current_cell": 2}))
    assert database.read_now(lambda tx: sessions.by_token(tx, "t" * 64)) is None
    assert database.write_now(lambda tx: parking.park(tx, session, "a", wake_at=None)) is None


def test_a_woken_session_is_queued_once_for_its_next_attempt(database: Database) -> None:
    session = running(database)
    database.write_now(lambda tx: parking.park(tx, session, "a", wake_at=5.0))
    [woken] = database.write_now(lambda tx: parking.wake(tx, [session.id]))
    assert (woken.status, woken.attempt, woken.wake_at, woken.started_at) == (
        "requested", 2, None, session.started_at,
    )  # fmt: skip
    assert database.write_now(lambda tx: parking.wake(tx, [session.id])) == []
    [claimed] = database.write_now(lambda tx: session_claims.claim(tx, "next", 1, 10))
    again = database.write_now(
        lambda tx: session_claims.acquire(tx, claimed.id, "next", 2, token_hash="u" * 64, lease=10)
    )
    assert again is not None
    assert again.started_at == session.started_at
    assert again.acquired_at is not None
    assert session.started_at is not None
    assert again.acquired_at >= session.started_at


def test_only_those_whose_time_has_come_are_due_the_earliest_first(database: Database) -> None:
    project = make_project(database)
    late, early, never = (running_session(database, project, owner=name) for name in ("a", "b", "c"))
    for session, owner, at in ((late, "a", 20.0), (early, "b", 10.0), (never, "c", None)):
        database.write_now(lambda tx, s=session, o=owner, w=at: parking.park(tx, s, o, wake_at=w))  # type: ignore[misc]
    held = add_session(database, project, status="scheduling", wake_at=15.0)
    assert database.read_now(parking.next_wake) == 10.0
    assert database.read_now(lambda tx: parking.due(tx, 15.0, 10)) == [early.id, held.id]
    assert database.read_now(lambda tx: parking.due(tx, 99.0, 1)) == [early.id]
    # What was held back has not been tried yet.
    assert [one.attempt for one in database.write_now(lambda tx: parking.wake(tx, [held.id]))] == [1]


def test_a_session_that_is_queued_again_counts_its_crashes_until_a_cell_has_finished(database: Database) -> None:
    session = running(database)
    again = database.write_now(lambda tx: parking.queue_again(tx, session, "a", crashed=True, reason="killed"))
    assert again is not None
    assert (again.status, again.attempt, again.crashes, again.reason) == ("requested", 2, 1, "killed")
    assert database.write_now(lambda tx: parking.queue_again(tx, session, "a", crashed=True, reason="k")) is None
    database.write_now(lambda tx: parking.survived(tx, session.id))
    assert read(database, session.id).crashes == 0


def test_a_session_that_is_to_stop_is_neither_parked_nor_queued_again(database: Database) -> None:
    session = running(database)
    database.write_now(lambda tx: tx.execute(update(table).values(status="canceling")))
    assert database.write_now(lambda tx: parking.park(tx, session, "a", wake_at=None)) is None
    assert database.write_now(lambda tx: parking.queue_again(tx, session, "a", crashed=False, reason="")) is None


def test_the_next_tries_of_triggers_are_found_and_moved_while_they_are_held_back(database: Database) -> None:
    project, other = make_project(database), make_project(database, "ops")
    mine, elses = (make_trigger(database, project, name) for name in ("mine", "elses"))
    held = add_session(database, project, status="scheduling", trigger_id=mine.id, tries=1, wake_at=15.0)
    add_session(database, project, status="requested", trigger_id=mine.id, tries=1)
    add_session(database, project, status="scheduling", trigger_id=elses.id, tries=1, wake_at=15.0)
    many = [mine.id, *(f"trg_{number}" for number in range(1200))]
    assert database.read_now(lambda tx: parking.held_back(tx, many)) == [held]
    place = {"project_id": other.id, "project": "ops", "call": "b.ipynb"}
    database.write_now(lambda tx: parking.move(tx, held, **place))
    moved = read(database, held.id)
    assert (moved.project_id, moved.project, moved.call, moved.wake_at) == (other.id, "ops", "b.ipynb", 15.0)
    database.write_now(lambda tx: parking.wake(tx, [held.id]))
    database.write_now(lambda tx: parking.move(tx, held, **{**place, "call": "c.ipynb"}))
    assert read(database, held.id).call == "b.ipynb"
