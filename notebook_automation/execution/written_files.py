"""The files that a session wrote or changed in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .hostile_files import Walk, shown_name
from .project_walk import Ignored, Stat, state_of

_IGNORED = Ignored()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """``path`` is relative to the workspace; ``name`` to the notebook's folder, or as ``path`` where it is not below.

    ``name`` is text in every case, ``path`` may hold bytes that are no UTF-8.
    """

    path: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFiles:
    """``files`` by name; ``left_out`` says in sentences what was not looked at."""

    files: Sequence[WrittenFile]
    left_out: Sequence[str]


def written_files(folder: Path, before: Mapping[str, Stat], cwd: Path) -> WrittenFiles:
    """Return the regular files in ``folder`` that are new or not as they were ``before`` (see `copy_snapshot`).

    Links are not followed: what a session wrote through one lies in the live project. Hidden files and folders,
    caches and the like are left out.
    """
    place = cwd.relative_to(folder).as_posix() if cwd.is_relative_to(folder) else ""
    prefix = "" if place in ("", ".") else f"{place}/"
    walk = Walk(folder, _is_ignored)
    files = [
        WrittenFile(path=found.path, name=shown_name(found.path.removeprefix(prefix)), size=found.state.st_size)
        for found in walk.files()
        if before.get(found.path) != state_of(found.state)
    ]
    return WrittenFiles(files=sorted(files, key=lambda file: file.name), left_out=walk.left_out)


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or _IGNORED.matches(name, name)
