"""A trigger's filter and mapping are read before it is stored; what cannot be read says which field it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from notebook_automation.domain.collecting import Collecting
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.filters import COLLECTED, STANDARD
from notebook_automation.domain.notifications import VARIABLES, NotifyRule
from notebook_automation.domain.trigger_rules import TriggerRule
from notebook_automation.domain.triggers import Trigger
from notebook_automation.ports import Filters


def check_expressions(trigger: Trigger, filters: Filters) -> None:
    """Raise Invalid (``filter_invalid``, with ``field`` in its details) for an expression that cannot be read."""
    if trigger.filter is not None:
        with _about("filter"):
            filters.check(trigger.filter)
    check_conditions(trigger.notify or (), filters)
    for name, text in trigger.mapping.items():
        with _about(f"mapping.{name}"):
            filters.check_value(text, _variables(trigger.collect))
    _check_key(trigger.collect, filters, "")
    for rule in trigger.rules:
        _check_rule(rule, filters)


def _variables(collect: Collecting | None) -> tuple[str, ...]:
    """Return what a mapping reads: all the events where they are collected."""
    return STANDARD if collect is None else COLLECTED


def _check_key(collect: Collecting | None, filters: Filters, above: str) -> None:
    if collect is not None and collect.key is not None:
        with _about(f"{above}collect.key"):
            filters.check_value(collect.key)


def _check_rule(rule: TriggerRule, filters: Filters) -> None:
    for number, text in enumerate(rule.conditions):
        with _about(f"rules.{rule.name}.conditions.{number}"):
            filters.check(text)
    if rule.transform is not None:
        with _about(f"rules.{rule.name}.transform"):
            filters.check_value(rule.transform)
    for name, text in rule.mapping.items():
        with _about(f"rules.{rule.name}.mapping.{name}"):
            filters.check_value(text, _variables(rule.collect))
    _check_key(rule.collect, filters, f"rules.{rule.name}.")


def check_conditions(rules: Sequence[NotifyRule], filters: Filters) -> None:
    """Raise Invalid (``filter_invalid``, with ``field``) for a condition of ``rules`` that cannot be read."""
    for number, rule in enumerate(rules):
        if rule.condition is not None:
            with _about(f"notify[{number}].if"):
                filters.check(rule.condition, VARIABLES)


@contextmanager
def _about(field: str) -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        # What is refused is remembered and raised again for the same text in another field: it stays as it is.
        raise Invalid(error.message, code=error.code, **{"field": field, **error.details}) from error
