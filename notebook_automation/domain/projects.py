"""A project: a folder under the Jupyter root, its variables and connections."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .access import EVERYTHING, Resource
from .changes import change_content
from .errors import Invalid
from .ids import IdPrefix

PROJECT_ID = IdPrefix("prj")
VARIABLE_ID = IdPrefix("var")
CONNECTION_ID = IdPrefix("con")

MAX_DESCRIPTION = 1000  # characters
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """``path`` is the folder, absolute: an automation outlives the server it was made in, whatever that one's root."""

    id: str
    name: str
    path: str
    created_at: float

    @property
    def resource(self) -> ProjectResource:
        """What somebody who does something to it needs to be allowed."""
        return ProjectResource.named(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectResource(Resource):
    """A project: its definitions, its variables, and the right to start things in it."""

    kind: ClassVar[str] = "project"

    @classmethod
    def named(cls, project_id: str) -> ProjectResource:
        """Return the resource that is the project with this id."""
        return cls(id=project_id, project_id=project_id)


def project_or_everything(project_id: str | None) -> Resource:
    """Return the resource of a list: of one project, or of all where none is named."""
    return EVERYTHING if project_id is None else ProjectResource.named(project_id)


@change_content("projects", "created", "updated")
class ProjectChange:
    """What changes of projects carry; a variable or connection that is set or deleted updates its project."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A key and value of a project; ``value`` of a secret is its encrypted form, never shown again."""

    id: str
    project_id: str
    name: str
    value: str
    secret: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A named use of an integration; without the integration installed it stays ``init_required``."""

    id: str
    project_id: str
    name: str
    integration: str
    status: str = "init_required"
    config: dict[str, Any] = field(default_factory=dict)


def validate_name(name: str, what: str = "name") -> str:
    """Return ``name`` if projects, triggers and variables may be called so.

    Raises Invalid (``name_invalid``).
    """
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"{name!r} cannot be the {what}: use letters, digits, '.', '_' and '-', beginning with a letter, "
            "a digit or '_', at most 100.",
            code="name_invalid",
            field="name",
        )
    return name


def validate_description(text: str) -> str | None:
    """Return the description of a variable without blanks around it, None for an empty one.

    Raises Invalid (``description_invalid``).
    """
    if len(text) > MAX_DESCRIPTION:
        raise Invalid(f"A description may have {MAX_DESCRIPTION} characters: shorten it.", code="description_invalid")
    return text.strip() or None


def name_for_folder(path: str) -> str:
    """Return the name that a project at ``path`` gets: its folder's, with what names may not hold replaced."""
    last = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip("-._")
    return cleaned[:100] or "project"
