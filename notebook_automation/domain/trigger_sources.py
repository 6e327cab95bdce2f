"""What a trigger of a type waits for, beside schedules and webhooks: one field for each type, kept as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .after import parse_after
from .errors import Invalid
from .watched_artifact import parse_watched_artifact
from .watched_files import parse_watched_files


class Source(Protocol):
    """What a trigger waits for."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON, as its parser takes it."""

    def in_manifest(self) -> Any:
        """Return it as a manifest writes it: only what differs from the defaults."""

    def describe(self) -> str:
        """Return it in English."""


@dataclass(frozen=True, slots=True)
class SourceField:
    """The field of a trigger of a ``type``: how it is read (raises Invalid), and what it is for."""

    type: str
    parse: Callable[[Any], Source]
    needed: str


SOURCES: Mapping[str, SourceField] = {
    "after": SourceField(
        "session", parse_after, "A session trigger needs after: the triggers or notebooks whose sessions it follows."
    ),
    "artifact": SourceField(
        "artifact",
        parse_watched_artifact,
        "An artifact trigger needs artifact: who makes it and its name, load/table.csv.",
    ),
    "files": SourceField("file", parse_watched_files, "A file trigger needs files: paths such as data/*.csv."),
}
"""By the field's name."""


def parsed_sources(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``values`` that are sources, read. Raises Invalid."""
    return {
        name: SOURCES[name].parse(value) if value is not None and not hasattr(value, "to_dict") else value
        for name, value in values.items()
        if name in SOURCES
    }


def validate_sources(type: str, sources: Mapping[str, Source | None]) -> None:
    """Raise Invalid (``trigger_invalid``) unless a trigger of this type has its own source, and no other."""
    for name, field in SOURCES.items():
        has = sources[name] is not None
        if field.type == type and not has:
            raise Invalid(field.needed, code="trigger_invalid", field=name)
        if field.type != type and has:
            raise Invalid(
                f"{name} belongs to triggers of type {field.type}, not {type}.", code="trigger_invalid", field=name
            )
