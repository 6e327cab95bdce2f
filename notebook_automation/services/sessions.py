"""Sessions: started by hand, looked at, cancelled, retried, and what their own code reports."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.errors import Conflict, Invalid
from notebook_automation.domain.missing import no_session, no_trigger
from notebook_automation.domain.parameters import Parameter, merged
from notebook_automation.domain.projects import Project, project_or_everything
from notebook_automation.domain.request_keys import RequestKey
from notebook_automation.domain.session_log import Cell, LogEntry, Outcome
from notebook_automation.domain.session_options import NOT_DURABLE, SessionOptions, asked_options
from notebook_automation.domain.session_trees import TreeLimits
from notebook_automation.domain.sessions import (
    QUEUED,
    SESSION_ID,
    TERMINAL,
    TRANSITIONS,
    OnParentEnd,
    Session,
    Status,
    child_of,
    requested_session,
    retried_session,
)
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.store import (
    artifacts,
    places,
    policy_queues,
    session_acknowledgement,
    session_counts,
    session_log,
    session_pages,
    session_removal,
    session_trees,
    sessions,
    triggers,
)
from notebook_automation.store.database import Database

from .called_files import saved_again
from .parked_results import ParkedResults
from .projects import Projects
from .repeated_requests import stored_once
from .retries import call_now
from .session_trees import placed
from .session_views import Counts, SessionView, view_of, views_of
from .stopping import stop


class Sessions:
    """The service of sessions.

    ``queued`` is called with the ids of sessions that wait to run, ``stopping`` with the id of one whose runner is to
    stop it; both after the commit. ``parked`` keeps what one leaves that is cancelled without a process, ``tree`` says
    how many sessions may start others.
    """

    def __init__(
        self, database: Database, projects: Projects, queued: Callable[[Sequence[str]], None],
        stopping: Callable[[str], None], parked: ParkedResults, tree: TreeLimits | None = None,
    ) -> None:  # fmt: skip
        self._tree = tree or TreeLimits()
        self._parked = parked
        self._database = database
        self._projects = projects
        self._queued = queued
        self._stopping = stopping

    async def start(
        self, caller: Caller, project: Project, call: str, *, parameters: Mapping[str, Any] | None = None,
        report: str | None = None, time_limit: float | None = None, kernel_name: str | None = None,
        keep: str | None = None, tags: Sequence[str] = (), skip_tags: Sequence[str] = (),
        is_durable: bool = False, priority: int = 0, env: Mapping[str, Any] | None = None,
        memory: int | str | None = None, on_parent_end: OnParentEnd = "keep", request: RequestKey | None = None,
    ) -> SessionView:  # fmt: skip
        """Queue a run of ``call``; a session that starts another is its parent, and ``on_parent_end`` is about its end.

        ``env`` and ``memory`` are of its kernel (see `parse_environment`); what it starts itself gets neither.
        What was asked for before with the same key is that session. Raises RequestKeyReused, NotFound
        (``call_not_found``), Invalid (``call_invalid``, ``parameter_unknown``, ``parameter_type``, ``not_durable``,
        ``priority_invalid``), Conflict (``session_state``, ``tree_too_deep``, ``tree_full``).
        """
        options = asked_options(
            report=report, keep=keep, time_limit=time_limit, kernel_name=kernel_name, tags=tags, skip_tags=skip_tags,
            is_durable=is_durable, env=env, memory=memory, priority=priority,
        )  # fmt: skip
        declared = await self.check(caller, project, call, options)
        session = requested_session(
            project_id=project.id, project=project.name, call=call, started_by=caller.login,
            parameters=merged(declared, parameters or {}), options=options,
            origin=child_of(caller.session_id, on_parent_end), behind=caller.behind,
        )  # fmt: skip
        if request is not None:
            return await self._queue_once(session, request)
        return await self._queue(session)

    async def check(
        self, caller: Caller, project: Project, call: str, options: SessionOptions
    ) -> list[Parameter] | None:
        """Return the parameters that ``call`` declares, where ``caller`` may run it so; None: any are taken.

        Raises what `start` raises for a call and its options.
        """
        caller.require("run", project.resource)
        options.validate()
        # Reading a large notebook takes a while: not in the event loop.
        facts = await asyncio.to_thread(self._projects.facts, project, call)
        if options.is_durable and options.kernel_name is None and facts is not None and not facts.can_be_durable:
            raise Invalid(
                NOT_DURABLE.format(path=call, language=facts.language), code="not_durable", field="is_durable"
            )
        return None if facts is None or facts.parameters is None else list(facts.parameters)

    async def get(self, caller: Caller, session_id: str) -> SessionView:
        """Return a session; raises NotFound (``session_not_found``)."""

        def work(tx: Connection) -> SessionView | None:
            session = sessions.get(tx, session_id)
            return None if session is None else view_of(tx, session)

        view = await self._database.read(work)
        if view is None:
            raise no_session(session_id)
        caller.require("read", view.session.resource)
        return view

    async def get_with_file(self, caller: Caller, session_id: str) -> SessionView:
        """Return a session, whether its file was saved since it ran, and how many children run; raises NotFound."""
        view = await self.get(caller, session_id)
        below = await self._database.read(lambda tx: session_trees.unended_below(tx, view.session))
        again = await saved_again(self._projects, view.session)
        return replace(view, file_saved_again=again, unended_children=len(below))

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, sorting: Sorting = NEWEST_FIRST,
        statuses: Collection[str] = (), project: str | None = None, trigger: str | None = None,
        call: str | None = None, parent: str | None = None, root: str | None = None, since: float | None = None,
        until: float | None = None, group: str | None = None, tag: str | None = None, unseen: bool = False,
    ) -> tuple[list[SessionView], str | None]:  # fmt: skip
        """Return a page of sessions. ``since`` and ``until`` bound the creation time, in epoch seconds."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        caller.require("read", project_or_everything(project_id))

        def work(tx: Connection) -> tuple[list[SessionView], str | None]:
            trigger_id = None if trigger is None else _trigger_id(tx, trigger)
            found, more = session_pages.listed(
                tx, limit=limit, cursor=cursor, sorting=sorting, statuses=statuses, project_id=project_id,
                trigger_id=trigger_id, call=call, parent_id=parent, root_id=root, group_id=group,
                since_id=None if since is None else SESSION_ID.floor(since),
                until_id=None if until is None else SESSION_ID.floor(until), tag=tag, unseen=unseen,
            )  # fmt: skip
            return views_of(tx, found), more

        return await self._database.read(work)

    async def children(
        self, caller: Caller, session_id: str, *, limit: int, cursor: str | None, sorting: Sorting
    ) -> tuple[list[SessionView], str | None]:
        """Return a page of what a session has started; raises NotFound."""
        await self.get(caller, session_id)

        def work(tx: Connection) -> tuple[list[SessionView], str | None]:
            found, more = session_pages.listed(tx, limit=limit, cursor=cursor, sorting=sorting, parent_id=session_id)
            return views_of(tx, found), more

        return await self._database.read(work)

    async def counts(self, caller: Caller, failed_since: float) -> Counts:
        """Return how many sessions run and wait now, and how many failed since ``failed_since`` (epoch seconds)."""
        caller.require("read", EVERYTHING)

        def work(tx: Connection) -> Counts:
            return Counts(
                running=session_counts.count(tx, ("scheduled", "running", "canceling")),
                queued=session_counts.count(tx, QUEUED),
                failed=session_counts.count(
                    tx, ("failed", "timeout", "abandoned"), SESSION_ID.floor(failed_since), unseen=True
                ),
            )

        return await self._database.read(work)

    def unended_now(self) -> int:
        """Return how many sessions have not ended, also those that wait without a process; needs no event loop."""
        return self._database.read_now(lambda tx: session_counts.count(tx, set(TRANSITIONS) - TERMINAL))

    async def statuses(self, session_ids: Collection[str]) -> dict[str, Status]:
        """Return the statuses of the sessions with these ids, for whoever may see what they made."""
        return await self._database.read(lambda tx: sessions.statuses(tx, session_ids)) if session_ids else {}

    async def cancel(self, caller: Caller, session_id: str) -> SessionView:
        """Ask a session to stop: one that nobody has claimed ends at once. Ended ones stay as they are."""
        view = await self.get(caller, session_id)
        caller.require("run", view.session.resource)
        reason = f"Cancelled by {caller.login}."
        stopped = await self._database.write(lambda tx: stop(tx, session_id, reason))
        self._stopping(session_id)
        if stopped.ended is not None and stopped.ended.is_durable:
            self._parked.collect(stopped.ended)
        return await self.get(caller, session_id)

    async def retry(self, caller: Caller, session_id: str, *, current_files: bool = False) -> SessionView:
        """Queue a new session that does what an ended one did, with the same files or with those of now.

        Raises Conflict (``session_state``); what `retries.call_now` raises.
        """
        old = (await self.get(caller, session_id)).session
        caller.require("run", old.resource)
        if old.status not in TERMINAL:
            raise Conflict(f"Session {session_id} is still {old.status}: cancel it first.", code="session_state")
        call = await call_now(self._database, self._projects, old) if current_files else None
        return await self._queue(retried_session(old, caller.login, caller.behind, call_now=call))

    async def acknowledge(self, caller: Caller, session_id: str, *, seen: bool) -> SessionView:
        """Record that the caller has seen a session's failure, or that nobody has. Raises NotFound, Forbidden."""
        caller.require("run", (await self.get(caller, session_id)).session.resource)
        await self._database.write(
            lambda tx: session_acknowledgement.acknowledge(tx, session_id, caller.login if seen else None)
        )
        return await self.get(caller, session_id)

    async def remove(self, caller: Caller, session_id: str) -> None:
        """Delete an ended session with its log and its artifacts; its event stays. Raises Conflict, Forbidden."""
        session = (await self.get(caller, session_id)).session
        caller.require("configure", session.resource)

        def work(tx: Connection) -> None:
            now = sessions.get(tx, session_id)
            if now is None:
                return
            if now.status not in TERMINAL:
                raise Conflict(f"Session {session_id} is still {now.status}: cancel it first.", code="session_state")
            artifacts.remove(tx, artifacts.ids_of_session(tx, session_id))
            session_removal.remove(tx, now)

        await self._database.write(work)

    async def status_counts(
        self, caller: Caller, *, project: str | None = None, trigger: str | None = None, since: float | None = None
    ) -> dict[Status, int]:
        """Return how many sessions there are in each status. ``since`` is the earliest creation, in epoch seconds."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        caller.require("read", project_or_everything(project_id))

        def work(tx: Connection) -> dict[Status, int]:
            since_id = None if since is None else SESSION_ID.floor(since)
            trigger_id = None if trigger is None else _trigger_id(tx, trigger)
            return session_counts.status_counts(tx, project_id=project_id, trigger_id=trigger_id, since_id=since_id)

        return await self._database.read(work)

    async def log(self, caller: Caller, session_id: str, *, after: int, limit: int) -> list[LogEntry]:
        """Return entries of a session's log after number ``after``."""
        await self.get(caller, session_id)
        return await self._database.read(lambda tx: session_log.read(tx, session_id, after, limit))

    async def cells(self, caller: Caller, session_id: str) -> list[Cell]:
        """Return a session's cells and when they ran."""
        await self.get(caller, session_id)
        return await self._database.read(lambda tx: session_log.cells_of(tx, session_id))

    async def outcomes(self, caller: Caller, session_id: str) -> list[Outcome]:
        """Return what a session has handed out."""
        await self.get(caller, session_id)
        return await self._database.read(lambda tx: session_log.outcomes_of(tx, session_id))

    async def response_parts(
        self, session_id: str, *, after: int, limit: int
    ) -> tuple[Session | None, list[Outcome]]:  # fmt: skip
        """Return a session as it is now, and what of its response to a sync webhook comes after number ``after``."""
        # In this order: where the session has ended, all that it handed out is there.
        return await self._database.read(
            lambda tx: (
                sessions.get(tx, session_id), session_log.response_parts(tx, session_id, after=after, limit=limit)
            )
        )  # fmt: skip

    async def refused(self, session_ids: Collection[str]) -> dict[str, int]:
        """Return which of these sessions a policy did not let in, and in how many seconds it might let in others."""
        now = time.time()

        def work(tx: Connection) -> dict[str, int]:
            found = [place for some in places.of_sessions(tx, session_ids).values() for place in some]
            refused = [place for place in found if place.status == "refused"]
            free_at = policy_queues.next_free(tx, {place.key for place in refused}, now)
            return {place.session_id: max(1, math.ceil(free_at[place.key] - now)) for place in refused}

        return await self._database.read(work) if session_ids else {}

    async def _queue(self, session: Session) -> SessionView:
        stored = await self._database.write(lambda tx: self._add(tx, session))
        self._queued([stored.id])
        return SessionView(session=stored)

    def _add(self, tx: Connection, session: Session) -> Session:
        # What is run again has its place already.
        return sessions.add(tx, session if session.root_id is not None else placed(tx, session, self._tree))

    async def _queue_once(self, session: Session, request: RequestKey) -> SessionView:
        found = await stored_once(self._database, session, request, self._add)
        if found.id == session.id:
            self._queued([found.id])
            return SessionView(session=found)
        made = await self._database.read(lambda tx: artifacts.counts(tx, [found.id]))
        return SessionView(session=found, artifact_count=made.get(found.id, 0), repeated=True)


def _trigger_id(tx: Connection, key: str) -> str:
    found = triggers.get(tx, key)
    if found is None:
        raise no_trigger(key)
    return found.id
