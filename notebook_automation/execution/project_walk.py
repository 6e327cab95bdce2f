"""The walk through a project's folders: which files belong to it, which are copied and which are read in place."""

from __future__ import annotations

import os
import re
import stat
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fnmatch import translate
from operator import attrgetter
from pathlib import Path

from .hostile_files import is_text, read_regular, shown_name

IGNORE_FILE = ".automationignore"
IGNORED = (
    ".git", ".hg", ".svn", ".ipynb_checkpoints", ".virtual_documents", "__pycache__", "*.pyc", ".venv", "venv",
    ".tox", ".nox", ".conda", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store", ".Trash*",
    ".~*",
)  # fmt: skip

_IGNORE_BYTES = 100_000
_WILD = re.compile(r"[*?\[]")

Stat = tuple[int, int, int, int]
"""Modification and change time in nanoseconds, size, inode."""


class Ignored:
    """What is no part of a project: the usual caches and environments, and the patterns that it names itself."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        patterns = [*IGNORED, *own]
        self._names = frozenset(pattern for pattern in patterns if not _WILD.search(pattern))
        self._wild = re.compile("|".join(translate(pattern) for pattern in patterns if _WILD.search(pattern)))

    def matches(self, name: str, path: str) -> bool:
        """Whether the file or folder ``name`` at ``path`` is left out."""
        return bool(name in self._names or path in self._names or self._wild.match(name) or self._wild.match(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLimits:
    """What is copied at most: ``file`` and ``total`` in bytes, ``count`` files and folders."""

    file: int
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to copy (``stat`` is there), a link to ``link``, or an empty folder (neither).

    ``target`` is where the file lies, absolute and without links, if another path leads to it.
    """

    path: str
    stat: Stat | None = None
    mode: int = 0
    link: str | None = None
    target: str | None = None


@dataclass(slots=True)
class _Content:
    """What one folder holds, and what of the limits it uses up: ``count`` with the folder itself, ``total`` bytes."""

    entries: list[Entry] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    count: int = 1
    total: int = 0


class ProjectWalk:
    """Goes through the folders of the project at ``root``, nearest first, until the limits are used up.

    ``excluded`` are absolute folders that are no part of any project. Links are followed inside ``reach`` (an absolute
    folder above the project; None: wherever they lead).
    """

    def __init__(self, root: Path, limits: SnapshotLimits, excluded: Collection[Path], reach: Path | None) -> None:
        self.left_out: list[str] = []
        """What was left out, with the reason."""
        self._root = root
        self._limits = limits
        self._excluded = excluded
        self._reach = reach
        self._ignored = Ignored(_own_patterns(root))
        self._count = limits.count
        self._total = limits.total

    def run(self, first: tuple[str, ...]) -> Iterable[Entry]:
        """Yield the project's entries; the folders ``first``, one within the other, are looked at before any other."""
        on_the_way = {"/".join(first[:depth]) for depth in range(1, len(first) + 1)}
        waiting = deque([""])
        while waiting:
            folder = waiting.popleft()
            content = self._look(folder, must=folder == "" or folder in on_the_way)
            if content is None:
                yield Entry(folder, link=str(self._root / folder))
                continue
            yield from content.entries
            if not content.entries and not content.folders and folder:
                yield Entry(folder)
            waiting.extendleft(name for name in content.folders if name in on_the_way)
            waiting.extend(name for name in content.folders if name not in on_the_way)

    def _look(self, folder: str, *, must: bool) -> _Content | None:
        """Return a folder's content, None if it does not fit into what is left of the limits.

        A folder that ``must`` be opened always fits: its files beyond the limits are linked one by one.
        """
        content = _Content()
        try:
            found = sorted(self._scan(folder, None if must else self._count), key=attrgetter("name"))
        except OSError as error:
            if not folder and not isinstance(error, PermissionError):
                raise
            # Not ours to read, gone since it was found, or deeper than a path may be long.
            self.left_out.append(f"{folder or '.'}: {error.strerror}")
            return content
        if not must and len(found) > self._count:
            return None
        for entry in found:
            self._add(content, entry, f"{folder}/{entry.name}" if folder else entry.name, must=must)
        if not must and (content.count > self._count or content.total > self._total):
            return None
        self._count, self._total = self._count - content.count, self._total - content.total
        return content

    def _add(self, content: _Content, entry: os.DirEntry[str], path: str, *, must: bool) -> None:
        """Add what is at ``path``; it may be gone, or something else, by now."""
        if self._ignored.matches(entry.name, path):
            return
        if not is_text(entry.name):
            self.left_out.append(f"{shown_name(path)}: its name is not UTF-8")
            return
        try:
            if entry.is_symlink():
                content.entries.extend(self._linked(path))
            elif not entry.is_dir(follow_symlinks=False):
                self._add_file(content, path, entry.stat(follow_symlinks=False), must=must)
            elif (self._root / path) not in self._excluded:
                content.folders.append(path)
        except OSError as error:
            self.left_out.append(f"{path}: {error.strerror}")

    def _add_file(self, content: _Content, path: str, found: os.stat_result, *, must: bool) -> None:
        """Add a regular file: to copy, or as a link where it is over a limit."""
        if not stat.S_ISREG(found.st_mode):
            return
        over = must and (content.count >= self._count or content.total + found.st_size > self._total)
        if over or found.st_size > self._limits.file:
            content.entries.append(Entry(path, link=str(self._root / path)))
            return
        content.count += 1
        content.total += found.st_size
        content.entries.append(Entry(path, state_of(found), found.st_mode))

    def _scan(self, folder: str, most: int | None) -> list[os.DirEntry[str]]:
        with os.scandir(self._root / folder) as entries:
            found = []
            for entry in entries:
                found.append(entry)
                if most is not None and len(found) > most:
                    break
            return found

    def _linked(self, path: str) -> list[Entry]:
        """A symbolic link is followed within reach: a file is copied, a folder is read in place."""
        target = Path(os.path.realpath(self._root / path))
        if any(target.is_relative_to(folder) for folder in self._excluded):
            self.left_out.append(f"{path}: the link leads to this product's own data")
            return []
        if self._reach is not None and not target.is_relative_to(self._root) and not target.is_relative_to(self._reach):
            self.left_out.append(f"{path}: the link leads out of {self._reach} (setting follow_links)")
            return []
        try:
            state = target.stat()
        except OSError as error:
            self.left_out.append(f"{path}: the link leads nowhere ({error.strerror})")
            return []
        if stat.S_ISDIR(state.st_mode) and self._root.is_relative_to(target):
            self.left_out.append(f"{path}: the link leads to a folder that the project itself is in")
            return []
        if stat.S_ISREG(state.st_mode) and state.st_size <= self._limits.file:
            return [Entry(path, state_of(state), state.st_mode, target=str(target))]
        return [Entry(path, link=str(target))]


def state_of(found: os.stat_result) -> Stat:
    """Return what tells whether a file has changed."""
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def _own_patterns(root: Path) -> list[str]:
    """Return what the project's own file says is no part of it: a pattern of names or relative paths a line."""
    try:
        lines = read_regular(root, IGNORE_FILE, _IGNORE_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    stripped = (line.strip().strip("/") for line in lines if not line.lstrip().startswith("#"))
    return [line for line in stripped if line]
