"""A rule: on this trigger, if this holds, call that; an enforcement: one rule meeting one event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .collecting import Collecting
from .ids import IdPrefix

RULE_ID = IdPrefix("rul")
ENFORCEMENT_ID = IdPrefix("enf")

UNDECIDED = "A condition could not be decided"
"""How the reason begins of an enforcement of which a condition met an error."""

EnforcementStatus = Literal["created", "processed", "disabled"]
Condition = Literal["any", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``conditions`` are CEL texts over ``data`` and ``event_type``; none means always.

    ``transform`` is a CEL text whose value takes the place of ``data`` for ``mapping``, CEL texts by parameter.
    ``parameters`` are JSON values by name, ``collect`` says for how long its events are collected for one session.
    ``config`` is the snapshot of the rule that history keeps: None where the trigger's says all, as that of its own
    call.
    """

    id: str
    trigger_id: str
    ref: str
    call: str
    condition: Condition = "all"
    conditions: tuple[str, ...] = ()
    enabled: bool = True
    transform: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    collect: Collecting | None = None
    config: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """The record of why a rule did, or did not, run something for an event.

    ``matched`` is what its conditions came to; ``error`` the sentence of the first condition that could not be
    decided (an error never fires). ``config`` is the snapshot of rule and trigger.
    """

    id: str
    event_id: str
    rule_id: str | None
    rule_ref: str
    trigger_ref: str | None
    created_at: float
    status: EnforcementStatus
    matched: bool
    condition: Condition = "all"
    conditions: tuple[str, ...] = ()
    reason: str | None = None
    session_id: str | None = None
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the conditions of a rule came to on one event."""

    status: EnforcementStatus
    matched: bool
    reason: str | None = None


def decide(rule: Rule, results: list[tuple[bool, str | None]]) -> Verdict:
    """Return the verdict of ``rule`` from each condition's (matched, error).

    A condition that could not be decided is not false but an error: it is recorded and never fires, also under
    ``any`` when no other condition matched.
    """
    if not rule.enabled:
        return Verdict(status="disabled", matched=False, reason="The rule is disabled.")
    matches = [result for result, error in results if error is None]
    errors = [error for _, error in results if error is not None]
    matched = any(matches) if rule.condition == "any" and rule.conditions else not errors and all(matches)
    if matched:
        return Verdict(status="processed", matched=True)
    reason = f"{UNDECIDED}: {errors[0]}" if errors else "The conditions did not hold."
    return Verdict(status="processed", matched=False, reason=reason)
