"""Projects, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from .paging import Page


class Project(Struct, kw_only=True):
    """A folder; `path` is under the Jupyter root, which itself is the empty text; null outside of it."""

    id: str
    name: str
    path: str | None
    trigger_count: int
    created_at: str


class ProjectPage(Page[Project]):
    """A page of projects."""


class Parameter(Struct, kw_only=True):
    """One name of a notebook's parameters cell; `default` is null where it is no JSON value."""

    name: str
    default: Any
    type: Literal["string", "integer", "number", "boolean", "array", "object", "null", "any"]
    help: str
    required: bool


class InspectQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """A notebook or folder, by its path under the Jupyter root."""

    path: Annotated[str, Meta(max_length=4096)]


class Inspection(Struct, kw_only=True):
    """What a notebook says of itself, and the project it belongs to or would make."""

    path: str
    project: str
    kernel_name: str | None
    language: str | None
    parameters: list[Parameter]
    handlers: list[str]
    has_parameters_cell: bool
    warnings: list[dict[str, str]]


class ApplyBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A manifest (YAML) for the project at the folder `path`; with `dry_run` it is only planned."""

    manifest: str
    path: str = ""
    dry_run: bool = True


class Step(Struct, kw_only=True):
    """One line of a plan; `fields` has what changes, as old and new."""

    kind: Literal["project", "trigger", "connection", "variable", "policy"]
    name: str
    change: Literal["create", "change", "delete", "same"]
    fields: dict[str, tuple[Any, Any]]


class Plan(Struct, kw_only=True):
    """What a manifest changes, or has changed."""

    project: str
    plan: list[Step]
    warnings: list[str]
    applied: bool


class Export(Struct, kw_only=True):
    """A manifest (YAML) that makes the project's definitions again."""

    manifest: str


class ProjectBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A folder under the Jupyter root ("" is the root) to have as a project."""

    path: Annotated[str, Meta(max_length=4096)]


class Variable(Struct, kw_only=True):
    """A key of a project; the value of a secret is never shown."""

    name: str
    value: str | None
    secret: bool
    description: str | None


class VariablePage(Page[Variable]):
    """All variables of a project."""


class VariableBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A value to set; null leaves the value, or the description, that is there."""

    value: Annotated[str, Meta(max_length=100_000)] | None = None
    secret: bool = False
    description: Annotated[str, Meta(max_length=1000)] | None = None
