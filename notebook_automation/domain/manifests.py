"""A project's manifest (`automation.yaml`), in AutoKitteh's shape with our additions, is read."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
from .projects import validate_description, validate_name
from .trigger_sources import SOURCES

_NOT_A_FIELD = frozenset({"timezone", "jitter", "catch_up", "calendar", "webhook", "description"})
_CALLED_ELSEWHERE = {
    "entry_point": "call", "function": "call", "handler": "call", "cron": "schedule",
    "events": "event_type", "event": "event_type", "variables": "vars", "env": "vars", "service": "integration",
    "durable": "is_durable", "sync": "is_sync", "tz": "timezone", "disabled": "enabled",
    "kernel": "kernel_name", "kernelspec": "kernel_name", "environment": "env", "memory_limit": "memory",
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
