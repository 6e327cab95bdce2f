"""A project's manifest (`automation.yaml`), in AutoKitteh's shape with our additions; and what applying it changes."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from . import schedules
from .errors import Invalid
from .manifest_schema import CONNECTION, PROJECT, PROJECT_POLICY, TRIGGER, VARIABLE, VERSIONS
from .notifications import NotifyRule, parse_notify
from .older_manifests import (
    OLDER_OF_CONNECTIONS,
    OLDER_OF_TRIGGERS,
    OLDER_OF_VARIABLES,
    language_elsewhere,
    without_older,
)
from .project_policies import ProjectPolicy
from .projects import Connection, Variable, validate_description, validate_name
from .trigger_sources import SOURCES
from .triggers import Trigger

ChangeKind = Literal["create", "change", "delete", "same"]

_NOT_A_FIELD = frozenset({"timezone", "jitter", "catch_up", "calendar", "webhook", "description"})
_HIDDEN = "(hidden)"
_CALLED_ELSEWHERE = {
    "entry_point": "call", "function": "call", "handler": "call", "cron": "schedule",
    "events": "event_type", "event": "event_type", "variables": "vars", "env": "vars", "service": "integration",
    "durable": "is_durable", "sync": "is_sync", "tz": "timezone", "disabled": "enabled",
    "retries": "retry", "retry_policy": "retry", "policies": "policy", "concurrency": "policy", "limit": "policy",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestVariable:
    """A variable as a manifest states it; ``value`` or ``description`` None leaves the stored one as it is."""

    name: str
    value: str | None
    secret: bool
    optional: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a manifest wants. ``triggers`` and ``policies`` are fields by name; None: they stay as they are."""

    project: str | None
    triggers: Mapping[str, Mapping[str, Any]] | None = None
    connections: Mapping[str, str] | None = None
    policies: Mapping[str, Mapping[str, Any]] | None = None
    variables: tuple[ManifestVariable, ...] | None = None
    notify: tuple[NotifyRule, ...] | None = None
    notes: tuple[str, ...] = ()
    """What it says that does nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a plan; ``fields`` has (old, new) by name for a change."""

    kind: Literal["project", "trigger", "connection", "variable", "policy"]
    name: str
    change: ChangeKind
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def read_manifest(document: Any) -> Manifest:
    """Return what a parsed YAML ``document`` wants.

    Raises Invalid (``manifest_invalid``) naming the place.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("project"), Mapping):
        raise _wrong("A manifest has the top key 'project', with name, connections, triggers and vars below it.")
    version = document.get("version")
    if version is not None and str(version).removeprefix("v") not in [known.removeprefix("v") for known in VERSIONS]:
        raise _wrong(f"version {version!r} is not known: write version: {' or '.join(VERSIONS)}.")
    project = document["project"]
    _check_keys(project, PROJECT, "project")
    name = project.get("name")
    notes: list[str] = []
    return Manifest(
        project=None if name is None else validate_name(str(name), "project's name"),
        triggers=_named(project, "triggers", lambda entry, where: _trigger(entry, where, notes)),
        connections=_named(project, "connections", lambda entry, where: _connection(entry, where, notes)),
        policies=_named(project, "policies", _policy),
        variables=_variables(project.get("vars"), notes),
        notify=None if project.get("notify") is None else parse_notify(project["notify"]),
        notes=tuple(notes),
    )


def plan_triggers(now: Sequence[Trigger], wanted: Mapping[str, Trigger]) -> list[Change]:
    """Return what turns the triggers ``now`` into ``wanted``, by name."""
    changes: list[Change] = []
    have = {trigger.name: trigger for trigger in now}
    for name, trigger in wanted.items():
        old = have.pop(name, None)
        if old is None:
            changes.append(Change(kind="trigger", name=name, change="create"))
            continue
        before, after = manifest_fields(old), manifest_fields(trigger)
        fields = {
            key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)
        }
        changes.append(Change(kind="trigger", name=name, change="change" if fields else "same", fields=fields))
    changes.extend(Change(kind="trigger", name=name, change="delete") for name in have)
    return changes


def plan_policies(now: Sequence[ProjectPolicy], wanted: Mapping[str, ProjectPolicy]) -> list[Change]:
    """Return what turns the policies ``now`` into ``wanted``, by name."""
    changes: list[Change] = []
    have = {policy.name: policy for policy in now}
    for name, policy in wanted.items():
        old = have.pop(name, None)
        if old is None:
            changes.append(Change(kind="policy", name=name, change="create"))
            continue
        before, after = old.manifest_fields(), policy.manifest_fields()
        fields = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
        changes.append(Change(kind="policy", name=name, change="change" if fields else "same", fields=fields))
    changes.extend(Change(kind="policy", name=name, change="delete") for name in have)
    return changes


def plan_connections(now: Sequence[Connection], wanted: Mapping[str, str]) -> list[Change]:
    """Return what turns the connections ``now`` into ``wanted`` (integration by name)."""
    changes: list[Change] = []
    have = {connection.name: connection.integration for connection in now}
    for name, integration in wanted.items():
        old = have.pop(name, None)
        change: ChangeKind = "create" if old is None else "same" if old == integration else "change"
        fields = {"integration": (old, integration)} if change == "change" else {}
        changes.append(Change(kind="connection", name=name, change=change, fields=fields))
    changes.extend(Change(kind="connection", name=name, change="delete") for name in have)
    return changes


def plan_variables(now: Sequence[Variable], wanted: Sequence[ManifestVariable]) -> list[Change]:
    """Return what turns the variables ``now`` into ``wanted``; values of secrets are never shown."""
    changes: list[Change] = []
    have = {variable.name: variable for variable in now}
    for variable in wanted:
        old = have.pop(variable.name, None)
        if old is None:
            changes.append(Change(kind="variable", name=variable.name, change="create"))
            continue
        kept = variable.value is None or (not old.secret and not variable.secret and old.value == variable.value)
        hidden = old.secret or variable.secret
        fields: dict[str, tuple[Any, Any]] = {}
        if not kept:
            fields["value"] = (_HIDDEN, _HIDDEN) if hidden else (old.value, variable.value)
        if variable.secret and not old.secret:
            fields["secret"] = (False, True)
        if variable.description is not None and variable.description != (old.description or ""):
            fields["description"] = (old.description, variable.description or None)
        changes.append(
            Change(kind="variable", name=variable.name, change="change" if fields else "same", fields=fields)
        )
    changes.extend(Change(kind="variable", name=name, change="delete") for name in have)
    return changes


def _structured_fields(trigger: Trigger) -> dict[str, Any]:
    """Return its retry, policy, priority, signature, collecting and rules, as far as it has them."""
    found: dict[str, Any] = {
        "retry": None if trigger.retry is None else trigger.retry.changed_fields(),
        "policy": None if trigger.policy is None else trigger.policy.changed_fields(),
        "priority": trigger.priority or None,
        "signature": None if trigger.signature is None else trigger.signature.to_dict(),
        "collect": None if trigger.collect is None else trigger.collect.changed_fields(),
        "rules": [rule.changed_fields() for rule in trigger.rules] or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def manifest_fields(trigger: Trigger) -> dict[str, Any]:
    """Return a trigger as a manifest writes it: only what differs from the defaults."""
    fields: dict[str, Any] = {"type": trigger.type}
    for name in ("connection", "event_type", "filter", "call", "report", "keep", "time_limit", "max_body", "sync_time"):
        if getattr(trigger, name) is not None:
            fields[name] = getattr(trigger, name)
    for name in ("parameters", "mapping"):
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


def plan_notify(project: str, now: Sequence[NotifyRule], wanted: Sequence[NotifyRule]) -> list[Change]:
    """Return what turns who hears of what in a project from ``now`` into ``wanted``."""
    before, after = rules_written(now), rules_written(wanted)
    if before == after:
        return []
    return [Change(kind="project", name=project, change="change", fields={"notify": (before, after)})]


def _check_keys(entry: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raise Invalid for a key that nobody would read, with the one that may be meant."""
    for key in map(str, entry):
        if key not in known:
            meant = _CALLED_ELSEWHERE.get(key.lower())
            close = [meant] if meant in known else difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"it may have {', '.join(known)}."
            raise _wrong(f"{where} has {key!r}, which is not known: {hint}")


