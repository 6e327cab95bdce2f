"""Snapshots of a project: its files taken into blobs, and copied from there into a folder."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from notebook_automation.domain.errors import TooLarge
from notebook_automation.domain.snapshots import Snapshot, SnapshotFile
from notebook_automation.ports import Blobs

from .file_hashes import FileHashes
from .hostile_files import open_regular, shown_name
from .project_walk import Entry, ProjectWalk, SnapshotLimits, Stat, state_of


@dataclass(slots=True)
class ProjectFiles:
    """Files for `domain.snapshots.snapshot_of`, and what was left out with the reason."""

    files: list[SnapshotFile] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class SnapshotTaker:
    """Copies a project into ``blobs``. ``cache`` is a folder in which it remembers the hashes of unchanged files.

    ``excluded`` are absolute folders that are no part of any project (where this product keeps its own data), and links
    are followed inside ``reach`` (None: wherever they lead).
    """

    def __init__(
        self, blobs: Blobs, limits: SnapshotLimits, cache: Path, excluded: Collection[Path] = (),
        reach: Path | None = None,
    ) -> None:  # fmt: skip
        self._blobs = blobs
        self._limits = limits
        self._cache = cache
        self._reach = None if reach is None else reach.resolve()
        self._excluded = {path.resolve() for path in excluded}

    def take(self, folder: Path, first: str = "", *, fresh: bool = False) -> ProjectFiles:
        """Return the files of ``folder`` (absolute), their contents stored.

        Files over the limit, and folders beyond what is left of the limits, are links to the live ones. The folders
        on the way to ``first`` (a relative path) are looked at before any other, so that what is called is copied.
        ``fresh``: read every file, whatever the cache says. Raises Unavailable (``disk_full``), OSError where
        ``folder`` cannot be read.
        """
        root = folder.resolve(strict=True)
        hashes = FileHashes(self._cache / f"{sha256(os.fsencode(root)).hexdigest()[:32]}.json", fresh=fresh)
        walk = ProjectWalk(root, self._limits, self._excluded, self._reach)
        taken = ProjectFiles(left_out=walk.left_out)
        for entry in walk.run(PurePosixPath(first).parts[:-1]):
            if entry.stat is None:
                taken.files.append(SnapshotFile(path=entry.path, link=entry.link))
                continue
            try:
                digest, size = self._stored(hashes, root, entry, entry.stat)
            except TooLarge:
                # It has grown since it was looked at.
                taken.files.append(SnapshotFile(path=entry.path, link=entry.target or str(root / entry.path)))
                continue
            except OSError as error:
                # It went away or was replaced while it was looked at, or is not ours to read.
                taken.left_out.append(f"{shown_name(entry.path)}: {error.strerror or error}")
                continue
            executable = bool(entry.mode & stat.S_IXUSR)
            taken.files.append(SnapshotFile(path=entry.path, blob=digest, size=size, executable=executable))
        hashes.save()
        return taken

    def _stored(self, hashes: FileHashes, root: Path, entry: Entry, state: Stat) -> tuple[str, int]:
        name = entry.path
        known = hashes.get(name, state)
        if known is not None:
            try:
                self._blobs.path(known)
            except LookupError:
                known = None
        if known is not None:
            hashes.remember(name, state, known)
            return known, state[2]
        below, inside = root, PurePosixPath(name)
        if entry.target is not None:
            # A link was followed; what has become one since is not.
            below = root if Path(entry.target).is_relative_to(root) else Path(Path(entry.target).anchor)
            inside = PurePosixPath(Path(entry.target).relative_to(below).as_posix())
        with open_regular(below, str(inside)) as file:
            digest, size = self._blobs.put_stream(file, at_most=self._limits.file)
        if size == state[2]:
            hashes.remember(name, state, digest)
        return digest, size


@dataclass(slots=True)
class CopiedFiles:
    """``states`` are those of the copied files by their paths; ``left_out`` says what could not be copied, and why."""

    states: dict[str, Stat] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def copy_snapshot(snapshot: Snapshot, blobs: Blobs, into: Path) -> CopiedFiles:
    """Copy the files of ``snapshot`` into the folder ``into``.

    Nothing that a session does to its copies reaches a blob. Raises NotFound (``blob_missing``).
    """
    into.mkdir(parents=True, exist_ok=True)
    copied = CopiedFiles()
    made: set[Path] = {into}
    for file in snapshot.files:
        relative = PurePosixPath(file.path)
        if relative.is_absolute() or ".." in relative.parts:
            raise ValueError(f"The snapshot's {file.path!r} leads out of it.")
        target = into.joinpath(*relative.parts)
        try:
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
                copied.states[file.path] = state_of(os.stat(target))
        except OSError as error:
            if error.errno not in (errno.ENAMETOOLONG, errno.EEXIST):
                raise
            # Its path is too long in a session's folder, or differs from another's in upper and lower case only.
            copied.left_out.append(f"{file.path}: {error.strerror}")
    return copied
