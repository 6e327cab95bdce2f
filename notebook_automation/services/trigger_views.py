"""Triggers as people see them: with their latest sessions, what is wrong with them, and what was refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.environments import uses_variables
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.events import Event
from notebook_automation.domain.missing import no_trigger
from notebook_automation.domain.parameters import Parameter
from notebook_automation.domain.projects import Project, project_or_everything
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.domain.tasks import TaskType
from notebook_automation.domain.trigger_hints import Notice, no_secret, no_variables, open_secret, unfresh
from notebook_automation.domain.triggers import Trigger
from notebook_automation.ports import Filters, Kernels
from notebook_automation.store import breaches, events, places, projects, sessions, snapshots, triggers
from notebook_automation.store.database import Database

from .api_call_problems import api_call_problems
from .credentials import Credentials
from .filter_errors import filter_errors
from .projects import Projects
from .signed_deliveries import live_secrets
from .source_problems import source_hints, source_problems
from .trigger_problems import Content, TriggerProblems

RECENT = 10
"""Sessions shown as a trigger's recent results, and deliveries shown as refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerView:
    """A trigger with what people want to see beside it. ``recent`` is newest first.
    ``last_refused`` is the newest delivery that was not taken, ``secrets_live`` the number of secrets that they
    are checked by, ``queue`` how many sessions its policy counts, and how many wait for their turn.

    ``problems`` would stop a run if all stayed as it is now. ``warnings`` are these and all else that is worth a look;
    ``parameters`` are the called notebook's, ``refusals`` the newest deliveries that were not taken: all three only
    where one trigger is asked for.
    """

    trigger: Trigger
    project: Project
    recent: list[Session] = field(default_factory=list)
    last_refused: Event | None = None
    secrets_live: int = 0
    queue: tuple[int, int] = (0, 0)
    refusals: list[Event] = field(default_factory=list)
    problems: list[Notice] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    parameters: list[Parameter] | None = None