def _trigger(entry: Mapping[str, Any], where: str, notes: list[str]) -> dict[str, Any]:
    entry = without_older(entry, OLDER_OF_TRIGGERS, where, notes)
    _check_keys(entry, TRIGGER, where)
    # Exports write fields that are not set as empty ones.
    entry = {key: value for key, value in entry.items() if value not in (None, "") or key == "name"}
    fields = {key: value for key, value in entry.items() if key not in _NOT_A_FIELD}
    language = language_elsewhere(fields.get("call"))
    if language is not None:
        call = fields.pop("call")
        notes.append(
            f"Trigger {entry['name']!r} calls {call}: nothing here runs {language}, so it only records events."
        )
    if "type" not in fields:
        fields["type"] = _type_of(entry, where)
    if entry.get("schedule") is not None:
        options = {
            key: entry[key] for key in ("timezone", "jitter", "catch_up", "calendar") if entry.get(key) is not None
        }
        given = entry["schedule"]
        if isinstance(given, Mapping):
            fields["schedule"] = {**given, **options}
        else:
            fields["schedule"] = _schedule(str(given), options, where)
    for name in ("parameters", "mapping"):
        if not isinstance(fields.get(name, {}), Mapping):
            raise _wrong(f"{where}.{name} has to be a mapping: write name: value below it.")
    return fields


