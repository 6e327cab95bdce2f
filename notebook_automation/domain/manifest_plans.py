"""What applying a manifest changes, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .manifest_fields import manifest_fields, rules_written
from .manifests import ManifestVariable
from .notifications import NotifyRule
from .project_policies import ProjectPolicy
from .projects import Connection, Variable
from .triggers import Trigger

ChangeKind = Literal["create", "change", "delete", "same"]
_HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a plan; ``fields`` has (old, new) by name for a change."""

    kind: Literal["project", "trigger", "connection", "variable", "policy"]
    name: str
    change: ChangeKind
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


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


def plan_notify(project: str, now: Sequence[NotifyRule], wanted: Sequence[NotifyRule]) -> list[Change]:
    """Return what turns who hears of what in a project from ``now`` into ``wanted``."""
    before, after = rules_written(now), rules_written(wanted)
    if before == after:
        return []
    return [Change(kind="project", name=project, change="change", fields={"notify": (before, after)})]
