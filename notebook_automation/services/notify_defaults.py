"""Who hears of what in a project, where a trigger does not say it."""

from __future__ import annotations

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.notifications import NotifyRule
from notebook_automation.domain.projects import Project, ProjectChange
from notebook_automation.ports import Filters
from notebook_automation.store import notifications
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from .trigger_expressions import check_conditions


class NotifyDefaults:
    """The service of a project's rules."""

    def __init__(self, database: Database, filters: Filters) -> None:
        self._database = database
        self._filters = filters

    async def get(self, caller: Caller, project: Project) -> tuple[NotifyRule, ...]:
        """Return the rules of a project. Raises Forbidden."""
        caller.require("read", project.resource)
        return await self._database.read(lambda tx: notifications.of_project(tx, project.id))

    async def set(self, caller: Caller, project: Project, rules: tuple[NotifyRule, ...]) -> tuple[NotifyRule, ...]:
        """Let ``rules`` be those of a project. Raises Forbidden, Invalid (``filter_invalid``)."""
        caller.require("configure", project.resource)
        check_conditions(rules, self._filters)

        def work(tx: Connection) -> None:
            notifications.set_of_project(tx, project.id, rules)
            announce(tx, project.id, "updated", ProjectChange(name=project.name))

        await self._database.write(work)
        return rules
