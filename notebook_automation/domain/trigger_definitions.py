"""What people say of a trigger becomes the trigger that is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from . import schedules
from .api_calls import parse_api_call
from .collecting import parse_collecting
from .environments import parsed_environment
from .errors import Invalid
from .freshness import parse_freshness
from .notifications import parse_notify
from .policies import parse_policy
from .projects import Project
from .retries import parse_retry
from .schedules import Schedule
from .signature_presets import NO_SIGNATURE, parse_signature
from .sizes import parse_size
from .tags import validated_skip_tags, validated_tags
from .trigger_fields import check_types
from .trigger_rules import parse_rules
from .trigger_sources import SOURCES, parsed_sources
from .trigger_validation import validate_trigger
from .triggers import TRIGGER_ID, Trigger

SETTABLE = frozenset(
    {
        "name", "title", "type", "enabled", "call", "api_call", "event_type", "filter", "schedule", "connection",
        "parameters", "mapping",
        "report", "keep", "tags", "skip_tags", "is_sync", "is_durable", "time_limit", "kernel_name", "env", "memory",
        "retry", "policy", "priority", "warm", "max_body", "sync_time", "signature", "rules", "collect", "notify",
        "freshness",
        *SOURCES,
    }
)  # fmt: skip
"""The fields that a person sets; the rest is the server's."""


_PARSED: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "api_call": parse_api_call, "retry": parse_retry, "collect": parse_collecting, "freshness": parse_freshness,
}  # fmt: skip
"""How fields are read that people write as mappings."""


def defined(project: Project, fields: Mapping[str, Any], now: float, *, old: Trigger | None = None) -> Trigger:
    """Return the trigger that ``fields`` define in ``project`` at ``now`` (epoch seconds), checked.

    What is not named gets its default. ``old`` is the trigger of that name: the new definition keeps its id, its URL
    and its history, and goes on with its schedule where that stays the same. A webhook that takes only what is signed
    goes on so until that is taken off in words: None, or the preset ``none``; rules stay until others, or none, are
    named. Raises Invalid.
    """
    name = str(fields.get("name", ""))
    blank = Trigger(
        id=old.id if old else TRIGGER_ID.new(),
        project_id=project.id,
        project=project.name,
        # A name that is missing or wrong is refused with the other fields.
        name=name or "x",
        type="manual",
        created_at=old.created_at if old else now,
        updated_at=now,
        slug=old.slug if old else None,
        signature=old.signature if old and fields.get("type") == "webhook" else None,
        rules=old.rules if old else (),
    )
    trigger = with_fields(blank, fields, now)
    if old is not None and trigger.schedule == old.schedule and trigger.enabled and old.enabled:
        return replace(trigger, last_tick=old.last_tick, next_fire=old.next_fire)
    return trigger


def with_fields(trigger: Trigger, fields: Mapping[str, Any], now: float) -> Trigger:
    """Return ``trigger`` with the settable ``fields`` changed at ``now`` (epoch seconds), checked.

    ``fields["schedule"]`` is None, a text like ``0 6 * * *`` or ``@every 1w``, or a mapping of cron, every, at,
    timezone, jitter, catch_up; ``fields["retry"]`` None, or a mapping as `parse_retry` takes it; ``fields["policy"]``
    None, or what `parse_policy` takes. A trigger whose schedule changes, or that is enabled again, starts from ``now``:
    what it missed before is nobody's wish.
    Raises Invalid.
    """
    unknown = set(fields) - SETTABLE
    if unknown:
        raise Invalid(
            f"A trigger has no {', '.join(sorted(unknown))}: its fields are {', '.join(sorted(SETTABLE))}.",
            code="trigger_invalid",
        )
    values = dict(fields)
    if "schedule" in values:
        values["schedule"] = _schedule(values["schedule"], trigger)
    check_types(values)
    if "rules" in values:
        values["rules"] = parse_rules(values["rules"])
    if "tags" in values:
        values["tags"] = validated_tags(values["tags"])
    if "skip_tags" in values:
        values["skip_tags"] = validated_skip_tags(values["skip_tags"])
    if values.get("max_body") is not None:
        values["max_body"] = parse_size(values["max_body"], "max_body")
    if isinstance(values.get("policy"), (Mapping, str, int)):
        values["policy"] = parse_policy(values["policy"])
    for field, parse in _PARSED.items():
        if isinstance(values.get(field), Mapping):
            values[field] = parse(values[field])
    if values.get("notify") is not None:
        values["notify"] = parse_notify(values["notify"])
    values.update(parsed_sources(values))
    values.update(parsed_environment(values))
    if isinstance(values.get("signature"), Mapping):
        given = values["signature"]
        values["signature"] = None if given.get("preset") == NO_SIGNATURE else parse_signature(given)
    changed = validate_trigger(replace(trigger, **values, updated_at=now))
    if changed.schedule is None or not changed.enabled:
        return replace(changed, last_tick=None, next_fire=None)
    if changed.schedule != trigger.schedule or not trigger.enabled or trigger.last_tick is None:
        return replace(changed, last_tick=now, next_fire=_next_fire(changed, now))
    return changed


_SCHEDULE_FIELDS = ("cron", "every", "at", "timezone", "jitter", "catch_up", "calendar")


def _schedule(given: Any, trigger: Trigger) -> Schedule | None:
    # The grid of an interval stays where it was as long as the trigger lives.
    anchor = trigger.created_at
    if given is None:
        return None
    if isinstance(given, Schedule):
        return given if given.anchor is not None else replace(given, anchor=anchor)
    if not isinstance(given, (str, Mapping)):
        raise Invalid(
            f"schedule has to be a text such as 0 6 * * *, or a mapping, not {given!r:.60}.", code="schedule_invalid"
        )
    if isinstance(given, str):
        return Schedule.from_text(given, anchor=anchor)
    options = {key: value for key, value in given.items() if value is not None and key not in ("description", "anchor")}
    unknown = set(options) - set(_SCHEDULE_FIELDS)
    if unknown:
        raise Invalid(
            f"A schedule has no {', '.join(sorted(unknown))}: it has {', '.join(_SCHEDULE_FIELDS)}.",
            code="schedule_invalid",
        )
    return schedules.parse(**options, anchor=anchor)


def with_days_read(trigger: Trigger, days: frozenset[str]) -> Trigger:
    """Return a trigger whose schedule has a calendar file, with the days off that the file says now."""
    schedule = trigger.schedule
    assert schedule is not None
    assert schedule.calendar is not None
    changed = replace(trigger, schedule=replace(schedule, calendar=replace(schedule.calendar, read=days)))
    if changed.last_tick is None:
        return changed
    return replace(changed, next_fire=_next_fire(changed, changed.last_tick))


def _next_fire(trigger: Trigger, after: float) -> float | None:
    if trigger.schedule is None:
        return None
    tick = schedules.next_fire(trigger.schedule, datetime.fromtimestamp(after, UTC))
    return None if tick is None else tick.timestamp()
