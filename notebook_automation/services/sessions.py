"""Sessions: started by hand, looked at, cancelled, retried, and what their own code tells of them."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden, NotFound
from notebook_automation.domain.events import Event
from notebook_automation.domain.ids import new_id
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.projects import Project
from notebook_automation.domain.run_options import validate_run_options
from notebook_automation.domain.sessions import (
    HELD,
    QUEUED,
    TERMINAL,
    Cell,
    LogEntry,
    Outcome,
    Session,
    Status,
    after_cancel,
)
from notebook_automation.store import artifacts as artifact_rows
from notebook_automation.store import events as event_rows
from notebook_automation.store import session_log as log_rows
from notebook_automation.store import sessions as rows
from notebook_automation.store import triggers as trigger_rows
from notebook_automation.store.database import Database

from .projects import Projects


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session and how many artifacts it made."""

    session: Session
    artifact_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many sessions run, wait for a place, and have failed since a time."""

    running: int
    queued: int
    failed: int


class Sessions:
    """The room of sessions.

    ``queued`` is called with the ids of sessions that wait to run, ``stopping`` with the id of one whose runner is to
    stop it; both after the commit.
    """

    def __init__(
        self, database: Database, projects: Projects, queued: Callable[[Sequence[str]], None],
        stopping: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._projects = projects
        self._queued = queued
        self._stopping = stopping

    async def start(
        self, caller: Caller, project: Project, call: str, *, parameters: Mapping[str, Any] | None = None,
        report: str | None = None, time_limit: float | None = None, kernel_name: str | None = None,
        keep: str | None = None,
    ) -> SessionView:  # fmt: skip
        """Queue a run of ``call``; a session that starts another is its parent.

        Raises NotFound (``call_not_found``), Invalid (``call_invalid``, ``parameter_unknown``, ``parameter_type``).
        """
        caller.require("run", project_id=project.id)
        validate_run_options(report=report, keep=keep, time_limit=time_limit)
        # Reading a large notebook takes a while: not in the event loop.
        facts = await asyncio.to_thread(self._projects.facts, project, call)
        declared = None if facts is None or facts.parameters is None else list(facts.parameters)
        # Before the id, which has its own time: what was made at a time is not found among what came before it.
        now = time.time()
        session = Session(
            id=new_id("session"),
            project_id=project.id,
            project=project.name,
            call=call,
            status="requested",
            created_at=now,
            started_by=caller.login,
            parent_id=caller.session_id,
            parameters=merged(declared, parameters or {}),
            report=report,
            keep=keep,
            time_limit=time_limit,
            kernel_name=kernel_name,
        )
        await self._database.write(lambda tx: rows.add(tx, session))
        self._queued([session.id])
        return SessionView(session=session)

    async def get(self, caller: Caller, session_id: str) -> SessionView:
        """Return a session; raises NotFound (``session_not_found``)."""

        def work(tx: Connection) -> SessionView | None:
            session = rows.get(tx, session_id)
            if session is None:
                return None
            return SessionView(
                session=session, artifact_count=artifact_rows.counts(tx, [session_id]).get(session_id, 0)
            )

        view = await self._database.read(work)
        if view is None:
            raise NotFound(f"There is no session {session_id!r}.", code="session_not_found")
        caller.require("read", project_id=view.session.project_id, session_id=session_id)
        return view

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, ascending: bool = False,
        statuses: Collection[str] = (), project: str | None = None, trigger: str | None = None,
        call: str | None = None, parent: str | None = None, since: float | None = None, until: float | None = None,
    ) -> tuple[list[SessionView], str | None]:  # fmt: skip
        """Return a page of sessions. ``since`` and ``until`` bound the creation time, in epoch seconds."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        caller.require("read", project_id=project_id)

        def work(tx: Connection) -> tuple[list[SessionView], str | None]:
            trigger_id = None
            if trigger is not None:
                found_trigger = trigger_rows.get(tx, trigger)
                if found_trigger is None:
                    raise NotFound(f"There is no trigger {trigger!r}.", code="trigger_not_found")
                trigger_id = found_trigger.id
                if project_id not in (None, found_trigger.project_id):
                    return [], None
            found, more = rows.listed(
                tx, limit=limit, cursor=cursor, ascending=ascending, statuses=statuses, project_id=project_id,
                trigger_id=trigger_id, call=call, parent_id=parent,
                since_id=None if since is None else _id_floor(since),
                until_id=None if until is None else _id_floor(until),
            )  # fmt: skip
            made = artifact_rows.counts(tx, [session.id for session in found]) if found else {}
            return [SessionView(session=one, artifact_count=made.get(one.id, 0)) for one in found], more

        return await self._database.read(work)

    async def counts(self, caller: Caller, failed_since: float) -> Counts:
        """Return how many sessions run and wait now, and how many failed since ``failed_since`` (epoch seconds)."""
        caller.require("read")

        def work(tx: Connection) -> Counts:
            return Counts(
                running=rows.count(tx, ("scheduled", "running", "canceling")),
                queued=rows.count(tx, QUEUED),
                failed=rows.count(tx, ("failed", "timeout", "abandoned"), _id_floor(failed_since)),
            )

        return await self._database.read(work)

    def unended_now(self) -> int:
        """Return how many sessions run or wait for a place, for code without an event loop."""
        return self._database.read_now(lambda tx: rows.count(tx, HELD | QUEUED))

    async def statuses(self, session_ids: Collection[str]) -> dict[str, Status]:
        """Return the statuses of the sessions with these ids, for whoever may see what they made."""
        return await self._database.read(lambda tx: rows.statuses(tx, session_ids)) if session_ids else {}

    async def cancel(self, caller: Caller, session_id: str) -> SessionView:
        """Ask a session to stop: one that no runner holds ends at once. Ended ones stay as they are."""
        view = await self.get(caller, session_id)
        caller.require("run", project_id=view.session.project_id)
        reason = f"Cancelled by {caller.login}."

        def work(tx: Connection) -> None:
            session = rows.get(tx, session_id)
            if session is None:
                return
            then = after_cancel(session.status)
            if then == session.status:
                return
            log_rows.write(tx, session_id, "stop_request", reason)
            if then == "cancelled":
                rows.end(tx, session_id, "cancelled", reason=reason)
            else:
                rows.change_status(tx, session_id, session.status, then, reason)

        await self._database.write(work)
        self._stopping(session_id)
        return await self.get(caller, session_id)

    async def retry(self, caller: Caller, session_id: str) -> SessionView:
        """Queue a new session that does what an ended one did, from the same files. Raises Conflict."""
        old = (await self.get(caller, session_id)).session
        caller.require("run", project_id=old.project_id)
        if old.status not in TERMINAL:
            raise Conflict(f"Session {session_id} is still {old.status}: cancel it first.", code="session_state")
        now = time.time()
        session = Session(
            id=new_id("session"),
            project_id=old.project_id,
            project=old.project,
            call=old.call,
            status="requested",
            created_at=now,
            started_by=caller.login,
            trigger_id=old.trigger_id,
            trigger_ref=old.trigger_ref,
            event_id=old.event_id,
            retry_of=old.id,
            parent_id=old.parent_id,
            snapshot_id=old.snapshot_id,
            config=old.config,
            parameters=old.parameters,
            time_limit=old.time_limit,
            report=old.report,
            keep=old.keep,
            kernel_name=old.kernel_name,
        )
        await self._database.write(lambda tx: rows.add(tx, session))
        self._queued([session.id])
        return SessionView(session=session)

    async def log(self, caller: Caller, session_id: str, *, after: int, limit: int) -> list[LogEntry]:
        """Return entries of a session's log after the number ``after``."""
        await self.get(caller, session_id)
        return await self._database.read(lambda tx: log_rows.read(tx, session_id, after, limit))

    async def cells(self, caller: Caller, session_id: str) -> list[Cell]:
        """Return a session's cells and when they ran."""
        await self.get(caller, session_id)
        return await self._database.read(lambda tx: log_rows.cells_of(tx, session_id))

    async def outcomes(self, caller: Caller, session_id: str) -> list[Outcome]:
        """Return what a session has handed out."""
        await self.get(caller, session_id)
        return await self._database.read(lambda tx: log_rows.outcomes_of(tx, session_id))

    async def answer(self, session_id: str) -> tuple[Outcome | None, Session | None]:
        """Return what answers the sync webhook of a session, if it is there, and the session as it is now."""
        return await self._database.read(lambda tx: (log_rows.answer_of(tx, session_id), rows.get(tx, session_id)))

    async def add_outcome(
        self, caller: Caller, session_id: str, value: Any, *, more: bool, http: Mapping[str, Any] | None
    ) -> Outcome:
        """Record a value that the code of a running session hands out. Raises Forbidden, Conflict."""
        caller.require("report", session_id=session_id)
        self._only_its_own(caller, session_id)

        def work(tx: Connection) -> Outcome:
            if (session := rows.get(tx, session_id)) is None or session.status in TERMINAL:
                raise Conflict(f"Session {session_id} is over: it can hand out nothing more.", code="session_state")
            log_rows.write(tx, session_id, "outcome", "An outcome was handed out.", {"more": more})
            return log_rows.add_outcome(tx, session_id, value, more=more, http=None if http is None else dict(http))

        return await self._database.write(work)

    async def set_progress(self, caller: Caller, session_id: str, value: float, message: str) -> None:
        """Record how far the code of a running session says it is, from 0 to 1. Raises Forbidden, Conflict."""
        caller.require("report", session_id=session_id)
        self._only_its_own(caller, session_id)
        progress = {"value": min(1.0, max(0.0, value)), "message": message[:500]}
        if not await self._database.write(lambda tx: rows.set_progress(tx, session_id, progress)):
            raise Conflict(f"Session {session_id} is over: it has no progress to make.", code="session_state")

    async def context(self, caller: Caller, session_id: str) -> tuple[SessionView, Event | None, dict[str, str]]:
        """Return what the code of a session may know: the session, its event, its project's variables."""
        caller.require("read", session_id=session_id)
        view = await self.get(caller, session_id)
        event_id, project_id = view.session.event_id, view.session.project_id
        event = await self._database.read(lambda tx: event_rows.get(tx, event_id)) if event_id else None
        if project_id is None:
            return view, event, {}
        project = await self._projects.get(caller, project_id)
        found = await self._projects.variables(caller, project)
        # A person looking at a session sees no secret; the session itself gets what it needs.
        shown = [variable for variable in found if caller.kind != "user" or not variable.secret]
        return view, event, {variable.name: self._projects.opened(variable) for variable in shown}

    async def caller_of(self, token: str) -> Caller:
        """Return the caller whom a session's token stands for; raises Forbidden (``token_invalid``)."""
        digest = hashlib.sha256(token.encode("utf-8")).hexdigest()
        session = await self._database.read(lambda tx: rows.by_token(tx, digest))
        if session is None:
            raise Forbidden("This token is not, or no longer, that of a running session.", code="token_invalid")
        return Caller(
            kind="session",
            login=session.trigger_ref or session.started_by,
            session_id=session.id,
            project_id=session.project_id,
        )

    def _only_its_own(self, caller: Caller, session_id: str) -> None:
        if caller.kind == "user":
            raise Forbidden(f"Only the code of session {session_id} itself can tell this.", code="forbidden")


def _id_floor(at: float) -> str:
    """Return the smallest session id that was made at ``at`` (epoch seconds) or later."""
    return new_id("session", max(0.0, at))[:14] + "0" * 16
