"""The feed of changes: what a change is, and how a noun says what its own changes carry.

Each noun's content type stands beside the noun (`TriggerChange` in `triggers.py`). The store keeps the content as JSON,
the REST schema and the front end's types are generated from the same classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar, dataclass_transform

C = TypeVar("C", bound=type[Any])

_DECLARED: dict[type[Any], ChangeType] = {}


@dataclass(frozen=True, slots=True)
class ChangeType:
    """One kind of content: the ``channel`` it comes on, the ``activities`` it comes with.

    ``times`` are its fields that hold epoch seconds: those that end in ``_at``.
    """

    content: type[Any]
    channel: str
    activities: tuple[str, ...]
    times: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, as it was recorded in the transaction that made it.

    ``seq`` grows with every one, ``entity`` is the id of what changed, ``created_at`` is epoch seconds.
    ``content`` is of the type that its noun declared for this channel and activity.
    """

    seq: int
    channel: str
    entity: str
    activity: str
    content: Any
    created_at: float


@dataclass_transform(frozen_default=True, kw_only_default=True)
def change_content(channel: str, *activities: str) -> Callable[[C], C]:
    """Make a frozen dataclass of the class below, and declare it as what changes on ``channel`` carry."""

    def declare(cls: C) -> C:
        made: C = dataclass(frozen=True, slots=True, kw_only=True)(cls)  # type: ignore[assignment]
        taken = {(one.channel, activity) for one in _DECLARED.values() for activity in one.activities}
        if doubled := taken & {(channel, activity) for activity in activities}:
            raise TypeError(f"{cls.__name__}: what is carried by {sorted(doubled)} is declared already.")
        times = tuple(one.name for one in fields(made) if one.name.endswith("_at"))
        _DECLARED[made] = ChangeType(made, channel, activities, times)
        return made

    return declare


def change_type(content: object) -> ChangeType:
    """Return how ``content`` was declared. Raises KeyError for what is no content of a change."""
    return _DECLARED[type(content)]


def declared_changes() -> list[ChangeType]:
    """Return every kind of content that the nouns imported so far have declared, by name."""
    return sorted(_DECLARED.values(), key=lambda one: one.content.__name__)
