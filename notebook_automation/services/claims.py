"""Claims: what a supervisor does to sessions before a runner has begun them, each in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import Connection

from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.settings import Settings
from notebook_automation.store import projects, session_claims, session_counts, sessions, triggers, waits
from notebook_automation.store.database import Database

from .endings import AttemptLost, Ending, write_ending
from .projects import Projects


class Claims:
    """Takes queued sessions for an owner, and gives back or ends those that no runner has begun."""

    def __init__(self, database: Database, projects: Projects, settings: Settings) -> None:
        self._database = database
        self._projects = projects
        self._settings = settings

    async def waiting(self) -> bool:
        """Return whether a session waits to be claimed; only reads. Raises Unavailable."""
        return await self._database.read(lambda tx: session_counts.count(tx, ("requested",)) > 0)

    async def waiting_in_memory(self, session_ids: Collection[str]) -> int:
        """Return how many of these sessions, whose kernels are there, wait for something. Raises Unavailable."""
        return await self._database.read(lambda tx: waits.count_waiting(tx, session_ids))

    async def claim(self, owner: str, limit: int) -> list[Session]:
        """Take up to ``limit`` sessions for ``owner``, oldest first. Raises Unavailable."""
        lease = self._settings.lease + self._settings.runner_start
        return await self._database.write(lambda tx: session_claims.claim(tx, owner, limit, lease))

    async def release(self, session_id: str, owner: str) -> bool:
        """Queue a claimed session again that never began; one that was to be cancelled meanwhile is cancelled.

        Returns whether it is queued again. Raises Unavailable.
        """

        def work(tx: Connection) -> bool:
            if session_claims.unclaim(tx, session_id, owner):
                return True
            session = sessions.get(tx, session_id)
            if session is not None and session.status == "canceling" and session.owner == owner:
                write_ending(tx, session, Ending(status="cancelled", reason=session.reason), self._settings)
            return False

        return await self._database.write(work)

    async def fail_to_start(self, session: Session, owner: str, reason: str) -> Session | None:
        """End a claimed session that could not be begun; None if it is not ``owner``'s any more. Raises Unavailable."""
        ending = Ending(status="failed", reason=reason)
        try:
            return await self._database.write(lambda tx: write_ending(tx, session, ending, self._settings, owner=owner))
        except AttemptLost:
            return None

    async def warm_handlers(self) -> list[tuple[Trigger, Path]]:
        """Return the triggers whose handlers are to be kept warm, with their projects' folders. Raises Unavailable."""

        def work(tx: Connection) -> list[tuple[Trigger, Project | None]]:
            return [(trigger, projects.get(tx, trigger.project_id)) for trigger in triggers.warm(tx)]

        found = []
        for trigger, project in await self._database.read(work):
            with contextlib.suppress(AutomationError):
                if project is not None:
                    found.append((trigger, self._projects.folder(project)))
        return found
