"""What is stored, as a manifest writes it: only what differs from the defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import schedules
from .notifications import NotifyRule
from .triggers import Trigger


def _structured_fields(trigger: Trigger) -> dict[str, Any]:
    """Return its retry, policy, priority, signature, collecting and rules, as far as it has them."""
    found: dict[str, Any] = {
        "api_call": None if trigger.api_call is None else trigger.api_call.changed_fields(),
        "retry": None if trigger.retry is None else trigger.retry.changed_fields(),
        "policy": None if trigger.policy is None else trigger.policy.changed_fields(),
        "priority": trigger.priority or None,
        "signature": None if trigger.signature is None else trigger.signature.to_dict(),
        "collect": None if trigger.collect is None else trigger.collect.changed_fields(),
        "freshness": None if trigger.freshness is None else trigger.freshness.changed_fields(),
        "rules": [rule.changed_fields() for rule in trigger.rules] or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def manifest_fields(trigger: Trigger) -> dict[str, Any]:
    """Return a trigger as a manifest writes it: only what differs from the defaults."""
    fields: dict[str, Any] = {"type": trigger.type}
    for name in (
        "title", "connection", "event_type", "filter", "call", "report", "keep", "time_limit", "max_body", "sync_time",
        "kernel_name", "memory",
    ):  # fmt: skip
        if getattr(trigger, name) is not None:
            fields[name] = getattr(trigger, name)
    for name in ("parameters", "mapping", "env"):
        if getattr(trigger, name):
            fields[name] = dict(getattr(trigger, name))
    for name in ("is_sync", "is_durable", "warm"):
        if getattr(trigger, name):
            fields[name] = True
    fields |= _structured_fields(trigger)
    if trigger.notify is not None:
        fields["notify"] = rules_written(trigger.notify)
    fields |= {name: source.in_manifest() for name, source in trigger.sources.items() if source is not None}
    for name in ("tags", "skip_tags"):
        if getattr(trigger, name):
            fields[name] = list(getattr(trigger, name))
    if not trigger.enabled:
        fields["enabled"] = False
    return fields if trigger.schedule is None else {**fields, **_schedule_fields(trigger.schedule)}


def _schedule_fields(schedule: schedules.Schedule) -> dict[str, Any]:
    every = f"@every {schedule.every}" if schedule.every else None
    fields: dict[str, Any] = {"schedule": schedule.cron or every or schedule.at}
    if schedule.timezone != "UTC":
        fields["timezone"] = schedule.timezone
    if schedule.catch_up != "once":
        fields["catch_up"] = schedule.catch_up
    if schedule.jitter:
        fields["jitter"] = schedule.jitter
    if schedule.calendar is not None:
        fields["calendar"] = schedule.calendar.in_manifest()
    return fields


def rules_written(rules: Sequence[NotifyRule]) -> list[Any]:
    """Return who hears of what as a manifest writes it: as texts where that says all."""
    return [f"{','.join(rule.on)}:{rule.to[0]}" if rule.is_short else rule.to_dict() for rule in rules]
