"""Watches the files that triggers wait for: by word of the system, else by looking again and again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from notebook_automation.adapters.filesystems import network_filesystem
from notebook_automation.adapters.rounds import Rounds
from notebook_automation.adapters.watched_folders import NotWatched, changed_paths
from notebook_automation.domain.changes import Change
from notebook_automation.services.file_events import FileEvents

from .seen_files import SeenFiles

_log = logging.getLogger(__name__)
_LOOK_AGAIN = 600.0
"""Seconds after which all is looked at although the system gives word: some of it may have been lost."""

Folders = Mapping[Path, bool]
"""Folders to watch, and whether also what is below them."""


class FileWatcher:
    """A duty of the leader. ``poll`` is seconds between two looks where the system gives no word of changes."""

    def __init__(self, files: FileEvents, *, poll: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._files = files
        self._seen = SeenFiles(files, clock=clock)
        self._poll = poll
        self._clock = clock
        self._rounds = Rounds(self.look, seconds=poll, what="Changes of files could not be recorded")
        self._watching: list[asyncio.Task[None]] = []
        self._folders: Folders = {}
        self._stop = asyncio.Event()
        self._listening: set[bool] = set()
        self._stale = True
        self._moved = False
        """Whether folders have come or gone, so that others are to be watched."""
        self._next_look = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Watch the files of all triggers; what has changed since they were seen last is found at once."""
        self._stale, self._next_look = True, 0.0
        self._rounds.start("na-files")

    async def stop(self) -> None:
        """Watch no more."""
        await self._rounds.stop()
        await self._let_go()
        if self._timer is not None:
            self._timer.cancel()

    def changed(self, change: Change) -> None:
        """A trigger or project has changed: there may be other files to watch."""
        if change.channel in ("triggers", "projects") and self._rounds.is_going:
            self._stale = True
            self._rounds.wake()

    @property
    def is_listening(self) -> bool:
        """Whether files are watched, and the system gives word of all that changes."""
        return bool(self._watching) and len(self._listening) == len(self._watching)

    async def look(self) -> None:
        """Take up triggers that are new, look at what is due, and record what has become of files."""
        if self._stale:
            # Before it is read: what changes meanwhile is read again.
            self._stale = False
            try:
                await self._seen.take_up(await self._files.watched())
            except BaseException:
                self._stale = True
                raise
            self._next_look, self._moved = 0.0, True
        if self._moved:
            self._moved = False
            await self._watch(await asyncio.to_thread(_folders_to_watch, self._seen.wanted_folders()))
        if not self._seen.has_any:
            return
        if self._clock() >= self._next_look:
            await self._seen.look_at_all()
            polls = self._files.trouble is not None
            self._next_look = self._clock() + (self._poll if polls else _LOOK_AGAIN)
        at = await self._seen.settle()
        if self._timer is not None:
            self._timer.cancel()
        if at is not None:
            delay = max(0.0, at - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._rounds.wake)

    async def _watch(self, folders: Folders) -> None:
        """Let the system give word of what changes in ``folders``, and of nothing else."""
        if folders == self._folders and all(not task.done() for task in self._watching):
            return
        await self._let_go()
        self._folders = folders
        remote = next((kind for folder in folders if (kind := network_filesystem(folder))), None)
        self._files.trouble = None
        if remote is not None:
            self._fall_back(f"files on a network file system ({remote}) change without word")
            return
        for deep in (True, False):
            some = [folder for folder, below in folders.items() if below is deep]
            if some:
                self._watching.append(asyncio.create_task(self._listen(some, deep=deep), name="na-file-watch"))

    async def _listen(self, folders: Sequence[Path], *, deep: bool) -> None:
        try:
            async for paths in changed_paths(folders, deep=deep, stop=self._stop):
                if deep not in self._listening:
                    # What has changed before it began to listen is seen by looking.
                    self._listening.add(deep)
                    self._next_look = 0.0
                    self._rounds.wake()
                if not paths:
                    continue
                if self._seen.note(paths):
                    # A folder has come or gone, with what is in it.
                    self._next_look, self._moved = 0.0, True
                self._rounds.wake()
        except NotWatched as error:
            _log.warning("The system gives no word of changed files: %s", error)
            self._fall_back(
                "the system gives no word of changed files; usually too many folders are watched (raise "
                f"fs.inotify.max_user_watches): {str(error)[:200]}"
            )

    def _fall_back(self, why: str) -> None:
        self._files.trouble = f"Files are looked at every {self._poll:g} seconds: {why}."
        self._next_look = 0.0
        self._rounds.wake()

    async def _let_go(self) -> None:
        self._stop.set()
        for task in self._watching:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._watching, self._folders, self._stop = [], {}, asyncio.Event()
        self._listening = set()


def _folders_to_watch(wanted: Folders) -> Folders:
    """Return which folders give word of all that happens in ``wanted``: of one that is not there, the one above it.

    None of them lies in another that is watched with what is below it.
    """
    there: dict[Path, bool] = {}
    for folder, deep in wanted.items():
        found = folder
        while not os.path.isdir(found) and found != found.parent:
            found = found.parent
        there[found] = there.get(found, False) or (deep and found == folder)
    roots = {folder for folder, deep in there.items() if deep}
    return {folder: deep for folder, deep in there.items() if roots.isdisjoint(folder.parents)}
