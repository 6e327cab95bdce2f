"""Policies of a project: each limits the sessions of one file or handler, or of all, however they began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .calls import parse_call, split_call
from .errors import Invalid, NotFound
from .ids import IdPrefix
from .policies import Policy, parse_policy, written
from .projects import Project, validate_name

POLICY_ID = IdPrefix("pol")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPolicy:
    """A policy under a name; ``call`` is what it limits: a file with all its handlers, one of them, or None for all."""

    id: str
    project_id: str
    name: str
    policy: Policy
    call: str | None = None

    def limits(self, call: str) -> bool:
        """Return whether a session that runs ``call`` is counted."""
        return self.call is None or self.call == call or self.call == split_call(call)[0]

    def manifest_fields(self) -> dict[str, Any]:
        """Return it as a manifest writes it."""
        return {"call": self.call, "policy": written(self.policy)}


def defined_policy(project: Project, name: str, fields: Mapping[str, Any], old: ProjectPolicy | None) -> ProjectPolicy:
    """Return the policy that ``fields`` define, under the id of the ``old`` one.

    They are ``call``, and ``policy`` as `parse_policy` takes it. Raises Invalid (``policy_invalid``, ``name_invalid``,
    ``call_invalid``).
    """
    call = fields.get("call")
    if call is not None:
        if not isinstance(call, str):
            raise Invalid("call has to be a text such as report.ipynb.", code="policy_invalid", field="call")
        parse_call(call)
    return ProjectPolicy(
        id=old.id if old else POLICY_ID.new(),
        project_id=project.id,
        name=validate_name(name, "policy's name"),
        call=call,
        policy=parse_policy(fields["policy"]),
    )


def no_policy(project: str, name: str) -> NotFound:
    """Return the error that a project has no such policy."""
    return NotFound(
        f"Project {project!r} has no policy {name!r}: see jupyter automation policy list.", code="policy_not_found"
    )
