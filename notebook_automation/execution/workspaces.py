"""A session's workspace: its folder with a copy of the project, taken as a snapshot; the environment of its kernel."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cache
from pathlib import Path

from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.snapshots import Snapshot, snapshot_of
from notebook_automation.ports import Blobs
from notebook_automation.settings import Settings

from .folder_removal import remove_folder
from .live_files import live_states
from .project_walk import SnapshotLimits, Stat
from .snapshots import SnapshotTaker, copy_snapshot

WORK = "work"
"""The folder, in a session's, that has the copy of the project."""
LEFT = ".left"
"""What the name of a session's folder ends with that an attempt has put out of the way of the next."""
_TAKES = 3
"""How often a project is looked at for the file that is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A copy of a project in ``work``, below ``folder``: ``states`` are its files' as the session finds them."""

    folder: Path
    work: Path
    snapshot: Snapshot
    states: dict[str, Stat]
    live: Mapping[str, Stat] = field(default_factory=dict)
    """What is read in place, as it was when the session began."""
    left_out: Sequence[str] = ()


class Workspaces:
    """Makes workspaces of projects, with content from ``blobs`` and the limits of ``settings``."""

    def __init__(self, blobs: Blobs, settings: Settings) -> None:
        self._blobs = blobs
        self._settings = settings

    def make_session_folder(self, session_id: str) -> Path:
        """Return the folder of a running session; made if it is not there, for this user alone."""
        folder = sessions_folder(self._settings) / session_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def of_project(self, project: Path, path: str, folder: Path) -> Workspace:
        """Take the snapshot of ``project`` and copy it into ``folder``; ``path`` is what is called there.

        Raises NotFound (``path_not_found``, ``blob_missing``), Unavailable (``disk_full``).
        """
        if not project.is_dir():
            raise NotFound(
                f"The project's folder {project} is not there any more: bring it back, or delete its triggers.",
                code="path_not_found",
            )
        try:
            return self._taken(project, path, folder, fresh=False)
        except NotFound:
            # A blob was cleaned up after it was looked for: read everything anew.
            remove_folder(_work(folder))
            return self._taken(project, path, folder, fresh=True)

    def of_snapshot(self, snapshot: Snapshot, folder: Path) -> Workspace:
        """Copy the files of a snapshot that was taken before into ``folder``. Raises NotFound (``blob_missing``)."""
        work = _work(folder)
        copied = copy_snapshot(snapshot, self._blobs, work)
        return Workspace(
            folder=folder, work=work, snapshot=snapshot, states=copied.states, live=live_states(snapshot),
            left_out=copied.left_out,
        )  # fmt: skip

    def snapshot_now(self, project: Path, path: str) -> Snapshot:
        """Return the snapshot that a session of ``project`` would get now.

        Raises Unavailable (``disk_full``), OSError.
        """
        return snapshot_of(self._taker().take(project, path).files)

    def _taken(self, project: Path, path: str, folder: Path, *, fresh: bool) -> Workspace:
        work = _work(folder)
        taken = self._taker().take(project, path, fresh=fresh)
        for _ in range(_TAKES - 1):
            if any(file.path == path for file in taken.files) or not (project / path).is_file():
                break
            # Whoever saves it had taken it away for a moment.
            taken = self._taker().take(project, path, fresh=fresh)
        snapshot = snapshot_of(taken.files)
        copied = copy_snapshot(snapshot, self._blobs, work)
        left_out = [*taken.left_out, *copied.left_out]
        return Workspace(
            folder=folder, work=work, snapshot=snapshot, states=copied.states, live=live_states(snapshot),
            left_out=left_out,
        )  # fmt: skip

    def _taker(self) -> SnapshotTaker:
        settings = self._settings
        limits = SnapshotLimits(
            file=settings.snapshot_max_file, count=settings.snapshot_max_files, total=settings.snapshot_max_total
        )
        data = Path(settings.data_dir)
        reach = None if settings.follow_links else Path(settings.root_dir)
        return SnapshotTaker(self._blobs, limits, data / "snapshots", excluded=[data], reach=reach)


def sessions_folder(settings: Settings) -> Path:
    """Return the folder in which each running session has its own."""
    return Path(settings.data_dir) / "sessions"


def kernel_environment(settings: Settings) -> dict[str, str]:
    """Return what the kernels of all sessions have in common in their environments."""
    return inherited(os.environ, settings.kernel_environment)


def inherited(environment: Mapping[str, str], allowed: Sequence[str]) -> dict[str, str]:
    """Return the variables whose names are ``allowed``; an allowed name may end in ``*``."""
    matches = _any_of(tuple(allowed)).match
    return {name: value for name, value in environment.items() if matches(name.upper() if os.name == "nt" else name)}


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)) or r"(?!)")


def _work(folder: Path) -> Path:
    return folder / WORK
