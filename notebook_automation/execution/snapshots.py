"""The project's files as a session sees them: taken into blobs at its start, laid out in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import time
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fnmatch import translate
from hashlib import sha256
from pathlib import Path, PurePosixPath

from notebook_automation.domain.snapshots import Snapshot, SnapshotFile
from notebook_automation.ports import Blobs

IGNORE_FILE = ".automationignore"
IGNORED = (
    ".git", ".hg", ".svn", ".ipynb_checkpoints", ".virtual_documents", "__pycache__", "*.pyc", ".venv", "venv",
    ".tox", ".nox", ".conda", "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store", ".Trash*",
    ".~*",
)  # fmt: skip

_WILD = re.compile(r"[*?\[]")
_SETTLED_NS = 2_000_000_000
"""A file changed this recently may change again without a new time stamp: it is read again the next time."""

Stat = tuple[int, int, int, int]
"""Modification and change time in nanoseconds, size, inode."""


class Ignored:
    """What is no part of a project: the usual caches and environments, and the patterns that it names itself."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        patterns = [*IGNORED, *own]
        self._names = frozenset(pattern for pattern in patterns if not _WILD.search(pattern))
        self._wild = re.compile("|".join(translate(pattern) for pattern in patterns if _WILD.search(pattern)))

    def holds(self, name: str, path: str) -> bool:
        """Whether the file or folder ``name`` at ``path`` is left out."""
        return bool(name in self._names or path in self._names or self._wild.match(name) or self._wild.match(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLimits:
    """What is copied at most: ``file`` and ``total`` in bytes, ``count`` files and folders."""

    file: int
    count: int
    total: int


@dataclass(slots=True)
class Taken:
    """Files for `domain.snapshots.snapshot_of`, and what was left out with the reason."""

    files: list[SnapshotFile] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class SnapshotTaker:
    """Copies a project into ``blobs``. ``cache`` is a folder in which it remembers the hashes of unchanged files.

    ``never`` are absolute folders that are no part of any project (where this product keeps its own data).
    """

    def __init__(self, blobs: Blobs, limits: SnapshotLimits, cache: Path, never: Collection[Path] = ()) -> None:
        self._blobs = blobs
        self._limits = limits
        self._cache = cache
        self._never = {path.resolve() for path in never}

    def take(self, folder: Path, first: str = "", *, fresh: bool = False) -> Taken:
        """Return the files of ``folder`` (absolute), their contents stored.

        Files over the limit, and folders beyond what is left of the limits, are links to the live ones. The folders
        on the way to ``first`` (a relative path) are looked at before any other, so that what is called is copied.
        ``fresh``: read every file, whatever the cache says. Raises Unavailable (``disk_full``), OSError where
        ``folder`` cannot be read.
        """
        root = folder.resolve(strict=True)
        hashes = _Hashes(self._cache / f"{sha256(str(root).encode()).hexdigest()[:32]}.json", fresh=fresh)
        walk = _Walk(root, self._limits, self._never, Ignored(_own_patterns(root)))
        taken = Taken(left_out=walk.left_out)
        for entry in walk.run(PurePosixPath(first).parts[:-1]):
            if entry.stat is None:
                taken.files.append(SnapshotFile(path=entry.path, link=entry.link))
                continue
            try:
                digest, size = self._stored(hashes, root / entry.path, entry.path, entry.stat)
            except (PermissionError, FileNotFoundError) as error:
                # It went away while it was looked at, or is not ours to read: a session would not find it either.
                walk.left_out.append(f"{entry.path}: {error.strerror}")
                continue
            executable = bool(entry.mode & stat.S_IXUSR)
            taken.files.append(SnapshotFile(path=entry.path, blob=digest, size=size, executable=executable))
        hashes.save()
        return taken

    def _stored(self, hashes: _Hashes, path: Path, name: str, state: Stat) -> tuple[str, int]:
        known = hashes.get(name, state)
        if known is not None:
            try:
                self._blobs.path(known)
            except LookupError:
                known = None
        if known is not None:
            hashes.keep(name, state, known)
            return known, state[2]
        digest, size = self._blobs.put_file(path)
        if size == state[2]:
            hashes.keep(name, state, digest)
        return digest, size


def lay_out(snapshot: Snapshot, blobs: Blobs, into: Path) -> dict[str, Stat]:
    """Make the files of ``snapshot`` in the folder ``into``; return the state of each copied file by its path.

    They are copies: nothing that a session does to them reaches a blob. Raises NotFound (``blob_missing``).
    """
    into.mkdir(parents=True, exist_ok=True)
    states: dict[str, Stat] = {}
    made: set[Path] = {into}
    for file in snapshot.files:
        relative = PurePosixPath(file.path)
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"The snapshot's {file.path!r} leads out of it.")
        target = into.joinpath(*relative.parts)
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        if file.link is not None:
            target.symlink_to(file.link)
        elif file.blob is None:
            target.mkdir(exist_ok=True)
        else:
            shutil.copyfile(blobs.path(file.blob), target)
            if file.executable:
                target.chmod(0o755)
            states[file.path] = state_of(os.stat(target))
    return states


def state_of(found: os.stat_result) -> Stat:
    """Return what tells whether a file has changed."""
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file to copy (``stat`` is there), a link to ``link``, or an empty folder (neither)."""

    path: str
    stat: Stat | None = None
    mode: int = 0
    link: str | None = None


class _Walk:
    """Goes through a project's folders, nearest first, until the limits are used up."""

    def __init__(self, root: Path, limits: SnapshotLimits, never: Collection[Path], ignored: Ignored) -> None:
        self.left_out: list[str] = []
        self._root = root
        self._limits = limits
        self._never = never
        self._ignored = ignored
        self._count = limits.count
        self._total = limits.total

    def run(self, first: tuple[str, ...]) -> Iterable[_Entry]:
        on_the_way = {"/".join(first[:depth]) for depth in range(1, len(first) + 1)}
        waiting = deque([""])
        while waiting:
            folder = waiting.popleft()
            must = folder == "" or folder in on_the_way
            entries, folders, fits = self._look(folder, must)
            if not fits:
                yield _Entry(folder, link=str(self._root / folder))
                continue
            yield from entries
            if not entries and not folders and folder:
                yield _Entry(folder)
            waiting.extendleft(name for name in folders if name in on_the_way)
            waiting.extend(name for name in folders if name not in on_the_way)

    def _look(self, folder: str, must: bool) -> tuple[list[_Entry], list[str], bool]:
        """Return a folder's entries and sub-folders, and whether they fit into what is left of the limits.

        A folder that ``must`` be opened always fits: its files beyond the limits are linked one by one.
        """
        entries: list[_Entry] = []
        folders: list[str] = []
        count, total = 1, 0
        try:
            found = sorted(self._scan(folder, None if must else self._count), key=lambda entry: entry.name)
        except PermissionError as error:
            self.left_out.append(f"{folder or '.'}: {error.strerror}")
            return [], [], True
        if not must and len(found) > self._count:
            return [], [], False
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if self._ignored.holds(entry.name, path):
                continue
            if entry.is_symlink():
                entries.extend(self._linked(path))
                continue
            if entry.is_dir(follow_symlinks=False):
                if (self._root / path) not in self._never:
                    folders.append(path)
                continue
            state = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(state.st_mode):
                continue
            over = must and (count >= self._count or total + state.st_size > self._total)
            if over or state.st_size > self._limits.file:
                entries.append(_Entry(path, link=str(self._root / path)))
                continue
            count, total = count + 1, total + state.st_size
            entries.append(_Entry(path, state_of(state), state.st_mode))
        if not must and (count > self._count or total > self._total):
            return [], [], False
        self._count, self._total = self._count - count, self._total - total
        return entries, folders, True

    def _scan(self, folder: str, most: int | None) -> list[os.DirEntry[str]]:
        with os.scandir(self._root / folder) as entries:
            found = []
            for entry in entries:
                found.append(entry)
                if most is not None and len(found) > most:
                    break
            return found

    def _linked(self, path: str) -> list[_Entry]:
        """A symbolic link is followed if it stays in the project: a file is copied, a folder is read in place."""
        target = Path(os.path.realpath(self._root / path))
        if not target.is_relative_to(self._root):
            self.left_out.append(f"{path}: the link leads out of the project")
            return []
        try:
            state = target.stat()
        except OSError:
            return []
        if stat.S_ISREG(state.st_mode) and state.st_size <= self._limits.file:
            return [_Entry(path, state_of(state), state.st_mode)]
        return [_Entry(path, link=str(target))]


class _Hashes:
    """What the files of one project hashed to, by their state; a file that only looks unchanged is not trusted."""

    def __init__(self, file: Path, *, fresh: bool) -> None:
        self._file = file
        self._old: dict[str, list[object]] = {}
        self._new: dict[str, list[object]] = {}
        self._settled = time.time_ns() - _SETTLED_NS
        if not fresh:
            try:
                self._old = json.loads(file.read_bytes())
            except (OSError, ValueError):
                self._old = {}

    def get(self, path: str, state: Stat) -> str | None:
        known = self._old.get(path)
        return str(known[-1]) if known is not None and known[:-1] == list(state) else None

    def keep(self, path: str, state: Stat, digest: str) -> None:
        if max(state[0], state[1]) < self._settled:
            self._new[path] = [*state, digest]

    def save(self) -> None:
        """Remember for the next time; two sessions at once may do so, each with a whole file."""
        if self._new == self._old:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}")
        temporary.write_text(json.dumps(self._new, separators=(",", ":")), encoding="utf-8")
        os.replace(temporary, self._file)


def _own_patterns(root: Path) -> list[str]:
    """Return what the project's own file says is no part of it: a pattern of names or relative paths a line."""
    try:
        lines = (root / IGNORE_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    stripped = (line.strip().strip("/") for line in lines if not line.lstrip().startswith("#"))
    return [line for line in stripped if line]
