"""Manifests: planned, applied in one commit, and written out again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import yaml
from sqlalchemy import Connection as Tx
from sqlalchemy.exc import IntegrityError

from notebook_automation.adapters.yaml_text import parse_yaml
from notebook_automation.domain import manifest_plans
from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.errors import Conflict, Invalid
from notebook_automation.domain.manifest_fields import manifest_fields, rules_written
from notebook_automation.domain.manifest_plans import Change
from notebook_automation.domain.manifest_schema import SCHEMA_LINE
from notebook_automation.domain.manifests import Manifest, read_manifest
from notebook_automation.domain.notifications import NotifyRule
from notebook_automation.domain.project_policies import ProjectPolicy, defined_policy
from notebook_automation.domain.projects import CONNECTION_ID, Connection, Project, ProjectChange, Variable
from notebook_automation.domain.trigger_definitions import defined
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import notifications, project_policies, projects, triggers
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from .calendar_files import with_days
from .projects import Projects, store_planned
from .trigger_views import TriggerViews
from .triggers import Triggers, remove_many, store_many

N = TypeVar("N", bound="_HasName")

_LOOKED_AT = 200
"""Triggers of one manifest whose files are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What applying a manifest changes (or has changed), and what to look at."""

    project: Project
    changes: list[Change]
    warnings: list[str]
    applied: bool


@dataclass(frozen=True, slots=True)
class _Stored:
    triggers: list[Trigger]
    connections: list[Connection]
    variables: list[Variable]
    notify: tuple[NotifyRule, ...]
    policies: list[ProjectPolicy]


class Manifests:
    """The service of manifests."""

    def __init__(self, database: Database, projects: Projects, triggers: Triggers, views: TriggerViews) -> None:
        self._database = database
        self._projects = projects
        self._triggers = triggers
        self._views = views
        self._reading = asyncio.Lock()

    async def apply(self, caller: Caller, text: str, folder: str, *, dry_run: bool) -> Plan:
        """Plan what a manifest changes in the project at ``folder``, and do it unless ``dry_run``.

        Everything is checked before anything is changed, and changed in one commit. Raises Invalid
        (``manifest_invalid``, …), TooLarge.
        """
        there = await self._projects.at(caller, folder)
        caller.require("configure", EVERYTHING if there is None else there.resource)
        # A large text takes a second: not in the event loop, and no two at a time.
        async with self._reading:
            manifest = await asyncio.to_thread(lambda: read_manifest(parse_yaml(text)))
        project, new = await self._projects.planned(caller, folder, manifest.project)
        caller.require("configure", project.resource)
        stored = await self._database.read(lambda tx: _stored(tx, project.id))
        async with self._reading:
            if manifest.notify is not None:
                self._triggers.check_conditions(manifest.notify)
            wanted = await asyncio.to_thread(self._wanted, project, stored.triggers, manifest.triggers or {})
        policies = _policies(project, stored.policies, manifest.policies or {})
        changes = [Change(kind="project", name=project.name, change="create")] if new else []
        if manifest.notify is not None:
            changes += manifest_plans.plan_notify(project.name, stored.notify, manifest.notify)
        if manifest.connections is not None:
            changes += manifest_plans.plan_connections(stored.connections, manifest.connections)
        if manifest.variables is not None:
            changes += manifest_plans.plan_variables(stored.variables, manifest.variables)
        if manifest.policies is not None:
            changes += manifest_plans.plan_policies(stored.policies, policies)
        if manifest.triggers is not None:
            changes += manifest_plans.plan_triggers(stored.triggers, wanted)
        warnings = _warnings(project, manifest)
        connections = manifest.connections
        names = {one.name for one in stored.connections} if connections is None else set(connections)
        warnings += await asyncio.to_thread(self._problems, project, list(wanted.values()), names)
        plan = Plan(project=project, changes=changes, warnings=warnings, applied=not dry_run)
        if not dry_run:
            signed = {name: replace(one, changed_by=caller.behind.person) for name, one in wanted.items()}

            def work(tx: Tx) -> None:
                self._write(tx, project, manifest, stored, signed, changes)
                _write_policies(tx, project, policies, stored, changes)

            try:
                await self._database.write(work)
            except IntegrityError:
                raise Conflict(
                    f"Project {project.name!r} was changed meanwhile: look at the plan again.", code="project_changed"
                ) from None
            self._triggers.changed()
        return plan

    async def export(self, caller: Caller, project: Project) -> str:
        """Return a manifest, as YAML, that makes the project's triggers, connections and variables again."""
        caller.require("read", project.resource)
        stored = await self._database.read(lambda tx: _stored(tx, project.id))
        content: dict[str, Any] = {"name": project.name}
        if stored.notify:
            content["notify"] = rules_written(stored.notify)
        if stored.connections:
            content["connections"] = [{"name": one.name, "integration": one.integration} for one in stored.connections]
        if stored.variables:
            # A secret's value stays here: the manifest says that it is wanted, not what it is.
            content["vars"] = [
                {
                    "name": one.name,
                    **({"description": one.description} if one.description else {}),
                    **({"secret": True} if one.secret else {"value": one.value}),
                }
                for one in stored.variables
            ]
        if stored.policies:
            content["policies"] = [
                {"name": one.name, **{key: value for key, value in one.manifest_fields().items() if value is not None}}
                for one in stored.policies
            ]
        if stored.triggers:
            content["triggers"] = [{"name": one.name, **manifest_fields(one)} for one in stored.triggers]
        text: str = yaml.safe_dump(
            {"version": "v1", "project": content}, sort_keys=False, allow_unicode=True, width=100
        )
        return SCHEMA_LINE + text

    def _wanted(
        self, project: Project, now: list[Trigger], wanted: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Trigger]:
        have = {trigger.name: trigger for trigger in now}
        at = time.time()
        made: dict[str, Trigger] = {}
        for name, fields in wanted.items():
            try:
                trigger = defined(project, {**fields, "name": name}, at, old=have.get(name))
                made[name] = with_days(self._triggers.validated(trigger), project, self._projects)
            except Invalid as error:
                raise Invalid(f"Trigger {name!r}: {error.message}", code=error.code) from None
        return made

    def _problems(self, project: Project, wanted: list[Trigger], connections: set[str]) -> list[str]:
        """Return what would stop the triggers from running, as the project's files are now. Blocks."""
        found = self._views.problems(project, wanted[:_LOOKED_AT], connections)
        left = len(wanted) - _LOOKED_AT
        return found if left <= 0 else [*found, f"Whether the last {left} triggers find their files was not looked at."]

    def _write(
        self, tx: Tx, project: Project, manifest: Manifest, stored: _Stored, wanted: Mapping[str, Trigger],
        changes: list[Change],
    ) -> None:  # fmt: skip
        by_kind: dict[str, list[Change]] = {}
        for change in changes:
            if change.change != "same":
                by_kind.setdefault(change.kind, []).append(change)
        made = [change.change for change in by_kind.get("project", ())]
        if "create" in made:
            store_planned(tx, project)
        if "change" in made:
            notifications.set_of_project(tx, project.id, manifest.notify or ())
        _write_triggers(tx, by_kind.get("trigger", ()), stored, wanted)
        for change in by_kind.get("connection", ()):
            self._write_connection(tx, project, change, stored, manifest)
        for change in by_kind.get("variable", ()):
            self._write_variable(tx, project, change, manifest)
        announce(tx, project.id, "updated", ProjectChange(name=project.name))

    def _write_variable(self, tx: Tx, project: Project, change: Change, manifest: Manifest) -> None:
        if change.change == "delete":
            projects.remove_variable(tx, project.id, change.name)
            return
        wanted = _named(manifest.variables or (), change.name)
        # Without a value only the rest is stated: the value that is stored stays.
        value = "" if wanted.value is None and change.change == "create" else wanted.value
        self._projects.store_variable(
            tx, project, wanted.name, value, secret=wanted.secret, description=wanted.description
        )

    def _write_connection(self, tx: Tx, project: Project, change: Change, stored: _Stored, manifest: Manifest) -> None:
        if change.change == "create":
            integration = (manifest.connections or {})[change.name]
            connection = Connection(
                id=CONNECTION_ID.new(), project_id=project.id, name=change.name, integration=integration
            )
            projects.add_connection(tx, connection)
            return
        old = _named(stored.connections, change.name)
        if change.change == "delete":
            projects.remove_connection(tx, old.id)
        else:
            projects.change_connection(tx, old.id, (manifest.connections or {})[change.name])


