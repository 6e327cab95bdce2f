"""Reads and removes what a session leaves: no link is followed, nothing but regular files is opened, all is bounded.

A session's code can put anything into its folder, and change it while it is looked at: links to files elsewhere, pipes
that never answer, files that seem endless, folders deeper than a path may be long.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

DEEPEST = 100
"""Folders within folders that are looked into."""
MOST_ENTRIES = 100_000
"""Files and folders that are looked at below one folder."""

_BY_DESCRIPTOR = os.open in os.supports_dir_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
# Not waiting for whoever would write to it: what was a file a moment ago may be a pipe now.
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)


def open_regular(below: Path, name: str) -> BinaryIO:
    """Open the regular file ``name`` (relative, with slashes) below the folder ``below``, to read.

    ``below`` itself may be reached by links. Raises OSError, also where something on the way is a link or the file is
    no regular one.
    """
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
        raise OSError(errno.EINVAL, "is not below its folder", name)
    if not _BY_DESCRIPTOR:
        return _open_by_path(below, name)
    folder = _open_folder(below, parts[:-1])
    try:
        descriptor = os.open(parts[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)
    return _regular(descriptor, name)


def read_regular(below: Path, name: str, at_most: int) -> bytes:
    """Return the content of a file as `open_regular` opens it. Raises OSError, also for more than ``at_most`` bytes."""
    with open_regular(below, name) as file:
        content = file.read(at_most + 1)
    if len(content) > at_most:
        raise OSError(errno.EFBIG, f"is larger than {at_most} bytes", name)
    return content


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder: ``path`` is relative, with slashes."""

    path: str
    state: os.stat_result

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.state.st_mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.state.st_mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.state.st_mode)


class Walk:
    """Goes through what is below ``folder``; ``left_out`` says afterwards what was not looked at."""

    def __init__(self, folder: Path, ignored: Callable[[str], bool]) -> None:
        self.left_out: list[str] = []
        self._folder = folder
        self._ignored = ignored
        self._seen = 0

    def files(self) -> Iterator[Found]:
        """Yield the regular files, folder by folder, those of ``ignored`` names and what is in them left out."""
        return (found for found in self.everything() if found.is_file)

    def everything(self) -> Iterator[Found]:
        """Yield as `files` what is there of any kind: links, which are not followed, and folders, too."""
        waiting = [""]
        while waiting:
            place = waiting.pop()
            for found in self._in_folder(place):
                if self._seen >= MOST_ENTRIES:
                    self.left_out.append(f"Beyond {MOST_ENTRIES} files and folders, none was looked at.")
                    return
                self._seen += 1
                yield found
                if found.is_folder:
                    if found.path.count("/") >= DEEPEST:
                        self.left_out.append(f"{found.path[:80]}…: folders deeper than {DEEPEST} were not looked into.")
                    else:
                        waiting.append(found.path)

    def _in_folder(self, place: str) -> Iterator[Found]:
        try:
            descriptor = _open_folder(self._folder, PurePosixPath(place).parts) if _BY_DESCRIPTOR else None
        except OSError:
            # The session took the folder's rights away, or the folder itself.
            return
        try:
            with os.scandir(self._folder / place if descriptor is None else descriptor) as entries:
                for entry in entries:
                    if self._ignored(entry.name):
                        continue
                    with contextlib.suppress(OSError):
                        yield Found(f"{place}/{entry.name}" if place else entry.name, entry.stat(follow_symlinks=False))
        except OSError:
            return
        finally:
            if descriptor is not None:
                os.close(descriptor)


def shown_name(name: str) -> str:
    """Return a file's name as text: bytes that are no UTF-8 become ``%XX``."""
    if name.isascii():
        return name
    return "".join(
        f"%{ord(character) - 0xDC00:02X}" if "\udc80" <= character <= "\udcff" else character for character in name
    )


def is_text(name: str) -> bool:
    """Whether a file's name is UTF-8, so that it can be stored and shown."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def _open_folder(below: Path, parts: tuple[str, ...]) -> int:
    descriptor = os.open(below, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
    for part in parts:
        try:
            inner = os.open(part, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _open_by_path(below: Path, name: str) -> BinaryIO:
    """The same where the system opens nothing relative to a folder: checked, though not in one step."""
    root = below.resolve()
    path = root / name
    if path.resolve() != path:
        raise OSError(errno.ELOOP, "is a link", name)
    return _regular(os.open(path, _FILE), name)


def _regular(descriptor: int, name: str) -> BinaryIO:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is no regular file", name)
    return os.fdopen(descriptor, "rb")
