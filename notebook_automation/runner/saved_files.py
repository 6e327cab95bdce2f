"""The session's own files as a checkpoint keeps them: copied aside between two pieces, brought back at the next."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from notebook_automation.domain.checkpoints import SavedFile
from notebook_automation.execution.hostile_files import Walk, is_text, open_regular, shown_name
from notebook_automation.execution.project_walk import Ignored, Stat, state_of
from notebook_automation.services.checkpoint_content import stream_digest

_IGNORED = Ignored()


class SavedFiles:
    """Keeps what differs below ``work`` from ``states`` (see `copy_snapshot`); copies lie in ``aside`` by digest.

    At most ``most`` bytes are kept in all.
    """

    def __init__(self, work: Path, states: Mapping[str, Stat], aside: Path, *, most: int) -> None:
        self._work = work
        self._states = states
        self._aside = aside
        self._most = most
        self._known: dict[str, tuple[Stat, SavedFile]] = {}
        self.obstacle = ""
        """Why not all could be kept at the last `capture`, '' where all was."""

    def capture(self) -> Sequence[SavedFile]:
        """Copy aside what has changed since the last time; return all that differs. Blocks. Raises OSError."""
        self._aside.mkdir(exist_ok=True, mode=0o700)
        walk = Walk(self._work, lambda name: _IGNORED.matches(name, name))
        kept: dict[str, tuple[Stat, SavedFile]] = {}
        there: set[str] = set()
        total, problem = 0, ""
        for found in walk.files():
            there.add(found.path)
            state = state_of(found.state)
            if self._states.get(found.path) == state:
                continue
            if not is_text(found.path):
                problem = f"the name of the file {shown_name(found.path)} is no UTF-8"
                continue
            total += found.state.st_size
            if total > self._most:
                problem = f"its files hold more than {self._most / 2**20:.0f} MiB (setting checkpoint_max)"
                break
            known = self._known.get(found.path)
            if known is None or known[0] != state:
                known = (state, self._copied(found.path, found.state))
            kept[found.path] = known
        self.obstacle = problem or "".join(walk.left_out[:1])
        self._known = kept
        gone = [SavedFile(path=path) for path in self._states if path not in there and not problem]
        return [*(file for _, file in kept.values()), *gone]

    def path_of(self, digest: str) -> Path:
        """Return where a copy lies."""
        return self._aside / digest

    def restore(self, files: Sequence[SavedFile], write: Callable[[str, Path], None]) -> None:
        """Bring ``files`` back; ``write(digest, path)`` writes content to a path that is free. Raises OSError."""
        for file in files:
            target = self._work / file.path
            target.unlink(missing_ok=True)
            if file.digest is None:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            write(file.digest, target)
            target.chmod(file.mode)
            self._known[file.path] = (state_of(os.stat(target)), file)

    def _copied(self, path: str, state: os.stat_result) -> SavedFile:
        unfinished = self._aside / "unfinished"
        with open_regular(self._work, path) as source, unfinished.open("wb") as target:
            digest, size = stream_digest(source, target)
        unfinished.replace(self._aside / digest)
        return SavedFile(path=path, digest=digest, size=size, mode=stat.S_IMODE(state.st_mode))
