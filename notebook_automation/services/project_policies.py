"""Policies of projects: set, listed, deleted; the queues follow in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.policies import Place
from notebook_automation.domain.project_policies import ProjectPolicy, defined_policy, no_policy
from notebook_automation.domain.projects import Project, ProjectChange
from notebook_automation.domain.sessions import Session
from notebook_automation.store import places, project_policies
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

Numbers = tuple[int, int]
"""How many sessions a policy counts, and how many wait for it."""


class ProjectPolicies:
    """The service of them; ``queued`` is called after the commit where sessions may go that waited before."""

    def __init__(self, database: Database, queued: Callable[[Sequence[str]], None]) -> None:
        self._database = database
        self._queued = queued

    async def listed(self, caller: Caller, project: Project) -> list[tuple[ProjectPolicy, Numbers]]:
        """Return a project's policies by name, each with its numbers."""
        caller.require("read", project.resource)

        def work(tx: Connection) -> list[tuple[ProjectPolicy, Numbers]]:
            return [(one, places.queue_of(tx, one.id)) for one in project_policies.of_project(tx, project.id)]

        return await self._database.read(work)

    async def queue(self, caller: Caller, project: Project, name: str, limit: int) -> list[tuple[Place, Session]]:
        """Return the first ``limit`` of the sessions that wait for a policy, with their places in its queue.

        Raises NotFound (``policy_not_found``), Forbidden.
        """
        caller.require("read", project.resource)

        def work(tx: Connection) -> list[tuple[Place, Session]]:
            policy = _named(tx, project, name)
            if policy is None:
                raise no_policy(project.name, name)
            return places.queued(tx, policy.id, limit)

        return await self._database.read(work)

    async def save(
        self, caller: Caller, project: Project, name: str, fields: Mapping[str, Any]
    ) -> tuple[ProjectPolicy, Numbers]:
        """Set the policy of this name. Raises Forbidden, Invalid (``policy_invalid``, ``name_invalid``, …)."""
        caller.require("configure", project.resource)

        def work(tx: Connection) -> tuple[ProjectPolicy, Numbers]:
            old = _named(tx, project, name)
            policy = defined_policy(project, name, fields, old)
            project_policies.save(tx, project.id, [policy])
            announce(tx, project.id, "updated", ProjectChange(name=project.name))
            return policy, places.queue_of(tx, policy.id)

        found = await self._database.write(work)
        self._queued([])
        return found

    async def remove(self, caller: Caller, project: Project, name: str) -> None:
        """Delete a policy; what waits for it alone may go. Raises NotFound (``policy_not_found``), Forbidden."""
        caller.require("configure", project.resource)

        def work(tx: Connection) -> None:
            old = _named(tx, project, name)
            if old is None:
                raise no_policy(project.name, name)
            project_policies.save(tx, project.id, [], [old.id])
            announce(tx, project.id, "updated", ProjectChange(name=project.name))

        await self._database.write(work)
        self._queued([])


def _named(tx: Connection, project: Project, name: str) -> ProjectPolicy | None:
    return next((one for one in project_policies.of_project(tx, project.id) if one.name == name), None)
