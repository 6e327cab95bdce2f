"""File triggers: which files they watch, what was seen of them, and the events that their changes are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.requesters import NOBODY
from notebook_automation.domain.times import rfc3339
from notebook_automation.domain.watched_files import FileChange, FileState, WatchedFiles
from notebook_automation.store import file_states, projects, triggers
from notebook_automation.store.database import Database

from .listeners import Listeners
from .matching import Matching, RuledTrigger, ruled
from .trigger_events import trigger_event


@dataclass(frozen=True, slots=True)
class FileTrigger:
    """An enabled file trigger, with the absolute folder of its project."""

    id: str
    folder: Path
    files: WatchedFiles

    @property
    def found_by(self) -> str:
        """By what its files are found, as a text: with another, it begins anew."""
        return json.dumps([str(self.folder), *self.files.paths])


@dataclass(frozen=True, slots=True)
class SeenChange:
    """What has become of a file that a trigger watches: its states before and now, None for no file."""

    trigger_id: str
    path: str
    change: FileChange
    before: FileState | None
    now: FileState | None


class FileEvents:
    """What the engine asks and tells about files. ``queued`` is called with sessions to run, after their commit."""

    def __init__(
        self, database: Database, matching: Matching, listeners: Listeners, queued: Callable[[Sequence[str]], None]
    ) -> None:
        self.trouble: str | None = None
        """Why changes are seen later than they could be, in a sentence; None: they are seen at once."""
        self._database = database
        self._matching = matching
        self._listeners = listeners
        self._queued = queued

    async def watched(self) -> list[FileTrigger]:
        """Return the enabled file triggers; what others have seen is forgotten. Raises Unavailable."""

        def read(tx: Connection) -> list[FileTrigger]:
            folders = {project.id: Path(project.path) for project in projects.every(tx)}
            return [
                FileTrigger(one.id, folders[one.project_id], one.files)
                for one in triggers.of_type(tx, "file")
                if one.files is not None
            ]

        found = await self._database.read(read)
        await self._database.write(lambda tx: file_states.keep_only(tx, [one.id for one in found]))
        return found

    async def seen(self, trigger: FileTrigger) -> dict[str, FileState] | None:
        """Return its files as they were seen last; None where it has yet to begin. Raises Unavailable."""
        return await self._database.read(lambda tx: file_states.seen(tx, trigger.id, trigger.found_by))

    async def begin(self, trigger: FileTrigger, files: Mapping[str, FileState]) -> None:
        """Take ``files`` as those that were there before anything happened. Raises Unavailable."""
        await self._database.write(lambda tx: file_states.begin(tx, trigger.id, trigger.found_by, files))

    async def happened(self, changes: Sequence[SeenChange]) -> None:
        """Record what was seen, and what the triggers make of it, in one transaction. Raises Unavailable."""

        def work(tx: Connection) -> list[str]:
            ids = {change.trigger_id for change in changes}
            rules = triggers.rules_of_many(tx, ids)
            ready = {one.id: ruled(one, rules[one.id]) for one in triggers.many(tx, ids) if one.enabled and one.files}
            made = []
            for key, its in ready.items():
                files = its.trigger.files
                mine = [change for change in changes if change.trigger_id == key]
                file_states.set_many(tx, key, {change.path: change.now for change in mine})
                made += [self._occurrence(its, one) for one in mine if files is not None and one.change in files.on]
            receipts, woken = self._listeners.accept(tx, made)
            return [*(queued for receipt in receipts for queued in receipt.session_ids), *woken]

        try:
            queued = await self._database.write(work)
        except IntegrityError as error:
            # Only where several servers share a database.
            raise Unavailable("A trigger was changed meanwhile. Try again.", code="trigger_changed") from error
        if queued:
            self._queued(queued)

    def _occurrence(self, ready: RuledTrigger, seen: SeenChange) -> Occurrence:
        path = PurePosixPath(seen.path)
        data = {
            "path": seen.path,
            "name": path.name,
            "folder": "" if str(path.parent) == "." else str(path.parent),
            "suffix": path.suffix,
            "change": seen.change,
            **_facts(seen.now or seen.before),
            "previous": None if seen.before is None else _facts(seen.before),
        }
        event = trigger_event(ready, seen.change, "file", data)
        return self._matching.occurrence(event, ready, started_by=ready.trigger.ref, behind=NOBODY)


def _facts(state: FileState | None) -> dict[str, Any]:
    modified, _, size = (state or "0:0").partition(":")
    return {"size": int(size), "modified_at": rfc3339(int(modified) / 1e9)}
