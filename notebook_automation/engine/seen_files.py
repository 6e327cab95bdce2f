"""What the files that triggers watch were when they were seen last, and what has become of them since."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from notebook_automation.adapters.watched_folders import files_below, state_of
from notebook_automation.domain.globs import names_hidden
from notebook_automation.domain.watched_files import MOST_FILES, FileChange, FileState, differences, is_left_out
from notebook_automation.services.file_events import FileEvents, FileTrigger, SeenChange

_AT_ONCE = 200
"""Changes recorded in one transaction."""
_Key = tuple[str, str]
"""A trigger's id and a path in its project."""


class SeenFiles:
    """Holds the states of files by trigger; what differs is told once a file was quiet for the trigger's time."""

    def __init__(self, files: FileEvents, *, clock: Callable[[], float]) -> None:
        self._files = files
        self._clock = clock
        self._triggers: dict[str, FileTrigger] = {}
        self._states: dict[str, dict[str, FileState]] = {}
        self._by_folder: dict[Path, list[FileTrigger]] = {}
        self._folders_seen: set[Path] = set()
        self._tops: set[Path] = set()
        self._unsettled: dict[_Key, tuple[float, FileState | None]] = {}

    @property
    def has_any(self) -> bool:
        """Whether any trigger watches files."""
        return bool(self._triggers)

    def wanted_folders(self) -> dict[Path, bool]:
        """Return the folders that triggers look into, and whether also into those below."""
        found: dict[Path, bool] = {}
        for trigger in self._triggers.values():
            for folder, deep in trigger.files.folders().items():
                path = trigger.folder / folder
                found[path] = found.get(path, False) or deep
        return found

    async def take_up(self, wanted: Sequence[FileTrigger]) -> None:
        """Watch for the triggers ``wanted`` and for no other. For one that is new nothing has happened yet."""
        new = [one for one in wanted if self._triggers.get(one.id, one).found_by != one.found_by]
        new += [one for one in wanted if one.id not in self._triggers]
        seen = {one.id: await self._files.seen(one) for one in new}
        # All at once: many may look into one folder.
        unseen = [one for one in new if seen[one.id] is None]
        found = await asyncio.to_thread(_files_of, unseen) if unseen else {}
        for one in unseen:
            await self._files.begin(one, found[one.id])
        self._states |= {key: found[key] if states is None else states for key, states in seen.items()}
        self._triggers = {one.id: one for one in wanted}
        self._states = {key: states for key, states in self._states.items() if key in self._triggers}
        self._unsettled = {key: one for key, one in self._unsettled.items() if key[0] in self._triggers}
        self._by_folder = defaultdict(list)
        for one in wanted:
            for folder in one.files.folders():
                self._by_folder[one.folder / folder].append(one)
        self._tops = {folder for top in self._by_folder for folder in (top, *top.parents)}
        self._folders_seen = {folder for folder in self._tops if os.path.isdir(folder)}
        for one in wanted:
            for path in self._states[one.id]:
                self._folders_seen.update((one.folder / path).parents)

    def note(self, paths: Collection[str]) -> bool:
        """Remember that something has happened at ``paths``; return whether a folder has come or gone with it."""
        folders = False
        for text in paths:
            path = Path(text)
            is_folder = os.path.isdir(path)
            # A file that nobody knows comes and goes with every save; a folder is known by what was in it. One that a
            # trigger looks into may have come while its files were found by looking.
            if path in self._tops or (
                (is_folder or not os.path.lexists(path)) and is_folder != (path in self._folders_seen)
            ):
                folders = True
                (self._folders_seen.add if is_folder else self._folders_seen.discard)(path)
            if not is_folder:
                for trigger in self._of(path):
                    relative = path.relative_to(trigger.folder).as_posix()
                    if trigger.files.wants(relative):
                        self._unsettle(trigger, relative, state_of(path))
        return folders

    async def look_at_all(self) -> None:
        """Look at all files of all triggers for what has become of them."""
        found = await asyncio.to_thread(_files_of, list(self._triggers.values()))
        for key, now in found.items():
            for path in differences(self._states.get(key, {}), now):
                self._unsettle(self._triggers[key], path, now.get(path))

    async def settle(self) -> float | None:
        """Record what has become of files that were quiet long enough; return when the next may be, by the clock."""
        now = self._clock()
        due = [key for key, (at, _) in self._unsettled.items() if at <= now]
        states = await asyncio.to_thread(self._states_now, due)
        changes: list[SeenChange] = []
        for key in due:
            trigger = self._triggers[key[0]]
            if key in self._unsettled and states[key] != self._unsettled[key][1]:
                self._unsettled[key] = (now + trigger.files.debounce, states[key])
                continue
            before = self._states[trigger.id].get(key[1])
            if before == states[key]:
                self._unsettled.pop(key, None)
                continue
            change: FileChange = "created" if before is None else "deleted" if states[key] is None else "changed"
            changes.append(SeenChange(trigger.id, key[1], change, before, states[key]))
        for start in range(0, len(changes), _AT_ONCE):
            await self._record(changes[start : start + _AT_ONCE])
        return min((at for at, _ in self._unsettled.values()), default=None)

    async def _record(self, changes: Sequence[SeenChange]) -> None:
        await self._files.happened(changes)
        for one in changes:
            states = self._states.get(one.trigger_id, {})
            if one.now is None:
                states.pop(one.path, None)
            else:
                states[one.path] = one.now
                self._folders_seen.update((self._triggers[one.trigger_id].folder / one.path).parents)
            # What has come since then stays.
            if self._unsettled.get((one.trigger_id, one.path), (0.0, one.now))[1] == one.now:
                self._unsettled.pop((one.trigger_id, one.path), None)

    def _states_now(self, keys: Sequence[_Key]) -> dict[_Key, FileState | None]:
        return {key: state_of(self._triggers[key[0]].folder / key[1]) for key in keys}

    def _unsettle(self, trigger: FileTrigger, path: str, state: FileState | None) -> None:
        known = self._states[trigger.id]
        if path not in known and len(known) >= MOST_FILES:
            return
        waiting = self._unsettled.get((trigger.id, path))
        if waiting is None or waiting[1] != state:
            self._unsettled[(trigger.id, path)] = (self._clock() + trigger.files.debounce, state)

    def _of(self, path: Path) -> list[FileTrigger]:
        """Return the triggers that look into a folder above ``path``, each once."""
        found = {one.id: one for folder in path.parents for one in self._by_folder.get(folder, ())}
        return list(found.values())


