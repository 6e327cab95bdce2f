"""What follows sessions that have ended, on each kind of database: one by one, several together, in circles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from follower import Follower, waiting_trigger
from samples import add_session, make_project, running_session, session_of

from notebook_automation.domain.after import After
from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import session_claims, session_ends, session_log, session_removal, sessions, triggers
from notebook_automation.store.database import Database
from notebook_automation.store.tables.session_ends import session_ends as table


@pytest.fixture
def follower(database: Database, tmp_path: Any) -> Follower:
    return Follower(database, tmp_path)


def following(database: Database, project: Project, name: str, after: After, **fields: Any) -> Trigger:
    return waiting_trigger(database, project, name, type="session", after=after, **fields)


def ended(database: Database, project: Project, status: Any = "completed", at: float = 0.0, **fields: Any) -> Session:
    """A session that has ended at a time (epoch seconds)."""
    session = running_session(database, project, **fields)
    result = {"rows": 3}
    done = database.write_now(lambda tx: sessions.end(tx, session.id, status, owner="a", attempt=1, result=result))
    assert done is not None
    if at:
        database.write_now(lambda tx: _moved(tx, session.id, at))
    return done


def _moved(tx: Any, session_id: str, at: float) -> None:
    tx.execute(table.update().where(table.c.session_id == session_id).values(ended_at=at))


async def test_an_end_is_followed_once_and_its_data_is_there_for_mappings(
    database: Database, follower: Follower
) -> None:
    project = make_project(database)
    trigger = following(
        database, project, "summary", After(of=("load",)), mapping={"rows": "data.session.result.rows"},
        filter="data.session.duration >= 0.0",
    )  # fmt: skip
    load = ended(database, project, trigger_ref="sales/load", requester="bea", came_by="schedule")
    ended(database, project, "failed", trigger_ref="sales/load")
    ended(database, project, trigger_ref="sales/other")
    [session] = await follower.look()
    assert (session.call, session.parameters, session.trigger_id) == ("summary.ipynb", {"rows": 3}, trigger.id)
    assert (session.requester, session.came_by, session.config["depth"]) == ("bea", "schedule", 1)
    [event] = follower.events(trigger)
    assert (event.type, event.source, event.data["session"]["id"]) == ("completed", "session", load.id)
    assert event.data["sessions"] == {"load": event.data["session"]}
    assert await follower.look() == []
    assert await follower.ends.next_time() is None


async def test_only_a_try_after_which_no_other_comes_is_followed(database: Database, follower: Follower) -> None:
    project = make_project(database)
    following(database, project, "alarm", After(of=("load.ipynb",), statuses=("failed",)))
    first = running_session(database, project, call="load.ipynb")
    second = add_session(database, project, call="load.ipynb", retry_of=first.id)

    def work(tx: Any) -> None:
        sessions.end(tx, first.id, "failed", owner="a", attempt=1)
        sessions.set_retried_by(tx, first.id, second.id)

    database.write_now(work)
    assert await follower.look() == []
    database.write_now(lambda tx: sessions.end(tx, second.id, "failed"))
    assert [one.call for one in await follower.look()] == ["alarm.ipynb"]


async def test_an_end_that_is_taken_back_leaves_nothing(database: Database, follower: Follower) -> None:
    project = make_project(database)
    following(database, project, "summary", After(of=("report.ipynb",), statuses=("cancelled",)))
    session = add_session(database, project)

    def work(tx: Any) -> None:
        sessions.end(tx, session.id, "cancelled")
        raise Conflict("Not after all.")

    with pytest.raises(Conflict):
        database.write_now(work)
    assert await follower.look() == []
    database.write_now(lambda tx: sessions.end(tx, session.id, "cancelled"))
    assert len(await follower.look()) == 1


async def test_all_of_several_run_once_when_the_last_has_ended_and_wait_through_a_restart(
    database: Database, follower: Follower, tmp_path: Any
) -> None:
    project = make_project(database)
    trigger = following(database, project, "join", After(of=("emea", "apac", "us.ipynb"), within=60.0))
    ended(database, project, trigger_ref="sales/emea", at=100.0)
    assert await follower.look(101.0) == []
    assert await follower.ends.next_time() == 160.0
    ended(database, project, trigger_ref="sales/apac", at=110.0)
    restarted = Follower(database, tmp_path)
    assert await restarted.look(111.0) == []
    last = ended(database, project, call="us.ipynb", at=159.0)
    [session] = await restarted.look(159.5)
    assert session.call == "join.ipynb"
    [event] = restarted.events(trigger)
    assert (sorted(event.data["sessions"]), event.data["session"]["id"]) == (["apac", "emea", "us.ipynb"], last.id)
    assert await restarted.ends.next_time() is None


async def test_what_waited_for_others_in_vain_is_recorded_at_its_time(database: Database, follower: Follower) -> None:
    project = make_project(database)
    trigger = following(database, project, "join", After(of=("emea", "apac"), within=60.0))
    ended(database, project, trigger_ref="sales/emea", at=100.0)
    assert await follower.look(130.0) == []
    ended(database, project, trigger_ref="sales/apac", at=161.0)
    assert await follower.look(162.0) == []
    assert await follower.look(221.0) == []
    first, second = follower.events(trigger)
    assert [(one.type, one.data["missing"]) for one in (first, second)] == [
        ("incomplete", ["apac"]), ("incomplete", ["emea"])
    ]  # fmt: skip
    assert await follower.ends.next_time() is None


async def test_a_circle_stops_and_says_why(database: Database, tmp_path: Any) -> None:
    project = make_project(database)
    follower = Follower(database, tmp_path, chain_max=3)
    ping = following(database, project, "ping", After(of=("pong",)))
    following(database, project, "pong", After(of=("ping",)))
    ended(database, project, trigger_ref="sales/pong")
    depths = []
    last = ""
    while queued := await follower.look():
        [session] = queued
        depths.append(session.config["depth"])
        last = session.id

        def work(tx: Any, key: str = session.id) -> None:
            session_claims.claim(tx, "a", 1, 60.0)
            session_claims.acquire(tx, key, "a", 1, token_hash=key, lease=60.0)
            sessions.end(tx, key, "completed", owner="a", attempt=1)

        database.write_now(work)
    assert depths == [1, 2, 3]
    log = database.read_now(lambda tx: session_log.read(tx, last, 0, 100))
    assert "3 sessions have followed each other" in log[-1].text
    assert follower.events(ping)[0].type == "completed"


async def test_what_a_session_starts_counts_as_one_of_its_chain(database: Database, tmp_path: Any) -> None:
    project = make_project(database)
    follower = Follower(database, tmp_path, chain_max=3)
    trigger = following(database, project, "ping", After(of=("report.ipynb",)))
    parent = running_session(database, project, config={"depth": 3})
    ended(database, project, parent_id=parent.id)
    assert await follower.look() == []
    assert [one.type for one in follower.events(trigger)] == ["loop"]


async def test_a_trigger_that_is_off_or_gone_follows_nothing(database: Database, follower: Follower) -> None:
    project = make_project(database)
    off = following(database, project, "off", After(of=("report.ipynb",)))
    gone = following(database, project, "gone", After(of=("report.ipynb",)))
    session = ended(database, project)
    database.write_now(lambda tx: triggers.change(tx, replace(off, enabled=False)))
    database.write_now(lambda tx: triggers.remove(tx, gone.id))
    assert await follower.look() == []
    assert await follower.ends.next_time() is None
    database.write_now(lambda tx: triggers.change(tx, off))
    session = ended(database, project)
    database.write_now(lambda tx: session_removal.remove(tx, session))
    assert await follower.look() == []
    assert database.read_now(lambda tx: session_ends.due(tx, 1e12, 9)) == []


async def test_a_thousand_ends_are_each_followed_once(database: Database, follower: Follower) -> None:
    project = make_project(database)
    following(database, project, "each", After(of=("report.ipynb",), statuses=("cancelled",)))
    made = [session_of(project) for _ in range(1000)]
    database.write_now(lambda tx: [sessions.add(tx, one) for one in made])
    database.write_now(lambda tx: [sessions.end(tx, one.id, "cancelled") for one in made])
    assert len(await follower.look()) == 1000
    assert await follower.look() == []
