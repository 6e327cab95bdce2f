"""Groups of sessions, for people: asked for, looked at, cancelled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.missing import no_group, no_trigger
from notebook_automation.domain.projects import project_or_everything
from notebook_automation.domain.session_groups import (
    GroupCounts,
    GroupKind,
    Member,
    RunningOnCancel,
    SessionGroup,
)
from notebook_automation.domain.sessions import Session
from notebook_automation.store import session_groups, triggers
from notebook_automation.store.database import Database

from .group_progress import GroupProgress
from .projects import Projects


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group, and how far it is."""

    group: SessionGroup
    counts: GroupCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """A member, and its sessions: of one that was tried again the last."""

    member: Member
    sessions: Sequence[Session]


class SessionGroups:
    """The service of groups of sessions; ``progress`` lets them go on."""

    def __init__(self, database: Database, projects: Projects, progress: GroupProgress) -> None:
        self._database = database
        self._projects = projects
        self._progress = progress

    async def add(self, group: SessionGroup, members: Sequence[Member]) -> GroupView:
        """Store a group; the engine lets its members have their turns. Whether it may be is for its kind to say."""
        await self._database.write(lambda tx: session_groups.add(tx, group, members))
        return GroupView(group=group, counts=GroupCounts(members={"waiting": len(members)}))

    async def get(self, caller: Caller, group_id: str) -> GroupView:
        """Return a group; raises NotFound (``group_not_found``), Forbidden."""

        def work(tx: Connection) -> GroupView | None:
            group = session_groups.get(tx, group_id)
            return None if group is None else _view(tx, group)

        view = await self._database.read(work)
        if view is None:
            raise no_group(group_id)
        caller.require("read", view.group.resource)
        return view

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, kind: GroupKind | None = None,
        project: str | None = None, trigger: str | None = None, states: Collection[str] = (),
    ) -> tuple[list[GroupView], str | None]:  # fmt: skip
        """Return a page of groups, newest first."""
        found = await self._database.read(lambda tx: triggers.get(tx, trigger)) if trigger else None
        if trigger and found is None:
            raise no_trigger(trigger)
        project_id = (await self._projects.get(caller, project)).id if project else None
        of = project_id or (None if found is None else found.project_id)
        caller.require("read", project_or_everything(of))

        def work(tx: Connection) -> tuple[list[GroupView], str | None]:
            groups, more = session_groups.listed(
                tx, limit=limit, cursor=cursor, kind=kind, project_id=project_id,
                trigger_id=None if found is None else found.id, states=states,
            )  # fmt: skip
            return [_view(tx, group) for group in groups], more

        return await self._database.read(work)

    async def members(
        self, caller: Caller, group_id: str, *, after: int, limit: int
    ) -> tuple[list[MemberView], int | None]:
        """Return up to ``limit`` members whose position is after ``after``, and after which there are more."""
        await self.get(caller, group_id)

        def work(tx: Connection) -> tuple[list[MemberView], int | None]:
            found = session_groups.members(tx, group_id, after=after, limit=limit + 1)
            shown = found[:limit]
            made: dict[int | None, list[Session]] = {}
            for session in session_groups.sessions_of(tx, group_id, [member.position for member in shown]):
                if session.retried_by is None:
                    made.setdefault(session.group_position, []).append(session)
            views = [MemberView(member=member, sessions=made.get(member.position, ())) for member in shown]
            return views, shown[-1].position if len(found) > limit else None

        return await self._database.read(work)

    async def cancel(self, caller: Caller, group_id: str, *, running: RunningOnCancel) -> GroupView:
        """Let no further member have its turn, and end what is queued.

        Sessions that run may ``finish``, or are asked to ``stop``. A group that is over stays as it is.
        """
        view = await self.get(caller, group_id)
        caller.require("run", view.group.resource)
        reason = f"Cancelled by {caller.login}, with all of {group_id}."

        def work(tx: Connection) -> None:
            group = session_groups.held(tx, group_id)
            if group is None or group.finished_at is not None:
                return
            if group.state == "canceling" and (running == "finish" or group.running_on_cancel == "stop"):
                return
            session_groups.cancel_waiting(tx, group_id, reason)
            session_groups.change(tx, group, "canceling", running_on_cancel=running, reason=reason)

        await self._database.write(work)
        # At once and here; what this server leaves undone, the engine does.
        while await self._database.read(lambda tx: session_groups.may_stop(tx, group_id)):
            await self._progress.settle(group_id)
        return await self.get(caller, group_id)


def _view(tx: Connection, group: SessionGroup) -> GroupView:
    return GroupView(group=group, counts=session_groups.counts(tx, group.id))