def _files_of(triggers: Sequence[FileTrigger]) -> dict[str, dict[str, FileState]]:
    """Return by trigger the files that it watches, as they are now. Blocks."""
    found: dict[str, dict[str, FileState]] = {one.id: {} for one in triggers}
    for (folder, hidden), (deep, those) in _walks(triggers).items():
        states: dict[Path, FileState | None] = {}
        enter = _any if hidden else _is_usual
        for name in files_below(folder, deep=deep, enter=enter, limit=10 * MOST_FILES):
            path = folder / name
            relatives: dict[Path, str] = {}
            for one in those:
                relative = relatives.get(one.folder) or path.relative_to(one.folder).as_posix()
                relatives[one.folder] = relative
                if len(found[one.id]) < MOST_FILES and one.files.wants(relative):
                    if path not in states:
                        states[path] = state_of(path)
                    if (state := states[path]) is not None:
                        found[one.id][relative] = state
    return found


def _any(name: str) -> bool:
    return True


def _is_usual(name: str) -> bool:
    return not is_left_out(name)


def _walks(triggers: Sequence[FileTrigger]) -> Mapping[tuple[Path, bool], tuple[bool, list[FileTrigger]]]:
    """Return which folders to go through, whether also what is hidden and what is below, and for which triggers."""
    walks: dict[tuple[Path, bool], tuple[bool, list[FileTrigger]]] = {}
    for one in triggers:
        hidden = any(names_hidden(pattern) for pattern in one.files.paths)
        for folder, deep in one.files.folders().items():
            key = (one.folder / folder, hidden)
            before, those = walks.get(key, (False, []))
            walks[key] = (before or deep, [*those, one])
    return walks
