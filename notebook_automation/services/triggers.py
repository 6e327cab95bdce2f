"""Triggers: registered, changed, looked at and removed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.access import Caller
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Conflict, NotFound
from notebook_automation.domain.events import Event
from notebook_automation.domain.ids import new_slug
from notebook_automation.domain.parameters import Parameter
from notebook_automation.domain.projects import Project, project_or_everything
from notebook_automation.domain.rules import RULE_ID
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.trigger_hints import Notice
from notebook_automation.domain.triggers import Trigger, TriggerChange, defined, runs_other_file, with_fields
from notebook_automation.ports import Filters, Kernels
from notebook_automation.store import events, projects, sessions, snapshots, triggers
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from .matching import rules_for
from .projects import Projects
from .trigger_problems import Content, TriggerProblems

RECENT = 10
"""Sessions shown as a trigger's recent results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerView:
    """A trigger with what people want to see beside it. ``recent`` is newest first.
    ``last_refused`` is the newest delivery that was not taken.

    ``problems`` would stop a run if all stayed as it is now. ``warnings`` are these and all else that is worth a look;
    ``parameters`` are the called notebook's: both only where one trigger is asked for.
    """

    trigger: Trigger
    project: Project
    recent: list[Session] = field(default_factory=list)
    last_refused: Event | None = None
    problems: list[Notice] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    parameters: list[Parameter] | None = None


