"""Sweeps: begun, their results joined, and what has not completed run again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.parameters import Parameter, merged
from notebook_automation.domain.projects import Project
from notebook_automation.domain.session_groups import GROUP_ID, Member, SessionGroup, check_group
from notebook_automation.domain.session_options import SessionOptions
from notebook_automation.domain.sessions import OnParentEnd, Session
from notebook_automation.domain.sweeps import AGAIN, Axes, combination_name, combinations, options_kept

from .projects import Projects
from .session_groups import GroupView, MemberView, SessionGroups
from .sessions import Sessions

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepWish:
    """What somebody asks for: a session for each combination of ``axes`` (pairs of them if ``paired``), ``at_once``
    side by side, each with ``parameters`` besides."""

    axes: Axes
    paired: bool = False
    parameters: Mapping[str, Any]
    at_once: int
    options: SessionOptions
    on_parent_end: OnParentEnd = "keep"


class Sweeps:
    """The service of sweeps, which are groups of sessions."""

    def __init__(self, projects: Projects, sessions: Sessions, groups: SessionGroups) -> None:
        self._projects = projects
        self._sessions = sessions
        self._groups = groups

    async def start(self, caller: Caller, project: Project, call: str, wish: SweepWish) -> GroupView:
        """Store a sweep of ``call``; its sessions are made as they have their turns.

        Raises what `Sessions.start` raises, for any of the combinations, and Invalid (``sweep_invalid``,
        ``group_invalid``, ``group_too_large``).
        """
        declared = await self._sessions.check(caller, project, call, wish.options)
        found, fixed = await asyncio.to_thread(_checked, declared, wish)
        check_group(len(found), wish.at_once, "combinations")
        behind = caller.behind
        group = SessionGroup(
            id=GROUP_ID.new(), kind="sweep", state="running", project_id=project.id, project=project.name,
            trigger_id=None, trigger_ref=None, call=call, total=len(found), at_once=wish.at_once,
            started_by=caller.login, created_at=time.time(), requester=behind.person, came_by=behind.came_by,
            asked={
                "sweep": {name: list(values) for name, values in wish.axes.items()}, "zip": wish.paired,
                "parameters": fixed, "options": options_kept(wish.options), "parent_id": caller.session_id,
                "on_parent_end": wish.on_parent_end, "retry_of": None,
            },
        )  # fmt: skip
        return await self._groups.add(group, _members(group, found))

    async def results(
        self, caller: Caller, group_id: str, *, after: int, limit: int
    ) -> tuple[list[MemberView], int | None]:
        """Return members of a group, with their sessions, as `SessionGroups.members`."""
        return await self._groups.members(caller, group_id, after=after, limit=limit)

    async def retry(self, caller: Caller, group_id: str) -> GroupView:
        """Run what of a sweep has not completed, as a sweep of its own. Raises NotFound, Conflict, Invalid."""
        old = (await self._groups.get(caller, group_id)).group
        caller.require("run", old.resource)
        if old.kind != "sweep":
            raise Conflict(
                f"{group_id} is a backfill: begin another for the same range, and it takes what has not completed.",
                code="group_kind",
            )
        if old.finished_at is None:
            raise Conflict(f"{group_id} is not over: wait for its end, or cancel it.", code="group_open")
        found = [view.member.what["parameters"] async for view in self._all(caller, group_id) if _is_left(view)]
        check_group(len(found), old.at_once, "combinations that have not completed")
        behind = caller.behind
        group = SessionGroup(
            id=GROUP_ID.new(), kind="sweep", state="running", project_id=old.project_id, project=old.project,
            trigger_id=None, trigger_ref=None, call=old.call, total=len(found), at_once=old.at_once,
            started_by=caller.login, created_at=time.time(), requester=behind.person, came_by=behind.came_by,
            asked={**old.asked, "parent_id": caller.session_id, "retry_of": old.id},
        )  # fmt: skip
        return await self._groups.add(group, _members(group, found))

    async def _all(self, caller: Caller, group_id: str) -> Any:
        after: int | None = -1
        while after is not None:
            page, after = await self._groups.members(caller, group_id, after=after, limit=_PAGE)
            for view in page:
                yield view


def last_session(view: MemberView) -> Session | None:
    """Return the session by whose end a member is judged."""
    return view.sessions[-1] if view.sessions else None


def _is_left(view: MemberView) -> bool:
    session = last_session(view)
    return session is None or session.status in AGAIN


def _checked(declared: Sequence[Parameter] | None, wish: SweepWish) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the combinations, and the parameters that all have, as the called notebook takes them. Blocks."""
    fixed = merged(declared, {name: value for name, value in wish.parameters.items() if name not in wish.axes})
    return [merged(declared, one) for one in combinations(wish.axes, paired=wish.paired)], fixed


def _members(group: SessionGroup, found: Sequence[Mapping[str, Any]]) -> list[Member]:
    return [
        Member(group_id=group.id, position=number, name=combination_name(one), what={"parameters": dict(one)})
        for number, one in enumerate(found)
    ]
