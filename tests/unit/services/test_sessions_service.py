"""Sessions: started, cancelled, retried, listed, and seen by their own code."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest
from running_sessions import TOKEN, end, running
from sqlalchemy import update

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, NotFound
from notebook_automation.domain.sessions import SESSION_ID
from notebook_automation.store.tables.sessions import sessions as session_table


async def test_a_session_by_hand_is_queued_with_checked_parameters(rooms: Any, ana: Caller):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    view = await rooms.sessions.start(
        ana, project, "report.ipynb", parameters={"count": 5}, report="html", keep="1 day"
    )
    stored = (await rooms.sessions.get(ana, view.session.id)).session
    assert stored == view.session
    assert (stored.status, stored.started_by, stored.parameters) == ("requested", "ana", {"count": 5})
    assert rooms.queued


@pytest.mark.parametrize(
    ("call", "options", "code"),
    [
        ("gone.ipynb", {}, "call_not_found"), ("report.txt", {}, "call_invalid"), ("../x.ipynb", {}, "call_invalid"),
        ("report.ipynb", {"parameters": {"nope": 1}}, "parameter_unknown"),
        ("report.ipynb", {"parameters": {"count": "x"}}, "parameter_type"),
        ("report.ipynb", {"time_limit": -1.0}, "run_invalid"),
        ("report.ipynb", {"time_limit": float("nan")}, "run_invalid"),
        ("report.ipynb", {"report": "pdf"}, "run_invalid"), ("report.ipynb", {"keep": "a while"}, "retention_invalid"),
    ],
)  # fmt: skip
async def test_a_session_that_cannot_run_is_not_queued(
    rooms: Any, ana: Caller, call: str, options: dict[str, Any], code: str
):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    with pytest.raises(AutomationError) as refused:
        await rooms.sessions.start(ana, project, call, **options)
    assert refused.value.code == code
    assert rooms.queued == []


async def test_cancelling_ends_what_waits_and_asks_what_runs(rooms: Any, ana: Caller):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    waiting = (await rooms.sessions.start(ana, project, "report.ipynb")).session.id
    cancelled = (await rooms.sessions.cancel(ana, waiting)).session
    assert (cancelled.status, cancelled.reason, cancelled.finished_at is None) == (
        "cancelled",
        "Cancelled by ana.",
        False,
    )
    held = await running(rooms, ana)
    for _ in range(2):
        asked = (await rooms.sessions.cancel(ana, held)).session
        assert (asked.status, asked.finished_at) == ("canceling", None)
    assert held in rooms.stopped
    end(rooms, held, "cancelled")
    assert (await rooms.sessions.cancel(ana, held)).session.status == "cancelled"
    entries = await rooms.sessions.log(ana, held, after=0, limit=100)
    assert [entry.kind for entry in entries] == ["stop_request"]
    with pytest.raises(NotFound):
        await rooms.sessions.cancel(ana, "ses_none")


async def test_cancelling_while_it_ends_leaves_one_end(rooms: Any, ana: Caller):
    for _ in range(10):
        session_id = await running(rooms, ana)
        answers = await asyncio.gather(
            rooms.sessions.cancel(ana, session_id),
            asyncio.to_thread(end, rooms, session_id),
            rooms.sessions.cancel(ana, session_id),
            return_exceptions=True,
        )
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert (await rooms.sessions.get(ana, session_id)).session.status == "completed"


async def test_a_retry_does_what_the_ended_one_did(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana, parameters={"count": 5}, report="html", time_limit=60.0)
    with pytest.raises(Conflict):
        await rooms.sessions.retry(ana, session_id)
    end(rooms, session_id, "failed")
    again = (await rooms.sessions.retry(ana, session_id)).session
    assert again.id != session_id
    assert (again.retry_of, again.parameters, again.report, again.time_limit) == (
        session_id,
        {"count": 5},
        "html",
        60.0,
    )
    assert (again.status, again.attempt, again.error) == ("requested", 1, None)


async def test_no_id_is_older_than_its_session_however_slow_the_machine(
    rooms: Any, ana: Caller, monkeypatch: pytest.MonkeyPatch
):
    project = await rooms.project()
    rooms.notebook("sales/report.ipynb")
    began = time.time()
    clock = itertools.count(1)
    # Each look at the clock is a millisecond later than the one before.
    monkeypatch.setattr(time, "time", lambda: began + next(clock) / 1000)
    made = (await rooms.sessions.start(ana, project, "report.ipynb")).session
    await rooms.sessions.cancel(ana, made.id)
    for session in (made, (await rooms.sessions.retry(ana, made.id)).session):
        assert session.id[:14] >= SESSION_ID.new(session.created_at)[:14]


async def test_a_retried_child_is_still_its_parents(rooms: Any, ana: Caller):
    parent = await running(rooms, ana)
    project = await rooms.project()
    code = Caller(kind="session", login="ana", session_id=parent, project_id=project.id)
    child = (await rooms.sessions.start(code, project, "report.ipynb")).session
    await rooms.sessions.cancel(ana, child.id)
    again = (await rooms.sessions.retry(ana, child.id)).session
    assert (again.retry_of, again.parent_id) == (child.id, parent)


async def test_sessions_are_listed_by_every_filter_and_counted(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    failed = await running(rooms, ana)
    end(rooms, failed, "failed")
    other = await rooms.trigger(folder="other")
    fired = await rooms.events.fire(ana, other.id)

    async def ids(**filters: Any) -> list[str]:
        found, _ = await rooms.sessions.listed(ana, limit=10, cursor=None, **filters)
        return [view.session.id for view in found]

    assert await ids(project="sales", statuses=["running"]) == [session_id]
    assert await ids(trigger="other/orders") == [*fired.session_ids]
    assert await ids(trigger="other/orders", project="sales") == []
    assert await ids(until=0.0) == []
    assert await ids(since=-1e12, project="other") == [*fired.session_ids]
    assert await ids(since=time.time() + 60) == []
    with pytest.raises(NotFound):
        await ids(trigger="other/none")
    counts = await rooms.sessions.counts(ana, time.time() - 3600)
    assert (counts.running, counts.queued, counts.failed) == (1, 1, 1)


async def test_a_token_stands_for_its_running_session_and_no_longer(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    caller = await rooms.sessions.caller_of(TOKEN)
    assert (caller.kind, caller.session_id) == ("session", session_id)
    with pytest.raises(Forbidden):
        await rooms.sessions.caller_of("nas_guessed")
    end(rooms, session_id)
    with pytest.raises(Forbidden) as refused:
        await rooms.sessions.caller_of(TOKEN)
    assert refused.value.code == "token_invalid"


async def test_only_the_code_of_a_session_tells_of_it_and_only_of_itself(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    code = await rooms.sessions.caller_of(TOKEN)
    outcome = await rooms.sessions.add_outcome(code, session_id, {"n": 1}, more=False, http={"status": 201})
    assert (await rooms.sessions.outcomes(ana, session_id)) == [outcome]
    await rooms.sessions.set_progress(code, session_id, 1.7, "x" * 900)
    progress = (await rooms.sessions.get(ana, session_id)).session.progress
    assert (progress["value"], len(progress["message"])) == (1.0, 500)
    other = await running(rooms, ana)
    for attempt in (
        rooms.sessions.add_outcome(ana, session_id, 1, more=True, http=None),
        rooms.sessions.set_progress(ana, session_id, 0.5, ""),
        rooms.sessions.add_outcome(code, other, 1, more=True, http=None),
    ):
        with pytest.raises(Forbidden):
            await attempt
    end(rooms, session_id)
    with pytest.raises(Conflict):
        await rooms.sessions.add_outcome(code, session_id, 1, more=True, http=None)
    with pytest.raises(Conflict):
        await rooms.sessions.set_progress(code, session_id, 0.5, "")


async def test_a_session_sees_its_secrets_and_a_person_looking_at_it_does_not(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    project = await rooms.project()
    await rooms.projects.set_variable(ana, project, "TOKEN", "s3cr3t", secret=True)
    await rooms.projects.set_variable(ana, project, "REGION", "emea", secret=False)
    code = await rooms.sessions.caller_of(TOKEN)
    assert (await rooms.sessions.context(code, session_id))[2] == {"TOKEN": "s3cr3t", "REGION": "emea"}
    assert (await rooms.sessions.context(ana, session_id))[2] == {"REGION": "emea"}


async def test_a_held_session_is_not_shown_as_another_status_than_it_has(rooms: Any, ana: Caller):
    session_id = await running(rooms, ana)
    change = update(session_table).where(session_table.c.id == session_id).values(status="waiting")
    rooms.database.write_now(lambda tx: tx.execute(change))
    cancelled = (await rooms.sessions.cancel(ana, session_id)).session
    assert cancelled.status == "cancelled"
