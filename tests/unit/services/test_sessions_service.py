"""Sessions: started, cancelled, retried, listed, and seen by their own code."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace
from typing import Any

import pytest
from running_sessions import TOKEN, end, running
from sqlalchemy import update

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, Invalid, NotFound
from notebook_automation.domain.sessions import SESSION_ID
from notebook_automation.domain.snapshots import snapshot_of
from notebook_automation.store import parking, session_claims, snapshots
from notebook_automation.store import sessions as session_rows
from notebook_automation.store.tables.sessions import sessions as session_table


async def test_a_session_by_hand_is_queued_with_checked_parameters(server: Any, ana: Caller):
    project = await server.project()
    server.notebook("sales/report.ipynb")
    view = await server.sessions.start(
        ana, project, "report.ipynb", parameters={"count": 5}, report="html", keep="1 day"
    )
    stored = (await server.sessions.get(ana, view.session.id)).session
    assert stored == view.session
    assert (stored.status, stored.started_by, stored.parameters) == ("requested", "ana", {"count": 5})
    assert server.queued


async def test_a_retry_that_is_held_back_can_be_cancelled(server: Any, ana: Caller):
    project = await server.project()
    server.notebook("sales/report.ipynb")
    made = (await server.sessions.start(ana, project, "report.ipynb")).session
    held = replace(made, id=SESSION_ID.new(), status="scheduling", wake_at=time.time() + 600, tries=1)
    server.database.write_now(lambda tx: session_rows.add(tx, held))
    cancelled = (await server.sessions.cancel(ana, held.id)).session
    assert (cancelled.status, cancelled.reason) == ("cancelled", "Cancelled by ana.")
    assert server.database.read_now(lambda tx: parking.due(tx, time.time() + 1000, 9)) == []
    assert server.database.read_now(parking.next_wake) is None


@pytest.mark.parametrize(
    ("call", "options", "code"),
    [
        ("gone.ipynb", {}, "call_not_found"), ("report.txt", {}, "call_invalid"), ("../x.ipynb", {}, "call_invalid"),
        ("report.ipynb", {"parameters": {"nope": 1}}, "parameter_unknown"),
        ("report.ipynb", {"parameters": {"count": "x"}}, "parameter_type"),
        ("report.ipynb", {"time_limit": -1.0}, "run_invalid"),
        ("report.ipynb", {"time_limit": float("nan")}, "run_invalid"),
        ("report.ipynb", {"report": "docx"}, "run_invalid"), ("report.ipynb", {"keep": "a while"}, "retention_invalid"),
    ],
)  # fmt: skip
async def test_a_session_that_cannot_run_is_not_queued(
    server: Any, ana: Caller, call: str, options: dict[str, Any], code: str
):
    project = await server.project()
    server.notebook("sales/report.ipynb")
    with pytest.raises(AutomationError) as refused:
        await server.sessions.start(ana, project, call, **options)
    assert refused.value.code == code
    assert server.queued == []


async def test_cancelling_ends_what_waits_and_asks_what_runs(server: Any, ana: Caller):
    project = await server.project()
    server.notebook("sales/report.ipynb")
    waiting = (await server.sessions.start(ana, project, "report.ipynb")).session.id
    cancelled = (await server.sessions.cancel(ana, waiting)).session
    assert (cancelled.status, cancelled.reason, cancelled.finished_at is None) == (
        "cancelled",
        "Cancelled by ana.",
        False,
    )
    held = await running(server, ana)
    for _ in range(2):
        asked = (await server.sessions.cancel(ana, held)).session
        assert (asked.status, asked.finished_at) == ("canceling", None)
    assert held in server.stopped
    end(server, held, "cancelled")
    assert (await server.sessions.cancel(ana, held)).session.status == "cancelled"
    entries = await server.sessions.log(ana, held, after=0, limit=100)
    assert [entry.kind for entry in entries] == ["stop_request"]
    with pytest.raises(NotFound):
        await server.sessions.cancel(ana, "ses_none")


async def test_cancelling_while_it_ends_leaves_one_end(server: Any, ana: Caller):
    for _ in range(10):
        session_id = await running(server, ana)
        answers = await asyncio.gather(
            server.sessions.cancel(ana, session_id),
            asyncio.to_thread(end, server, session_id),
            server.sessions.cancel(ana, session_id),
            return_exceptions=True,
        )
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert (await server.sessions.get(ana, session_id)).session.status == "completed"


async def test_a_retry_does_what_the_ended_one_did(server: Any, ana: Caller):
    session_id = await running(server, ana, parameters={"count": 5}, report="html", time_limit=60.0)
    with pytest.raises(Conflict):
        await server.sessions.retry(ana, session_id)
    end(server, session_id, "failed")
    again = (await server.sessions.retry(ana, session_id)).session
    assert again.id != session_id
    assert (again.retry_of, again.parameters, again.report, again.time_limit) == (
        session_id,
        {"count": 5},
        "html",
        60.0,
    )
    assert (again.status, again.attempt, again.error) == ("requested", 1, None)


async def test_a_retry_runs_the_same_files_or_those_of_now(server: Any, ana: Caller):
    trigger = await server.trigger()
    [session_id] = (await server.events.fire(ana, trigger.ref, parameters={"count": 5})).session_ids
    snapshot = snapshot_of([])

    def work(tx: Any) -> None:
        snapshots.add(tx, snapshot)
        session_claims.claim(tx, "a", 10, 60.0)
        assert session_claims.acquire(tx, session_id, "a", 1, token_hash="x", lease=60.0)
        assert session_rows.report(tx, session_id, "a", 1, {"snapshot_id": snapshot.id})

    await server.database.write(work)
    end(server, session_id, "failed")
    assert (await server.sessions.retry(ana, session_id)).session.snapshot_id == snapshot.id
    again = (await server.sessions.retry(ana, session_id, current_files=True)).session
    assert (again.snapshot_id, again.call, again.parameters) == (None, "report.ipynb", {"count": 5})
    # Renamed meanwhile, and its trigger with it.
    file = server.root / "sales" / "report.ipynb"
    renamed = file.rename(file.with_name("renamed.ipynb"))
    with pytest.raises(NotFound):
        await server.sessions.retry(ana, session_id, current_files=True)
    await server.file_moves.moved(ana, file, renamed)
    assert (await server.sessions.retry(ana, session_id, current_files=True)).session.call == "renamed.ipynb"
    server.notebook("sales/renamed.ipynb", "total = 1")
    with pytest.raises(Invalid):
        await server.sessions.retry(ana, session_id, current_files=True)


async def test_no_id_is_older_than_its_session_however_slow_the_machine(
    server: Any, ana: Caller, monkeypatch: pytest.MonkeyPatch
):
    project = await server.project()
    server.notebook("sales/report.ipynb")
    began = time.time()
    clock = itertools.count(1)
    # Each look at the clock is a millisecond later than the one before.
    monkeypatch.setattr(time, "time", lambda: began + next(clock) / 1000)
    made = (await server.sessions.start(ana, project, "report.ipynb")).session
    await server.sessions.cancel(ana, made.id)
    for session in (made, (await server.sessions.retry(ana, made.id)).session):
        assert session.id[:14] >= SESSION_ID.new(session.created_at)[:14]


async def test_a_retried_child_is_still_its_parents(server: Any, ana: Caller):
    parent = await running(server, ana)
    project = await server.project()
    code = Caller(kind="session", login="ana", session_id=parent, project_id=project.id)
    child = (await server.sessions.start(code, project, "report.ipynb")).session
    await server.sessions.cancel(ana, child.id)
    again = (await server.sessions.retry(ana, child.id)).session
    assert (again.retry_of, again.parent_id) == (child.id, parent)


async def test_sessions_are_listed_by_every_filter_and_counted(server: Any, ana: Caller):
    session_id = await running(server, ana)
    failed = await running(server, ana)
    end(server, failed, "failed")
    other = await server.trigger(folder="other")
    fired = await server.events.fire(ana, other.id)

    async def ids(**filters: Any) -> list[str]:
        found, _ = await server.sessions.listed(ana, limit=10, cursor=None, **filters)
        return [view.session.id for view in found]

    assert await ids(project="sales", statuses=["running"]) == [session_id]
    assert await ids(trigger="other/orders") == [*fired.session_ids]
    assert await ids(trigger="other/orders", project="sales") == []
    assert await ids(until=0.0) == []
    assert await ids(since=-1e12, project="other") == [*fired.session_ids]
    assert await ids(since=time.time() + 60) == []
    with pytest.raises(NotFound):
        await ids(trigger="other/none")
    counts = await server.sessions.counts(ana, time.time() - 3600)
    assert (counts.running, counts.queued, counts.failed) == (1, 1, 1)


async def test_a_token_stands_for_its_running_session_and_no_longer(server: Any, ana: Caller):
    session_id = await running(server, ana)
    caller = await server.session_code.caller_of(TOKEN)
    assert (caller.kind, caller.session_id) == ("session", session_id)
    with pytest.raises(Forbidden):
        await server.session_code.caller_of("nas_guessed")
    end(server, session_id)
    with pytest.raises(Forbidden) as refused:
        await server.session_code.caller_of(TOKEN)
    assert refused.value.code == "token_invalid"


async def test_only_the_code_of_a_session_tells_of_it_and_only_of_itself(server: Any, ana: Caller):
    session_id = await running(server, ana)
    code = await server.session_code.caller_of(TOKEN)
    outcome = await server.session_code.add_outcome(code, session_id, {"n": 1}, more=False, http={"status": 201})
    assert (await server.sessions.outcomes(ana, session_id)) == [outcome]
    await server.session_code.set_progress(code, session_id, 1.7, "x" * 900)
    progress = (await server.sessions.get(ana, session_id)).session.progress
    assert (progress["value"], len(progress["message"])) == (1.0, 500)
    await server.projects.set_variable(ana, await server.project(), "TOKEN", "s3cr3t-canary", secret=True)
    hidden = f"asking with s3cr3t-canary {'x' * 470} s3cr3t-canary"
    await server.session_code.set_progress(code, session_id, 0.5, hidden)
    message = (await server.sessions.get(ana, session_id)).session.progress["message"]
    # Hidden before it is cut off: half a secret would not be known as one.
    assert message == f"asking with *** {'x' * 470} ***"
    other = await running(server, ana)
    for attempt in (
        server.session_code.add_outcome(ana, session_id, 1, more=True, http=None),
        server.session_code.set_progress(ana, session_id, 0.5, ""),
        server.session_code.add_outcome(code, other, 1, more=True, http=None),
    ):
        with pytest.raises(Forbidden):
            await attempt
    end(server, session_id)
    with pytest.raises(Conflict):
        await server.session_code.add_outcome(code, session_id, 1, more=True, http=None)
    with pytest.raises(Conflict):
        await server.session_code.set_progress(code, session_id, 0.5, "")


async def test_a_session_sees_its_secrets_and_a_person_looking_at_it_does_not(server: Any, ana: Caller):
    session_id = await running(server, ana)
    project = await server.project()
    await server.projects.set_variable(ana, project, "TOKEN", "s3cr3t", secret=True)
    await server.projects.set_variable(ana, project, "REGION", "emea", secret=False)
    code = await server.session_code.caller_of(TOKEN)
    assert (await server.session_code.context(code, session_id))[2] == {"TOKEN": "s3cr3t", "REGION": "emea"}
    assert (await server.session_code.context(ana, session_id))[2] == {"REGION": "emea"}


async def test_a_held_session_is_not_shown_as_another_status_than_it_has(server: Any, ana: Caller):
    session_id = await running(server, ana)
    change = update(session_table).where(session_table.c.id == session_id).values(status="waiting")
    server.database.write_now(lambda tx: tx.execute(change))
    cancelled = (await server.sessions.cancel(ana, session_id)).session
    assert cancelled.status == "cancelled"


async def test_what_waits_without_a_process_keeps_its_server_from_going(server: Any, ana: Caller):
    project = await server.project()
    server.notebook("sales/report.ipynb")
    session_id = (await server.sessions.start(ana, project, "report.ipynb", is_durable=True)).session.id
    assert server.sessions.unended_now() == 1
    work = update(session_table).where(session_table.c.id == session_id).values(status="waiting")
    await server.database.write(lambda tx: tx.execute(work))
    assert server.sessions.unended_now() == 1
    await server.sessions.cancel(ana, session_id)
    assert server.sessions.unended_now() == 0