class TriggerViews:
    """The service that shows triggers. ``file_trouble`` returns why changes of files are seen late, if they are.

    ``api_hosts`` are those whose APIs may be called in the clear.
    """

    def __init__(
        self, database: Database, projects: Projects, kernels: Kernels, filters: Filters, *,
        file_trouble: Callable[[], str | None] = lambda: None, api_hosts: Collection[str] = (),
    ) -> None:  # fmt: skip
        self._api_hosts = api_hosts
        self._file_trouble = file_trouble
        self._database = database
        self._projects = projects
        self._filters = filters
        self._credentials = Credentials(projects.cipher)
        self._kernels = kernels

    async def get(self, caller: Caller, key: str) -> TriggerView:
        """Return the trigger with this id or ``project/name``; raises NotFound (``trigger_not_found``)."""

        def work(tx: Connection) -> tuple[Trigger, list[Session], set[str]] | None:
            trigger = triggers.get(tx, key)
            if trigger is None:
                return None
            return trigger, sessions.recent(tx, trigger.id, RECENT), _connections(tx, [trigger])[trigger.project_id]

        found = await self._database.read(work)
        if found is None:
            raise _not_found(key)
        trigger, recent, connections = found
        caller.require("read", trigger.resource)
        project = await self._projects.get(caller, trigger.project_id)
        view = await asyncio.to_thread(self._view, trigger, project, recent, connections)
        if trigger.call is not None and any(problem.code == "call_not_found" for problem in view.problems):
            # What it held when it ran last may show where it is now.
            content = await self._database.read(lambda tx: _last_content(tx, trigger, recent))
            view = await asyncio.to_thread(self._view, trigger, project, recent, connections, content)
        errors = await self._database.read(lambda tx: filter_errors(tx, trigger, self._filters, self._credentials))
        refused = await self._database.read(lambda tx: events.refused(tx, trigger.id, RECENT))
        view = replace(view, warnings=[*view.warnings, *errors], refusals=refused)
        return (await self._complete([view]))[0]

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, project: str | None = None,
        type: str | None = None, enabled: bool | None = None, text: str | None = None, tag: str | None = None,
        task_type: TaskType | Literal["any"] | None = None, sorting: Sorting = NEWEST_FIRST,
    ) -> tuple[list[TriggerView], str | None]:  # fmt: skip
        """Return a page of triggers; ``project`` is an id or a name. With ``task_type`` only those that are tasks."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        caller.require("read", project_or_everything(project_id))

        def work(tx: Connection) -> tuple[list[tuple[Trigger, list[Session]]], dict[str, set[str]], str | None]:
            found, more = triggers.listed(
                tx,
                limit=limit,
                cursor=cursor,
                project_id=project_id,
                type=type,
                enabled=enabled,
                text=text,
                tag=tag,
                task_type=task_type,
                sorting=sorting,
            )
            rows = [(trigger, sessions.recent(tx, trigger.id, RECENT)) for trigger in found]
            return rows, _connections(tx, found), more

        found, connections, more = await self._database.read(work)
        owners = {
            project_id: await self._projects.get(caller, project_id)
            for project_id in {trigger.project_id for trigger, _ in found}
        }
        return await self._complete(await asyncio.to_thread(self._views, found, owners, connections)), more

    async def of_unsaved(self, trigger: Trigger, project: Project) -> TriggerView:
        """Return what a trigger that is not stored would be shown as."""
        connections = await self._database.read(lambda tx: _connections(tx, [trigger])[project.id])
        view = await asyncio.to_thread(self._view, trigger, project, [], connections)
        return (await self._complete([view]))[0]

    def problems(self, project: Project, wanted: Sequence[Trigger], connections: Collection[str]) -> list[str]:
        """Return, in sentences, what would stop triggers of ``project`` from running as its files are now. Blocks."""
        look = TriggerProblems(self._projects, self._kernels)
        return [
            f"Trigger {trigger.name!r}: {problem.message}"
            for trigger in wanted
            for problem in look.of(trigger, project, connections).problems
        ]

    async def _with_deliveries(self, views: list[TriggerView]) -> list[TriggerView]:
        """Add what there is to know of webhooks: what was refused, and whether what is signed can be checked."""
        webhooks = [view.trigger.id for view in views if view.trigger.type == "webhook"]
        if not webhooks:
            return views

        def work(tx: Connection) -> list[TriggerView]:
            refused = events.last_refusals(tx, webhooks)
            return [
                with_secrets(tx, self._projects, replace(view, last_refused=refused.get(view.trigger.id)))
                for view in views
            ]

        return await self._database.read(work)

    async def _complete(self, views: list[TriggerView]) -> list[TriggerView]:
        """Add what there is to know of policies, deliveries, what triggers wait for, and what they send."""
        views = await self._with_freshness(await self._with_variables(await self._with_queues(views)))
        views = await self._with_sources(await self._with_deliveries(views))
        calling = [view.trigger for view in views if view.trigger.api_call is not None]
        if not calling:
            return views
        wrong = await self._database.read(lambda tx: api_call_problems(tx, calling, self._api_hosts))
        return [with_problems(view, wrong.get(view.trigger.id, [])) for view in views]

    async def _with_variables(self, views: list[TriggerView]) -> list[TriggerView]:
        """Add which variables their environments want that their projects do not have."""
        owners = {view.project.id for view in views if uses_variables(view.trigger.env)}
        if not owners:
            return views
        names = await self._database.read(
            lambda tx: {owner: {one.name for one in projects.variables_of(tx, owner)} for owner in owners}
        )
        return [with_problems(view, no_variables(view.trigger, names.get(view.project.id, ()))) for view in views]

    async def _with_freshness(self, views: list[TriggerView]) -> list[TriggerView]:
        """Add what is not as fresh as triggers say."""
        wanted = [view.trigger.id for view in views if view.trigger.freshness is not None]
        if not wanted:
            return views
        found = await self._database.read(lambda tx: breaches.open_now(tx, wanted))
        return [
            replace(view, warnings=[*view.warnings, *unfresh(view.trigger, found)]) if view.trigger.freshness else view
            for view in views
        ]

    async def _with_queues(self, views: list[TriggerView]) -> list[TriggerView]:
        """Add how many sessions wait, to triggers with a policy."""
        limited = [view.trigger.id for view in views if view.trigger.policy is not None]
        if not limited:
            return views
        queues = await self._database.read(lambda tx: {one: places.queue_of(tx, one) for one in limited})
        return [replace(view, queue=queues.get(view.trigger.id, view.queue)) for view in views]

    async def _with_sources(self, views: list[TriggerView]) -> list[TriggerView]:
        """Add what there is to know of what triggers wait for that are no schedules and have no URL."""
        owners = {view.project.id for view in views if any(view.trigger.sources.values())}
        if not owners:
            return views
        siblings = await self._database.read(lambda tx: {key: triggers.of_project(tx, key) for key in owners})
        return await asyncio.to_thread(
            lambda: [
                self._with_source(view, siblings[view.project.id]) if any(view.trigger.sources.values()) else view
                for view in views
            ]
        )

    def _with_source(self, view: TriggerView, siblings: Sequence[Trigger]) -> TriggerView:
        problems = source_problems(self._projects, view.trigger, view.project, siblings)
        hints = source_hints(view.trigger, siblings)
        if view.trigger.files is not None and (trouble := self._file_trouble()) is not None:
            hints.append(Notice("files_polled", trouble))
        warnings = [*problems, *view.warnings, *hints]
        return replace(view, problems=[*view.problems, *problems], warnings=warnings)

    def _view(
        self, trigger: Trigger, project: Project, recent: list[Session], connections: Collection[str],
        content: Content | None = None,
    ) -> TriggerView:  # fmt: skip
        found = TriggerProblems(self._projects, self._kernels).of(trigger, project, connections, content)
        return TriggerView(
            trigger=trigger, project=project, recent=recent, problems=found.problems,
            warnings=[*found.problems, *found.hints], parameters=found.parameters,
        )  # fmt: skip

    def _views(
        self, found: Sequence[tuple[Trigger, list[Session]]], owners: Mapping[str, Project],
        connections: Mapping[str, Collection[str]],
    ) -> list[TriggerView]:  # fmt: skip
        look = TriggerProblems(self._projects, self._kernels)
        views = []
        for trigger, recent in found:
            project = owners[trigger.project_id]
            problems = look.of(trigger, project, connections[project.id]).problems
            views.append(TriggerView(trigger=trigger, project=project, recent=recent, problems=problems))
        return views


def with_problems(view: TriggerView, found: Sequence[Notice]) -> TriggerView:
    """Return ``view`` with what else is wrong with its trigger."""
    return replace(view, problems=[*view.problems, *found], warnings=[*found, *view.warnings]) if found else view


def with_secrets(tx: Connection, projects_service: Projects, view: TriggerView) -> TriggerView:
    """Return ``view`` with what there is to know of the secrets by which its deliveries are checked."""
    trigger, signature = view.trigger, view.trigger.signature
    if signature is None:
        return view
    live = len(live_secrets(tx, projects_service, trigger))
    variable = projects.variable(tx, trigger.project_id, signature.secret)
    problem = None if live else no_secret(signature)
    hint = None if variable is None or variable.secret else open_secret(signature)
    return replace(
        view,
        secrets_live=live,
        problems=[*view.problems, *filter(None, [problem])],
        warnings=[*filter(None, [problem]), *view.warnings, *filter(None, [hint])],
    )


def _connections(tx: Connection, found: Sequence[Trigger]) -> dict[str, set[str]]:
    """Return by project id the names of the connections, where a trigger of ``found`` names one."""
    asked = {trigger.project_id for trigger in found if trigger.connection is not None}
    return {
        trigger.project_id: {one.name for one in projects.connections_of(tx, trigger.project_id)}
        if trigger.project_id in asked
        else set()
        for trigger in found
    }


def _last_content(tx: Connection, trigger: Trigger, recent: Sequence[Session]) -> Content | None:
    """Return what the file that ``trigger`` calls held when it ran last."""
    path = parse_call(trigger.call or "").path
    for session in recent:
        snapshot = None if session.snapshot_id is None else snapshots.get(tx, session.snapshot_id)
        for file in () if snapshot is None else snapshot.files:
            if file.path == path and file.blob is not None:
                return file.blob, file.size
    return None


def _not_found(key: str) -> NotFound:
    return no_trigger(key)
