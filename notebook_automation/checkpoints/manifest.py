"""A checkpoint as data: which blobs hold which names, and what of the notebook could not be saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Group:
    """Names that are saved together, since they share what may change.

    ``skeleton`` and ``buffers`` are digests; ``readonly`` has the numbers of buffers that nobody may write to.
    ``needs`` are definitions of the notebook that it refers to.
    """

    names: tuple[str, ...]
    skeleton: str
    buffers: tuple[str, ...] = ()
    readonly: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A name that could not be saved: why, and the cells (numbers) that make it again; none if nothing may."""

    reason: str
    made_by: tuple[int, ...] = ()
    obstacle: str = ""
    """Why it cannot be made again; '' where it can."""
    left: bool = False
    """A ``with`` statement has closed it: it is not made again, and says so to whoever uses it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is run again for what it makes: its source, translated to plain Python by the shell."""

    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The state after cell number ``cell``. ``modules`` are names that hold a module, by its name.

    ``made`` has the number of the cell that bound each name; ``hindrances`` are sentences on what else is in the way.
    ``hooked`` are classes whose subclasses' making runs code of the notebook that may change them.
    ``versions`` are the interpreter's and those of the packages that were loaded.
    """

    cell: int
    groups: tuple[Group, ...]
    process: Group
    modules: Mapping[str, str]
    unsaved: Mapping[str, Unsaved]
    made: Mapping[str, int]
    definitions: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    cells: Mapping[int, Cell] = field(default_factory=dict)
    hooked: tuple[str, ...] = ()
    hindrances: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def obstacle(self) -> str:
        """Why it cannot be resumed from here, '' where it can."""
        names = [f"`{name}` is {one.reason} ({one.obstacle})" for name, one in self.unsaved.items() if one.obstacle]
        return "; ".join([*names, *self.hindrances])

    def digests(self) -> Iterator[str]:
        """Give the blobs that it needs, in the order in which a restore does."""
        for group in (self.process, *self.groups):
            yield group.skeleton
            yield from group.buffers

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        data = _plain(self)
        return data | {
            "groups": [_plain(group) for group in self.groups],
            "process": _plain(self.process),
            "unsaved": {name: _plain(one) for name, one in self.unsaved.items()},
            "cells": {number: _plain(cell) for number, cell in self.cells.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Manifest:
        """Return what `to_json` gave. Raises KeyError or TypeError for anything else."""
        return cls(
            cell=data["cell"],
            groups=tuple(map(_group, data["groups"])),
            process=_group(data["process"]),
            modules=data["modules"],
            unsaved={
                name: Unsaved(one["reason"], tuple(one["made_by"]), one["obstacle"], one["left"])
                for name, one in data["unsaved"].items()
            },
            made=data["made"],
            definitions=tuple(data["definitions"]),
            changed=tuple(data["changed"]),
            cells={int(number): Cell(one["source"], tuple(one["tags"])) for number, one in data["cells"].items()},
            hooked=tuple(data["hooked"]),
            hindrances=tuple(data["hindrances"]),
            versions=data["versions"],
        )


def _plain(value: Any) -> dict[str, Any]:
    """Return the fields as they are: `dataclasses.asdict` would copy all that they hold."""
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _group(data: Mapping[str, Any]) -> Group:
    return Group(
        tuple(data["names"]), data["skeleton"], tuple(data["buffers"]), tuple(data["readonly"]), tuple(data["needs"])
    )
