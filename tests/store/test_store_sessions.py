"""Sessions are claimed once, gated, fenced by (owner, attempt), ended once, and listed by key."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import pytest
from samples import add_session, make_project, make_trigger, running_session, session_of
from sqlalchemy import Connection, select, update

from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.sessions import CLAIMED, TERMINAL, TRANSITIONS, CellError, Session, Status
from notebook_automation.domain.sorting import Sorting
from notebook_automation.store import changes, session_claims, session_counts, session_pages, sessions
from notebook_automation.store.database import Database, database_time
from notebook_automation.store.tables.sessions import sessions as table

STATUSES: tuple[Status, ...] = get_args(Status)


def read(database: Database, session_id: str) -> Session:
    found = database.read_now(lambda tx: sessions.get(tx, session_id))
    assert found is not None
    return found


def set_status(database: Database, session_id: str, status: str) -> None:
    database.write_now(lambda tx: tx.execute(update(table).where(table.c.id == session_id).values(status=status)))


def expire(database: Database, session_id: str) -> None:
    database.write_now(
        lambda tx: tx.execute(update(table).where(table.c.id == session_id).values(lease_until=database_time(tx) - 1))
    )


def test_a_session_is_read_back_as_it_was_written(database: Database) -> None:
    project = make_project(database)
    error = CellError(ename="ValueError", evalue="no \0 rows", traceback=["\x1b[31mred"], cell_index=3, cell_id="c3")
    full = session_of(
        project, config={"trigger": {"filter": None}}, parameters={"day": "2026-11-21", "n": [1, 2.5]},
        result={"rows": 3}, error=error, progress={"value": 0.5, "message": "half"}, time_limit=12.5, attempt=2,
        owner="a", lease_until=99.5, current_cell=3, total_cells=9, kernel_name="python3", report="html",
        keep="5 versions", started_at=1.5, finished_at=2.5, status="failed", reason="ü",
    )  # fmt: skip
    database.write_now(lambda tx: sessions.add(tx, full))
    assert read(database, full.id) == full
    assert full.duration == 1.0


# claims ---------------------------------------------------------------------------------------------------------


def test_a_claim_takes_the_oldest_requested_sessions_and_never_more_than_asked(database: Database) -> None:
    project = make_project(database)
    made = [add_session(database, project) for _ in range(5)]
    waiting = add_session(database, project, status="waiting")
    before = time.time()
    claimed = database.write_now(lambda tx: session_claims.claim(tx, "a", 3, 30.0))
    assert [one.id for one in claimed] == sorted(one.id for one in made)[:3]
    assert {(one.status, one.owner, one.attempt) for one in claimed} == {("scheduled", "a", 1)}
    assert all(before + 25 < (one.lease_until or 0) < time.time() + 35 for one in claimed)
    assert database.write_now(lambda tx: session_claims.claim(tx, "b", 0, 30.0)) == []
    assert len(database.write_now(lambda tx: session_claims.claim(tx, "b", 10, 30.0))) == 2
    assert database.write_now(lambda tx: session_claims.claim(tx, "b", 10, 30.0)) == []
    assert read(database, waiting.id).status == "waiting"


def test_several_claimers_never_take_a_session_twice_nor_more_than_their_limit(
    database: Database, open_database: Callable[[], Database]
) -> None:
    project = make_project(database)
    made = [session_of(project) for _ in range(200)]
    database.write_now(lambda tx: [sessions.add(tx, one) for one in made])
    claimers = [database, open_database(), open_database(), open_database()]
    start = threading.Barrier(len(claimers))

    def claim(number: int) -> list[str]:
        mine: list[str] = []
        limit = 1 + number % 3
        start.wait(30)
        while True:
            claimed = claimers[number].write_now(lambda tx: session_claims.claim(tx, f"claimer {number}", limit, 60.0))
            assert len(claimed) <= limit
            assert {one.owner for one in claimed} <= {f"claimer {number}"}
            mine.extend(one.id for one in claimed)
            if not claimed:
                return mine

    with ThreadPoolExecutor(len(claimers)) as pool:
        taken = Counter(session_id for part in pool.map(claim, range(len(claimers))) for session_id in part)
    assert taken == Counter(one.id for one in made)


def test_a_claim_that_is_rolled_back_leaves_the_session_to_others(database: Database) -> None:
    add_session(database, make_project(database))

    def fails(tx: Connection) -> None:
        assert len(session_claims.claim(tx, "a", 1, 60.0)) == 1
        raise RuntimeError("the claimer died")

    with pytest.raises(RuntimeError):
        database.write_now(fails)
    assert len(database.write_now(lambda tx: session_claims.claim(tx, "b", 1, 60.0))) == 1


def test_a_session_that_never_began_is_given_back_by_its_owner_alone(database: Database) -> None:
    project = make_project(database)
    begun = running_session(database, project)
    session = add_session(database, project)
    database.write_now(lambda tx: session_claims.claim(tx, "a", 1, 60.0))
    assert database.write_now(lambda tx: session_claims.unclaim(tx, session.id, "b")) is False
    assert database.write_now(lambda tx: session_claims.unclaim(tx, session.id, "a")) is True
    back = read(database, session.id)
    assert (back.status, back.owner, back.lease_until) == ("requested", None, None)
    assert database.write_now(lambda tx: session_claims.unclaim(tx, begun.id, "a")) is False


# the gate and the fence -----------------------------------------------------------------------------------------


def test_the_gate_opens_once_for_the_owner_and_attempt_that_were_claimed(database: Database) -> None:
    session = add_session(database, make_project(database))

    def begin(owner: str, attempt: int) -> Session | None:
        return database.write_now(
            lambda tx: session_claims.acquire(tx, session.id, owner, attempt, token_hash="hash", lease=60.0)
        )

    assert begin("a", 1) is None  # not claimed yet
    database.write_now(lambda tx: session_claims.claim(tx, "a", 1, 60.0))
    assert begin("b", 1) is None
    assert begin("a", 2) is None
    begun = begin("a", 1)
    assert begun is not None
    assert (begun.status, begun.started_at is not None) == ("running", True)
    assert begin("a", 1) is None  # the message was delivered twice


def test_a_gate_that_many_runners_reach_at_once_lets_one_through(
    database: Database, open_database: Callable[[], Database]
) -> None:
    session = add_session(database, make_project(database))
    database.write_now(lambda tx: session_claims.claim(tx, "a", 1, 60.0))
    runners = [database, open_database(), open_database()]
    start = threading.Barrier(12)

    def begin(number: int) -> bool:
        start.wait(30)
        runner = runners[number % 3]
        return (
            runner.write_now(
                lambda tx: session_claims.acquire(tx, session.id, "a", 1, token_hash=f"{number}", lease=60.0)
            )
            is not None
        )

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(begin, range(12))) == 1


@pytest.mark.parametrize(("owner", "attempt"), [("b", 1), ("a", 2), ("a", 0)])
def test_every_write_of_another_attempt_is_refused(database: Database, owner: str, attempt: int) -> None:
    session = running_session(database, make_project(database))
    writes: list[Callable[[Connection], Any]] = [
        lambda tx: session_claims.renew(tx, session.id, owner, attempt, 600.0),
        lambda tx: sessions.report(tx, session.id, owner, attempt, {"current_cell": 7}),
        lambda tx: sessions.end(tx, session.id, "completed", owner=owner, attempt=attempt, result=1),
    ]
    assert [bool(database.write_now(write)) for write in writes] == [False, False, False]
    assert read(database, session.id) == session


def test_the_attempt_that_holds_a_session_renews_reports_and_ends_it(database: Database) -> None:
    session = running_session(database, make_project(database), lease=5.0)
    assert database.write_now(lambda tx: session_claims.renew(tx, session.id, "a", 1, 600.0)) == "running"
    assert (read(database, session.id).lease_until or 0) > (session.lease_until or 0) + 500
    values = {"current_cell": 2, "total_cells": 5, "kernel_name": "python3"}
    assert database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, values)) is True
    ended = database.write_now(
        lambda tx: sessions.end(tx, session.id, "completed", owner="a", attempt=1, result={"rows": 3})
    )
    assert ended is not None
    assert (ended.status, ended.result, ended.current_cell, ended.lease_until) == ("completed", {"rows": 3}, 2, None)
    assert ended.duration is not None
    assert read(database, session.id) == ended


def test_an_attempt_that_was_given_up_can_write_nothing_more(database: Database) -> None:
    session = running_session(database, make_project(database))
    database.write_now(lambda tx: sessions.end(tx, session.id, "abandoned", reason="No sign of life."))
    assert database.write_now(lambda tx: session_claims.renew(tx, session.id, "a", 1, 60.0)) is None
    assert database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"current_cell": 1})) is False
    assert database.write_now(lambda tx: sessions.end(tx, session.id, "completed", owner="a", attempt=1)) is None
    assert database.write_now(lambda tx: sessions.set_progress(tx, session.id, {"value": 1})) is False
    gone = read(database, session.id)
    assert (gone.status, gone.reason, gone.current_cell) == ("abandoned", "No sign of life.", None)


def test_a_runner_hears_at_its_next_sign_of_life_that_it_is_to_stop(database: Database) -> None:
    session = running_session(database, make_project(database))
    database.write_now(lambda tx: sessions.change_status(tx, session.id, "running", "canceling", "Cancelled by ana."))
    assert database.write_now(lambda tx: session_claims.renew(tx, session.id, "a", 1, 60.0)) == "canceling"
    ended = database.write_now(lambda tx: sessions.end(tx, session.id, "cancelled", owner="a", attempt=1, reason="x"))
    assert ended is not None


def test_a_token_is_good_for_its_session_and_ends_with_it(database: Database) -> None:
    session = running_session(database, make_project(database))
    token = f"hash of {session.id}"
    assert database.read_now(lambda tx: sessions.by_token(tx, token)) == session
    assert database.read_now(lambda tx: sessions.by_token(tx, "another")) is None
    database.write_now(lambda tx: sessions.end(tx, session.id, "failed", owner="a", attempt=1))
    assert database.read_now(lambda tx: sessions.by_token(tx, token)) is None
    kept = select(table.c.token_hash).where(table.c.id == session.id)
    assert database.read_now(lambda tx: tx.execute(kept).scalar()) is None, "nothing is left of it"


@pytest.mark.parametrize("status", sorted(set(STATUSES) - CLAIMED))
def test_a_token_opens_nothing_unless_its_session_runs(database: Database, status: Status) -> None:
    session = running_session(database, make_project(database))
    set_status(database, session.id, status)
    assert database.read_now(lambda tx: sessions.by_token(tx, f"hash of {session.id}")) is None


# transitions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", STATUSES)
def test_a_status_changes_only_as_the_table_says(database: Database, now: Status) -> None:
    project = make_project(database)
    for then in STATUSES:
        session = add_session(database, project, status=now)
        change = lambda tx, session=session, then=then: sessions.change_status(tx, session.id, now, then, "why")  # noqa: E731
        if then in TRANSITIONS[now]:
            assert database.write_now(change) is True
            assert read(database, session.id).status == then
        else:
            with pytest.raises(Conflict):
                database.write_now(change)
            assert read(database, session.id).status == now


@pytest.mark.parametrize("now", STATUSES)
def test_a_session_is_ended_only_where_the_table_says_so(database: Database, now: Status) -> None:
    project = make_project(database)
    for then in sorted(TERMINAL):
        session = add_session(database, project, status=now)
        end = lambda tx, session=session, then=then: sessions.end(tx, session.id, then, reason="why")  # noqa: E731
        if then in TRANSITIONS[now]:
            ended = database.write_now(end)
            assert ended is not None
            assert (ended.status, ended.reason, ended.finished_at is None) == (then, "why", False)
        else:
            with pytest.raises(Conflict):
                database.write_now(end)
            assert read(database, session.id) == session


def test_a_runner_cannot_complete_what_it_has_not_begun(database: Database) -> None:
    session = add_session(database, make_project(database))
    database.write_now(lambda tx: session_claims.claim(tx, "a", 1, 60.0))
    with pytest.raises(Conflict):
        database.write_now(lambda tx: sessions.end(tx, session.id, "completed", owner="a", attempt=1))
    assert read(database, session.id).status == "scheduled"


def test_many_who_end_a_session_at_once_give_it_one_end(
    database: Database, open_database: Callable[[], Database]
) -> None:
    session = running_session(database, make_project(database))
    ends: list[tuple[Status, dict[str, Any]]] = [
        ("completed", {"owner": "a", "attempt": 1}),
        ("failed", {"owner": "a", "attempt": 1}),
        ("abandoned", {}),
        ("timeout", {}),
    ]
    others = [database, open_database(), open_database(), open_database()]
    start = threading.Barrier(len(ends))

    def end(number: int) -> bool:
        status, named = ends[number]
        start.wait(30)
        try:
            ended = others[number].write_now(lambda tx: sessions.end(tx, session.id, status, reason=status, **named))
        except Conflict:
            return False
        return ended is not None

    with ThreadPoolExecutor(len(ends)) as pool:
        won = list(pool.map(end, range(len(ends))))
    assert sum(won) == 1
    assert read(database, session.id).status == ends[won.index(True)][0]
    told = database.read_now(lambda tx: changes.after(tx, 0))
    assert sum(getattr(one.content, "status", None) in TERMINAL for one in told) == 1


def test_ending_a_session_that_is_not_there_is_no_error(database: Database) -> None:
    assert database.write_now(lambda tx: sessions.end(tx, "ses_none", "failed")) is None


# lost -----------------------------------------------------------------------------------------------------------


def test_claimed_are_those_that_somebody_has(database: Database) -> None:
    project = make_project(database)
    running, cancelling = (running_session(database, project) for _ in range(2))
    never_began = add_session(database, project)
    database.write_now(lambda tx: session_claims.claim(tx, "a", 1, 60.0))
    database.write_now(lambda tx: sessions.change_status(tx, cancelling.id, "running", "canceling", "x"))
    ended = running_session(database, project)
    database.write_now(lambda tx: sessions.end(tx, ended.id, "completed", owner="a", attempt=1))
    add_session(database, project)
    found = {session.id for session in database.read_now(session_claims.claimed)}
    assert found == {running.id, never_began.id, cancelling.id}


def test_a_session_is_taken_only_from_one_that_was_silent_since(database: Database) -> None:
    project = make_project(database)
    session = running_session(database, project)
    assert database.write_now(lambda tx: session_claims.renew(tx, session.id, "a", 1, 90.0)) == "running"
    assert database.write_now(lambda tx: session_claims.take_from(tx, session, "reaper")) is None
    silent = read(database, session.id)
    taken = database.write_now(lambda tx: session_claims.take_from(tx, silent, "reaper"))
    assert taken is not None
    assert taken.owner == "reaper"
    assert database.write_now(lambda tx: session_claims.renew(tx, session.id, "a", 1, 60.0)) is None
    assert not database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"current_cell": 2}))
    assert database.write_now(lambda tx: sessions.end(tx, session.id, "failed", owner="a", attempt=1)) is None


def test_the_databases_clock_is_this_ones(database: Database) -> None:
    assert abs(database.read_now(database_time) - time.time()) < 5


# lists ----------------------------------------------------------------------------------------------------------


def test_pages_hold_each_session_once_whatever_filter_while_new_ones_come_in(database: Database) -> None:
    projects = [make_project(database, name) for name in ("sales", "payroll")]
    triggers = [make_trigger(database, project, name) for project in projects for name in ("a", "b")]
    statuses: tuple[Status, ...] = ("completed", "failed", "running")
    made: list[Session] = []
    for number in range(60):
        trigger = triggers[number % 4]
        project = projects[number % 4 // 2]
        made.append(
            add_session(
                database,
                project,
                trigger_id=trigger.id,
                trigger_ref=trigger.ref,
                status=statuses[number % 3],
                call=f"{number % 2}.ipynb",
                parent_id=made[0].id if number % 7 == 6 else None,
            )
        )
    middle = sorted(one.id for one in made)[30]
    offered: list[tuple[dict[str, Any], Callable[[Session], bool]]] = [
        ({}, lambda one: True),
        ({"statuses": ["failed"]}, lambda one: one.status == "failed"),
        ({"statuses": ["failed", "running"]}, lambda one: one.status in ("failed", "running")),
        ({"statuses": ["timeout"]}, lambda one: False),
        ({"project_id": projects[0].id}, lambda one: one.project == "sales"),
        (
            {"project_id": projects[0].id, "statuses": ["failed", "completed"]},
            lambda one: one.project == "sales" and one.status in ("failed", "completed"),
        ),
        ({"trigger_id": triggers[1].id}, lambda one: one.trigger_id == triggers[1].id),
        (
            {"trigger_id": triggers[1].id, "statuses": ["completed"]},
            lambda one: one.trigger_id == triggers[1].id and one.status == "completed",
        ),
        ({"call": "0.ipynb"}, lambda one: one.call == "0.ipynb"),
        ({"call": "0.ipynb", "project_id": projects[1].id}, lambda one: one.call[0] == "0" and one.project != "sales"),
        ({"parent_id": made[0].id}, lambda one: one.parent_id == made[0].id),
        ({"since_id": middle}, lambda one: one.id >= middle),
        ({"until_id": middle, "statuses": ["failed"]}, lambda one: one.id < middle and one.status == "failed"),
    ]
    for filters, wanted in offered:
        for ascending in (False, True):
            expected = sorted((one.id for one in made if wanted(one)), reverse=not ascending)
            seen: list[str] = []
            cursor: str | None = None
            while True:
                page, cursor = database.read_now(
                    lambda tx, cursor=cursor, ascending=ascending, filters=filters: session_pages.listed(
                        tx, limit=4, cursor=cursor, sorting=Sorting(ascending=ascending), **filters
                    )
                )
                seen.extend(one.id for one in page)
                if cursor is None:
                    break
                if len(seen) <= 8:
                    made.append(add_session(database, projects[0], call="new.ipynb", status="canceling"))
            known = set(expected)
            assert [one for one in seen if one in known] == expected, filters
            assert len(seen) == len(set(seen)), filters


def test_recent_and_counts_and_statuses(database: Database) -> None:
    project = make_project(database)
    trigger = make_trigger(database, project)
    made = [
        add_session(database, project, trigger_id=trigger.id, status=status)
        for status in ("completed", "failed", "failed", "running")
    ]
    add_session(database, project, status="failed")
    newest = sorted(made, key=lambda one: one.id, reverse=True)
    assert database.read_now(lambda tx: sessions.recent(tx, trigger.id, 2)) == newest[:2]
    assert database.read_now(lambda tx: session_counts.count(tx, ["failed"])) == 3
    assert database.read_now(lambda tx: session_counts.count(tx, ["failed"], made[2].id)) == 2
    assert database.read_now(lambda tx: sessions.statuses(tx, [made[0].id, "ses_none"])) == {made[0].id: "completed"}


def test_every_change_of_a_session_is_announced_in_its_own_transaction(database: Database) -> None:
    session = running_session(database, make_project(database))
    database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"current_cell": 1}))
    database.write_now(lambda tx: sessions.set_progress(tx, session.id, {"value": 0.5, "message": "half"}))
    database.write_now(lambda tx: sessions.end(tx, session.id, "completed", owner="a", attempt=1))
    told = [one for one in database.read_now(lambda tx: changes.after(tx, 0)) if one.entity == session.id]
    assert [(one.activity, one.content.status) for one in told] == [
        ("created", "requested"), ("updated", "scheduled"), ("updated", "running"), ("cell", "running"),
        ("progress", "running"), ("updated", "completed"),
    ]  # fmt: skip
    assert database.read_now(lambda tx: tx.execute(select(table.c.progress)).scalar()) == told[4].content.progress
