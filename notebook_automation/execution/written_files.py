"""The files that a session wrote or changed in its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .project_walk import Ignored, Stat, state_of

_IGNORED = Ignored()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """``name`` is relative to the notebook's folder, or to the project where it lies beside or above."""

    path: Path
    name: str
    size: int


def written_files(folder: Path, before: Mapping[str, Stat], cwd: Path) -> list[WrittenFile]:
    """Return the regular files in ``folder`` that are new or not as they were ``before`` (see `copy_snapshot`).

    Links are not followed: what a session wrote through one lies in the live project. Hidden files and folders,
    caches and the like are left out.
    """
    found = []
    for path, relative, state in _files(folder, ""):
        if before.get(relative) == state_of(state):
            continue
        inside = path.is_relative_to(cwd)
        name = path.relative_to(cwd).as_posix() if inside else relative
        found.append(WrittenFile(path=path, name=name, size=state.st_size))
    return sorted(found, key=lambda file: file.name)


def _files(folder: Path, relative: str) -> Iterator[tuple[Path, str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        # The session took the folder's rights away, or the folder itself.
        return
    for entry in found:
        if entry.name.startswith(".") or _IGNORED.matches(entry.name, entry.name):
            continue
        path = f"{relative}/{entry.name}" if relative else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), path)
            continue
        state = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(state.st_mode):
            yield Path(entry.path), path, state
