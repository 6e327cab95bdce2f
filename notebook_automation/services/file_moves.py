"""Triggers and projects go along with files and folders that people rename or move."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.calls import Call, parse_call
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.projects import Project, ProjectChange
from notebook_automation.domain.triggers import Trigger, TriggerChange
from notebook_automation.store import projects, triggers
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from .projects import Projects
from .triggers import store


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a trigger belongs now: a project, and the call of the file in it."""

    project: Project
    call: str


@dataclass(frozen=True, slots=True)
class _Affected:
    """The projects whose folder has moved, and the triggers outside of them whose file has."""

    projects: Sequence[Project]
    triggers: Sequence[Trigger]
    folders: Mapping[str, Path]
    """Of every project by its id."""


class FileMoves:
    """The service of moved files. ``changed`` is called after each commit that changes a trigger."""

    def __init__(self, database: Database, projects: Projects, changed: Callable[[], None]) -> None:
        self._database = database
        self._projects = projects
        self._changed = changed
        self._in_order = asyncio.Lock()

    async def moved(self, caller: Caller, old: Path, new: Path) -> None:
        """Let all that was at ``old`` or below it be at ``new``; both are absolute, links in their folders followed.

        A project whose folder has moved keeps its id and name. A trigger stays in its project as long as its file is
        below that one's folder; else it goes to the project where the file is now, under another name where its own is
        taken there. What can no longer be called (renamed to ``.txt``) stays as it is: the trigger says so. Moves are
        followed in the order in which this is called.
        """
        caller.require("configure", EVERYTHING)
        # Of a file that is moved twice in a moment, the second move finds nothing to do before the first is stored.
        async with self._in_order:
            affected = await self._database.read(lambda tx: _affected(tx, old))
            places = await self._places(caller, affected, old, new)
            try:
                await self._database.write(lambda tx: _move(tx, old, new, places))
            except IntegrityError:
                # Somebody registered a trigger of that name, or made that project, in the same moment.
                await self._database.write(lambda tx: _move(tx, old, new, places))
        self._changed()

    async def touched(self, caller: Caller, path: Path) -> None:
        """Announce the triggers whose file is at ``path`` or below it: it was saved or deleted, so what is said of them
        may be another thing now."""
        caller.require("read", EVERYTHING)
        found = await self._database.read(lambda tx: _affected(tx, path))

        def work(tx: Connection) -> None:
            inside = [trigger for project in found.projects for trigger in triggers.of_project(tx, project.id)]
            for trigger in [*inside, *found.triggers]:
                announce(tx, trigger.id, "updated", TriggerChange.of(trigger))

        if found.projects or found.triggers:
            await self._database.write(work)

    async def _places(self, caller: Caller, affected: _Affected, old: Path, new: Path) -> dict[str, _Place]:
        """Return by id where each trigger belongs that leaves its project."""
        places: dict[str, _Place] = {}
        for trigger in affected.triggers:
            folder = affected.folders[trigger.project_id]
            if trigger.call is None or not _is_at(_file(folder, trigger.call), old):
                continue
            file = _moved(_file(folder, trigger.call), old, new)
            if folder in file.parents or (home := self._projects.home_of(file)) is None:
                continue
            project = await self._projects.at_folder(caller, home[0])
            places[trigger.id] = _Place(project, home[1])
        return places


def _affected(tx: Connection, path: Path) -> _Affected:
    every = projects.every(tx)
    folders = {project.id: Path(project.path) for project in every}
    return _Affected(
        projects=[project for project in every if _is_at(folders[project.id], path)],
        triggers=[
            trigger
            for project in every
            if folders[project.id] in path.parents
            for trigger in triggers.of_project(tx, project.id)
            if any(_is_at(_file(folders[project.id], call), path) for call in trigger.calls)
        ],
        folders=folders,
    )


def _move(tx: Connection, old: Path, new: Path, places: Mapping[str, _Place]) -> None:
    affected = _affected(tx, old)
    for project in affected.projects:
        folder = _moved(affected.folders[project.id], old, new)
        there = projects.at_path(tx, str(folder))
        if there is None:
            projects.set_path(tx, project.id, str(folder))
            announce(tx, project.id, "updated", ProjectChange(name=project.name))
            continue
        # A project was here before, and its folder was deleted: it takes in what has come.
        for trigger in triggers.of_project(tx, project.id):
            _put(tx, trigger, there, trigger.call)
    for found in affected.triggers:
        folder = affected.folders[found.project_id]
        trigger = _with_moved_rules(found, folder, old, new)
        if trigger.call is None or not _is_at(_file(folder, trigger.call), old):
            store(tx, trigger, new=False)
            continue
        file = _moved(_file(folder, trigger.call), old, new)
        place = places.get(trigger.id)
        home = place.project if place else projects.get(tx, trigger.project_id)
        if home is None or (place is None and folder not in file.parents):
            continue
        path = place.call if place else file.relative_to(folder).as_posix()
        call = _called(path, parse_call(trigger.call or "").name)
        if call is not None:
            _put(tx, trigger, home, call)


def _put(tx: Connection, trigger: Trigger, project: Project, call: str | None) -> None:
    """Write ``trigger`` as one of ``project`` that calls ``call``."""
    name, number = trigger.name, 2
    while project.id != trigger.project_id and triggers.get(tx, f"{project.name}/{name}") is not None:
        name, number = f"{trigger.name[:90]}-{number}", number + 1
    moved = replace(
        trigger, project_id=project.id, project=project.name, name=name, call=call, updated_at=time.time()
    )  # fmt: skip
    store(tx, moved, new=False)


def _called(path: str, name: str | None) -> str | None:
    """Return the call of ``name`` in the file at ``path``; None where such a file cannot be called."""
    try:
        call = parse_call(str(Call(path=path, name=name)))
    except Invalid:
        return None
    return str(call) if (call.path, call.name) == (path, name) else None


def _with_moved_rules(trigger: Trigger, folder: Path, old: Path, new: Path) -> Trigger:
    """Return ``trigger``, whose rules call what they did where it is now; what has left ``folder`` stays as it was."""
    rules = []
    for rule in trigger.rules:
        file = _file(folder, rule.call)
        call = None
        if _is_at(file, old) and folder in (moved := _moved(file, old, new)).parents:
            call = _called(moved.relative_to(folder).as_posix(), parse_call(rule.call).name)
        rules.append(rule if call is None else replace(rule, call=call))
    return replace(trigger, rules=tuple(rules), updated_at=time.time())


def _file(folder: Path, call: str) -> Path:
    return folder.joinpath(*PurePosixPath(parse_call(call).path).parts)


def _is_at(path: Path, place: Path) -> bool:
    return path == place or place in path.parents


def _moved(path: Path, old: Path, new: Path) -> Path:
    return new / path.relative_to(old)