def _write_triggers(tx: Tx, changes: Iterable[Change], stored: _Stored, wanted: Mapping[str, Trigger]) -> None:
    names: dict[str, list[str]] = {"create": [], "change": [], "delete": []}
    for change in changes:
        names[change.change].append(change.name)
    store_many(tx, added=[wanted[name] for name in names["create"]], changed=[wanted[name] for name in names["change"]])
    have = {trigger.name: trigger for trigger in stored.triggers}
    remove_many(tx, [have[name] for name in names["delete"]])


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


def _named(things: Iterable[N], name: str) -> N:
    return next(one for one in things if one.name == name)


def _stored(tx: Tx, project_id: str) -> _Stored:
    return _Stored(
        triggers.of_project(tx, project_id),
        projects.connections_of(tx, project_id),
        projects.variables_of(tx, project_id),
        notifications.of_project(tx, project_id),
        project_policies.of_project(tx, project_id),
    )


def _policies(
    project: Project, now: Sequence[ProjectPolicy], wanted: Mapping[str, Mapping[str, Any]]
) -> dict[str, ProjectPolicy]:
    have = {policy.name: policy for policy in now}
    made: dict[str, ProjectPolicy] = {}
    for name, fields in wanted.items():
        try:
            made[name] = defined_policy(project, name, fields, have.get(name))
        except Invalid as error:
            raise Invalid(f"Policy {name!r}: {error.message}", code=error.code) from None
    return made


def _write_policies(
    tx: Tx, project: Project, wanted: Mapping[str, ProjectPolicy], stored: _Stored, changes: Iterable[Change]
) -> None:
    kinds = {change.name: change.change for change in changes if change.kind == "policy" and change.change != "same"}
    gone = [one.id for one in stored.policies if kinds.get(one.name) == "delete"]
    project_policies.save(tx, project.id, [wanted[name] for name, kind in kinds.items() if kind != "delete"], gone)


def _warnings(project: Project, manifest: Manifest) -> list[str]:
    warnings = list(manifest.notes)
    if manifest.project not in (None, project.name):
        warnings.append(f"This folder's project is called {project.name!r}; it keeps that name.")
    for name, integration in (manifest.connections or {}).items():
        if integration == "http":
            warnings.append(
                f"Connection {name!r} receives nothing: HTTP needs none. In its triggers write type: webhook instead "
                f"of connection: {name}."
            )
            continue
        warnings.append(
            f"Connection {name!r} waits for the integration {integration!r}, which is not installed: its triggers "
            "are registered and receive nothing until then."
        )
    for variable in manifest.variables or ():
        if variable.value is None and not variable.optional:
            warnings.append(f"Variable {variable.name!r} has no value in the manifest: set it before a run needs it.")
    return warnings
