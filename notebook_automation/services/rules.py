"""The rules that a trigger has beside its own call: set, changed and removed one by one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.missing import no_rule, no_trigger
from notebook_automation.domain.trigger_definitions import with_fields
from notebook_automation.domain.trigger_rules import TriggerRule, parse_rule
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import triggers
from notebook_automation.store.database import Database

from .trigger_views import TriggerView, TriggerViews
from .triggers import Triggers, store


class Rules:
    """The service of rules. What two people change in the same moment is changed one after the other."""

    def __init__(self, database: Database, triggers: Triggers, views: TriggerViews) -> None:
        self._database = database
        self._triggers = triggers
        self._views = views

    async def put(self, caller: Caller, key: str, name: str, fields: Mapping[str, Any]) -> tuple[TriggerView, bool]:
        """Give a trigger the rule ``name``, or make the one that it has what ``fields`` say; return whether it is new.

        What is not named gets its default. Raises NotFound, Invalid (``rule_invalid``, ``filter_invalid``).
        """
        is_new = False

        def changed(rules: Sequence[TriggerRule], trigger: Trigger) -> list[TriggerRule]:
            nonlocal is_new
            rule = parse_rule({**fields, "name": name})
            is_new = all(one.name != name for one in rules)
            return [*rules, rule] if is_new else [rule if one.name == name else one for one in rules]

        return await self._changed(caller, key, changed), is_new

    async def change(self, caller: Caller, key: str, name: str, fields: Mapping[str, Any]) -> TriggerView:
        """Change the named ``fields`` of a rule. Raises NotFound (``rule_not_found``), Invalid."""

        def changed(rules: Sequence[TriggerRule], trigger: Trigger) -> list[TriggerRule]:
            _require(rules, trigger, name)
            return [parse_rule({**one.to_dict(), **fields}) if one.name == name else one for one in rules]

        return await self._changed(caller, key, changed)

    async def remove(self, caller: Caller, key: str, name: str) -> TriggerView:
        """Delete a rule; what it made stays, by its name. Raises NotFound (``rule_not_found``)."""

        def changed(rules: Sequence[TriggerRule], trigger: Trigger) -> list[TriggerRule]:
            _require(rules, trigger, name)
            return [one for one in rules if one.name != name]

        return await self._changed(caller, key, changed)

    async def _changed(self, caller: Caller, key: str, changed: Any) -> TriggerView:
        view = await self._views.get(caller, key)
        caller.require("configure", view.trigger.resource)

        def work(tx: Connection) -> None:
            trigger = triggers.get(tx, view.trigger.id, lock=True)
            if trigger is None:
                raise no_trigger(key)
            now = with_fields(trigger, {"rules": changed(trigger.rules, trigger)}, time.time())
            store(tx, replace(self._triggers.validated(now), changed_by=caller.behind.person), new=False)

        await self._database.write(work)
        self._triggers.changed()
        return await self._views.get(caller, view.trigger.id)


def _require(rules: Sequence[TriggerRule], trigger: Trigger, name: str) -> None:
    if all(rule.name != name for rule in rules):
        raise no_rule(trigger.ref, name)
