"""The session's own files as a checkpoint keeps them: copied aside between two pieces, brought back at the next."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from notebook_automation.domain.checkpoints import SavedFile
from notebook_automation.execution.file_restoring import restore_files
from notebook_automation.execution.hostile_files import Found, Walk, is_text, open_regular, shown_name
from notebook_automation.execution.project_walk import Ignored, Stat, state_of
from notebook_automation.services.checkpoint_content import stream_digest

_IGNORED = Ignored()


class SavedFiles:
    """Keeps what differs below ``work`` from ``states`` (see `copy_snapshot`); copies lie in ``aside`` by digest.

    Folders and links count as the files do: ``work`` is as the session finds it when this is made. At most ``most``
    bytes are kept in all.
    """

    def __init__(self, work: Path, states: Mapping[str, Stat], aside: Path, *, most: int) -> None:
        self._work = work
        self._states = states
        self._others = {found.path: self._other(found) for found in _walk(work).everything() if not found.is_file}
        self._aside = aside
        self._most = most
        self._known: dict[str, tuple[Stat, SavedFile]] = {}
        self.obstacle = ""
        """Why not all could be kept at the last `capture`, '' where all was."""

    def capture(self) -> Sequence[SavedFile]:
        """Copy aside what has changed since the last time; return all that differs. Blocks. Raises OSError."""
        self._aside.mkdir(exist_ok=True, mode=0o700)
        walk = _walk(self._work)
        kept: dict[str, tuple[Stat, SavedFile]] = {}
        others: list[SavedFile] = []
        there: set[str] = set()
        total, problem = 0, ""
        for found in walk.everything():
            there.add(found.path)
            if not is_text(found.path):
                problem = f"the name of the file {shown_name(found.path)} is no UTF-8"
            elif not found.is_file:
                other = self._other(found)
                if other is not None and self._others.get(found.path) != other:
                    others.append(other)
            elif self._states.get(found.path) != state_of(found.state):
                total += found.state.st_size
                if total > self._most:
                    problem = f"its files hold more than {self._most / 2**20:.0f} MiB (setting checkpoint_max)"
                    break
                kept[found.path] = self._kept(found)
        self.obstacle = problem or "".join(walk.left_out[:1])
        self._known = kept
        before = [*self._states, *self._others]
        gone = [] if self.obstacle else [SavedFile(path=path, kind="gone") for path in before if path not in there]
        return [*others, *(file for _, file in kept.values()), *gone]

    def path_of(self, digest: str) -> Path:
        """Return where a copy lies."""
        return self._aside / digest

    def restore(self, files: Sequence[SavedFile], write: Callable[[str, Path], None]) -> None:
        """Bring ``files`` back; ``write(digest, path)`` writes content to a path that is free. Raises OSError."""
        restore_files(self._work, files, write)
        for file in files:
            if file.kind == "file":
                self._known[file.path] = (state_of(os.stat(self._work / file.path)), file)

    def _kept(self, found: Found) -> tuple[Stat, SavedFile]:
        known = self._known.get(found.path)
        state = state_of(found.state)
        return known if known is not None and known[0] == state else (state, self._copied(found.path, found.state))

    def _other(self, found: Found) -> SavedFile | None:
        """Return what is kept of a folder or link; None of a pipe, a socket and the like."""
        if found.is_folder:
            return SavedFile(path=found.path, kind="folder")
        if not found.is_link:
            return None
        try:
            target = os.readlink(self._work / found.path)
        except OSError:
            return None
        return SavedFile(path=found.path, kind="link", target=target) if is_text(target) else None

    def _copied(self, path: str, state: os.stat_result) -> SavedFile:
        unfinished = self._aside / "unfinished"
        with open_regular(self._work, path) as source, unfinished.open("wb") as target:
            digest, size = stream_digest(source, target)
        unfinished.replace(self._aside / digest)
        return SavedFile(path=path, digest=digest, size=size, mode=stat.S_IMODE(state.st_mode))


def _walk(work: Path) -> Walk:
    return Walk(work, lambda name: _IGNORED.matches(name, name))
