"""The rules that are in force on a trigger: the one that its own call is, and those that it has beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .rules import RULE_ID, Rule
from .trigger_rules import TriggerRule
from .triggers import Trigger


def rules_of(trigger: Trigger) -> list[Rule]:
    """Return the rules of ``trigger``, each under an id of its own; that of its own call first, where it has one."""
    own = [] if trigger.own_call is None else [_own(trigger, trigger.own_call)]
    return [*own, *(_beside(trigger, rule) for rule in trigger.rules)]


def rule_ref(trigger: Trigger, name: str | None) -> str:
    """Return by what history remembers a rule: its trigger's ref, with the ``name`` of one that is not its own call."""
    return trigger.ref if name is None else f"{trigger.ref}/{name}"


def rule_call(trigger: Trigger, config: Mapping[str, Any]) -> str | None:
    """Return what the rule of a snapshot ``config`` that history keeps calls now; None where it is gone, or off."""
    rule = config.get("rule")
    if not isinstance(rule, Mapping):
        return trigger.own_call
    return next((one.call for one in trigger.rules if one.name == rule.get("name") and one.enabled), None)


def _own(trigger: Trigger, call: str) -> Rule:
    return Rule(
        id=RULE_ID.new(),
        trigger_id=trigger.id,
        ref=rule_ref(trigger, None),
        call=call,
        conditions=() if trigger.filter is None else (trigger.filter,),
        enabled=trigger.enabled,
        parameters=trigger.parameters,
        mapping=trigger.mapping,
        collect=trigger.collect,
    )


def _beside(trigger: Trigger, rule: TriggerRule) -> Rule:
    return Rule(
        id=RULE_ID.new(),
        trigger_id=trigger.id,
        ref=rule_ref(trigger, rule.name),
        call=rule.call,
        condition=rule.condition,
        conditions=rule.conditions,
        enabled=trigger.enabled and rule.enabled,
        transform=rule.transform,
        parameters=rule.parameters,
        mapping=rule.mapping,
        collect=rule.collect,
        config={"rule": rule.to_dict()},
    )