class Triggers:
    """The service of triggers. ``changed`` is called after each commit that changes one."""

    def __init__(
        self, database: Database, projects: Projects, filters: Filters, kernels: Kernels, changed: Callable[[], None]
    ) -> None:
        self.changed = changed
        self._database = database
        self._projects = projects
        self._filters = filters
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
        if any(problem.code == "call_not_found" for problem in view.problems):
            # What it held when it ran last may show where it is now.
            content = await self._database.read(lambda tx: _last_content(tx, trigger, recent))
            view = await asyncio.to_thread(self._view, trigger, project, recent, connections, content)
        return (await self._with_refusals([view]))[0]

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, project: str | None = None,
        type: str | None = None, enabled: bool | None = None, text: str | None = None, tag: str | None = None,
    ) -> tuple[list[TriggerView], str | None]:  # fmt: skip
        """Return a page of triggers, newest first; ``project`` is an id or a name."""
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
            )
            rows = [(trigger, sessions.recent(tx, trigger.id, RECENT)) for trigger in found]
            return rows, _connections(tx, found), more

        found, connections, more = await self._database.read(work)
        owners = {
            project_id: await self._projects.get(caller, project_id)
            for project_id in {trigger.project_id for trigger, _ in found}
        }
        return await self._with_refusals(await asyncio.to_thread(self._views, found, owners, connections)), more

    async def save(
        self, caller: Caller, project: Project, fields: Mapping[str, Any], *, replace_existing: bool,
        replace_other_file: bool = True,
    ) -> tuple[TriggerView, bool]:  # fmt: skip
        """Register a trigger, or change the one of that name; return it and whether it is new.

        A trigger that is replaced keeps its id, its URL and its history; fields that are not named get their
        defaults. Without ``replace_other_file``, one that runs another file is not replaced as long as that file is
        there. Raises Invalid, Conflict (``trigger_exists``).
        """
        caller.require("configure", project.resource)
        now = time.time()
        name = str(fields.get("name", ""))
        old = await self._database.read(lambda tx: triggers.get(tx, f"{project.name}/{name}"))
        if old is not None and not replace_existing:
            raise Conflict(
                f"There is a trigger {old.ref!r} already: change that one, or take another name.", code="trigger_exists"
            )
        trigger = self.validated(defined(project, fields, now, old=old))
        if old is not None and not replace_other_file and runs_other_file(old, trigger):
            await asyncio.to_thread(self._refuse_replacement, project, old, trigger)
        try:
            trigger = await self._stored(trigger, new=old is None)
        except Conflict:
            if old is not None or not replace_existing:
                raise
            # Registered by somebody else in the same moment: then this is a change of it.
            return await self.save(
                caller, project, fields, replace_existing=True, replace_other_file=replace_other_file
            )
        return await self.get(caller, trigger.id), old is None

    async def change(self, caller: Caller, key: str, fields: Mapping[str, Any]) -> TriggerView:
        """Change the named ``fields`` of a trigger. Raises NotFound, Invalid, Conflict (``trigger_exists``)."""
        view = await self.get(caller, key)
        caller.require("configure", view.trigger.resource)
        await self._stored(self.validated(with_fields(view.trigger, fields, time.time())), new=False)
        return await self.get(caller, view.trigger.id)

    async def remove(self, caller: Caller, key: str) -> Trigger:
        """Delete a trigger; what it made stays, by its name. Returns what it was."""
        trigger = (await self.get(caller, key)).trigger
        caller.require("configure", trigger.resource)

        await self._database.write(lambda tx: remove(tx, trigger))
        self.changed()
        return trigger

    async def preview(self, caller: Caller, project: Project, fields: Mapping[str, Any]) -> TriggerView:
        """Return what ``save`` would store, with its warnings, and store nothing. Raises Invalid."""
        caller.require("read", project.resource)
        trigger = self.validated(defined(project, fields, time.time()))
        connections = await self._database.read(lambda tx: _connections(tx, [trigger])[project.id])
        return await asyncio.to_thread(self._view, trigger, project, [], connections)

    def validated(self, trigger: Trigger) -> Trigger:
        """Return ``trigger``, with a URL if it is a webhook, when its filter and mappings can be read.

        Raises Invalid (``filter_invalid``).
        """
        if trigger.filter is not None:
            self._filters.check(trigger.filter)
        for text in trigger.mapping.values():
            self._filters.check_value(text)
        if trigger.type == "webhook" and trigger.slug is None:
            return replace(trigger, slug=new_slug())
        return trigger

    def problems(self, project: Project, wanted: Sequence[Trigger], connections: Collection[str]) -> list[str]:
        """Return, in sentences, what would stop triggers of ``project`` from running as its files are now. Blocks."""
        look = TriggerProblems(self._projects, self._kernels)
        return [
            f"Trigger {trigger.name!r}: {problem.message}"
            for trigger in wanted
            for problem in look.of(trigger, project, connections).problems
        ]

    def _refuse_replacement(self, project: Project, old: Trigger, new: Trigger) -> None:
        """Raise Conflict unless the file that ``old`` runs is gone: then nobody misses it."""
        assert old.call is not None
        assert new.call is not None
        try:
            self._projects.file(project, old.call)
        except NotFound:
            return
        raise Conflict(
            f"There is a trigger {old.ref!r} already, and it runs {parse_call(old.call).path}, not "
            f"{parse_call(new.call).path}: take another name, or replace it.",
            code="trigger_exists", call=old.call,
        )  # fmt: skip

    async def _stored(self, trigger: Trigger, *, new: bool) -> Trigger:
        try:
            await self._database.write(lambda tx: store(tx, trigger, new=new))
        except IntegrityError:
            raise Conflict(
                f"There is a trigger {trigger.ref!r} already: take another name.", code="trigger_exists"
            ) from None
        self.changed()
        return trigger

    async def _with_refusals(self, views: list[TriggerView]) -> list[TriggerView]:
        webhooks = [view.trigger.id for view in views if view.trigger.type == "webhook"]
        if not webhooks:
            return views
        refused = await self._database.read(lambda tx: events.last_refusals(tx, webhooks))
        return [replace(view, last_refused=refused.get(view.trigger.id)) for view in views]

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


def store(tx: Connection, trigger: Trigger, *, new: bool) -> None:
    """Write a checked trigger with its rule, and announce it."""
    if new:
        triggers.add(tx, trigger)
    else:
        triggers.change(tx, trigger)
    triggers.set_rules(tx, trigger.id, rules_for(trigger, RULE_ID.new()))
    announce(tx, trigger.id, "created" if new else "updated", TriggerChange.of(trigger))


def remove(tx: Connection, trigger: Trigger) -> None:
    """Delete a trigger with its rules, and announce it."""
    triggers.remove(tx, trigger.id)
    announce(tx, trigger.id, "deleted", TriggerChange.of(trigger))


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
    return NotFound(f"There is no trigger {key!r}: name it as project/name, or by its id.", code="trigger_not_found")