def _schedule(text: str, options: Mapping[str, Any], where: str) -> schedules.Schedule:
    try:
        return schedules.Schedule.from_text(text, **options)
    except Invalid as error:
        raise Invalid(f"{where}.schedule: {error.message}", code=error.code) from None


def _type_of(entry: Mapping[str, Any], where: str) -> str:
    for key in ("schedule", "connection", "webhook"):
        if entry.get(key) is not None:
            return key
    for name, source in SOURCES.items():
        if entry.get(name) is not None:
            return source.type
    raise _wrong(f"{where} needs a type: webhook, schedule, event, session, file, artifact, manual, or a connection.")


def _policy(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    _check_keys(entry, PROJECT_POLICY, where)
    if not isinstance(entry.get("policy"), (str, int, Mapping)):
        raise _wrong(f"{where} needs a policy, such as 3 by region.")
    return {"call": entry.get("call"), "policy": entry["policy"]}


def _connection(entry: Mapping[str, Any], where: str, notes: list[str]) -> str:
    entry = without_older(entry, OLDER_OF_CONNECTIONS, where, notes)
    _check_keys(entry, CONNECTION, where)
    if entry.get("vars"):
        notes.append(f"The vars of connection {entry['name']!r} are not kept: set variables of the project.")
    integration = entry.get("integration")
    if not isinstance(integration, str) or not integration:
        raise _wrong(f"{where} needs an integration, such as slack.")
    return integration


def _named(project: Mapping[str, Any], key: str, read: Any) -> dict[str, Any] | None:
    entries = project.get(key)
    if entries is None:
        return None
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise _wrong(f"project.{key} has to be a list, each entry with a name: write - name: … below it.")
    found: dict[str, Any] = {}
    for number, entry in enumerate(entries):
        where = f"project.{key}[{number}]"
        if not isinstance(entry, Mapping) or not entry.get("name"):
            raise _wrong(f"{where} needs a name.")
        name = validate_name(str(entry["name"]), f"name of {where}")
        if name in found:
            raise _wrong(f"{where}: the name {name!r} is taken by an entry above.")
        found[name] = read(entry, where)
    return found


def _variable(entry: Mapping[str, Any], where: str, notes: list[str]) -> Mapping[str, Any]:
    entry = without_older(entry, OLDER_OF_VARIABLES, where, notes)
    _check_keys(entry, VARIABLE, where)
    if isinstance(entry.get("value"), (Mapping, list)):
        raise _wrong(f"{where}.value has to be a text: put it in quotes.")
    return entry


def _variables(entries: Any, notes: list[str]) -> tuple[ManifestVariable, ...] | None:
    found = _named({"vars": entries}, "vars", lambda entry, where: _variable(entry, where, notes))
    if found is None:
        return None
    return tuple(
        ManifestVariable(
            name=name,
            value=None if entry.get("value") is None else str(entry["value"]),
            secret=bool(entry.get("secret", False)),
            optional=bool(entry.get("optional", False)),
            description=_description(entry.get("description")),
        )
        for name, entry in found.items()
    )


def _description(given: Any) -> str | None:
    return None if given is None else validate_description(str(given)) or ""


def _wrong(message: str) -> Invalid:
    return Invalid(f"The manifest cannot be read: {message}", code="manifest_invalid")
