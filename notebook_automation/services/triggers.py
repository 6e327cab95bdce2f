"""Triggers: registered, changed and removed; `trigger_views` shows them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.access import Caller
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Conflict, NotFound
from notebook_automation.domain.ids import new_slug
from notebook_automation.domain.notifications import NotifyRule
from notebook_automation.domain.projects import Project
from notebook_automation.domain.rule_sets import rules_of
from notebook_automation.domain.trigger_definitions import defined, with_fields
from notebook_automation.domain.triggers import Trigger, TriggerChange, runs_other_file
from notebook_automation.ports import Filters
from notebook_automation.store import triggers
from notebook_automation.store.changes import announce_many
from notebook_automation.store.database import Database

from . import deleted_sources, trigger_retries
from .calendar_files import with_days
from .projects import Projects
from .trigger_expressions import check_conditions, check_expressions
from .trigger_views import TriggerView, TriggerViews


class Triggers:
    """The service of triggers. ``changed`` is called after each commit that changes one."""

    def __init__(
        self, database: Database, projects: Projects, filters: Filters, views: TriggerViews, changed: Callable[[], None]
    ) -> None:
        self.changed = changed
        self._database = database
        self._projects = projects
        self._filters = filters
        self._views = views

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
                f"There is a trigger {old.ref!r} already: change that one, or take another name.",
                code="trigger_exists",
                field="name",
            )
        trigger = await self._with_days(self.validated(defined(project, fields, now, old=old)), project)
        trigger = replace(trigger, changed_by=caller.behind.person)
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
        return await self._views.get(caller, trigger.id), old is None

    async def change(self, caller: Caller, key: str, fields: Mapping[str, Any]) -> TriggerView:
        """Change the named ``fields`` of a trigger. Raises NotFound, Invalid, Conflict (``trigger_exists``)."""
        view = await self._views.get(caller, key)
        caller.require("configure", view.trigger.resource)
        changed = self.validated(with_fields(view.trigger, fields, time.time()))
        if "schedule" in fields:
            changed = await self._with_days(changed, await self._projects.get(caller, changed.project_id))
        await self._stored(replace(changed, changed_by=caller.behind.person), new=False)
        return await self._views.get(caller, view.trigger.id)

    async def remove(self, caller: Caller, key: str) -> Trigger:
        """Delete a trigger; what it made stays, by its name. Returns what it was."""
        trigger = (await self._views.get(caller, key)).trigger
        caller.require("configure", trigger.resource)

        await self._database.write(lambda tx: remove(tx, trigger))
        self.changed()
        return trigger

    async def preview(self, caller: Caller, project: Project, fields: Mapping[str, Any]) -> TriggerView:
        """Return what ``save`` would store, with its warnings, and store nothing. Raises Invalid."""
        caller.require("read", project.resource)
        trigger = await self._with_days(self.validated(defined(project, fields, time.time())), project)
        return await self._views.of_unsaved(trigger, project)

    def validated(self, trigger: Trigger) -> Trigger:
        """Return ``trigger``, with a URL if it is a webhook, when its filter and mappings can be read.

        Raises Invalid (``filter_invalid``), with the field that it is about.
        """
        check_expressions(trigger, self._filters)
        if trigger.type == "webhook" and trigger.slug is None:
            return replace(trigger, slug=new_slug())
        return trigger

    async def _with_days(self, trigger: Trigger, project: Project) -> Trigger:
        if trigger.schedule is None or trigger.schedule.calendar is None:
            return trigger
        return await asyncio.to_thread(with_days, trigger, project, self._projects)

    def check_conditions(self, rules: Sequence[NotifyRule]) -> None:
        """Raise Invalid (``filter_invalid``) for a condition of ``rules`` that cannot be read."""
        check_conditions(rules, self._filters)

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
                f"There is a trigger {trigger.ref!r} already: take another name.",
                code="trigger_exists",
                field="name",
            ) from None
        self.changed()
        return trigger


def store(tx: Connection, trigger: Trigger, *, new: bool) -> None:
    """Write a checked trigger with its rule, and announce it."""
    store_many(tx, added=[trigger] if new else [], changed=[] if new else [trigger])


def store_many(tx: Connection, *, added: Sequence[Trigger], changed: Sequence[Trigger]) -> None:
    """Do what ``store`` does to several at once."""
    triggers.add_many(tx, added)
    triggers.change_many(tx, changed)
    trigger_retries.follow(tx, changed)
    triggers.set_rules_of_many(tx, {one.id: rules_of(one) for one in (*added, *changed)})
    announce_many(
        tx,
        [
            (one.id, activity, TriggerChange.of(one))
            for activity, some in (("created", added), ("updated", changed))
            for one in some
        ],
    )


def remove(tx: Connection, trigger: Trigger) -> None:
    """Delete a trigger with its rules, and announce it."""
    remove_many(tx, [trigger])


def remove_many(tx: Connection, removed: Sequence[Trigger]) -> None:
    """Do what ``remove`` does to several at once."""
    trigger_retries.give_up(tx, removed)
    deleted_sources.give_up(tx, [one.id for one in removed])
    triggers.remove_many(tx, [one.id for one in removed])
    announce_many(tx, [(one.id, "deleted", TriggerChange.of(one)) for one in removed])
