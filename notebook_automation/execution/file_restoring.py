"""Brings back what a checkpoint says of a session's files, into a fresh copy of its snapshot."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from notebook_automation.domain.checkpoints import SavedFile

from .folder_removal import remove_folder


def restore_files(work: Path, files: Sequence[SavedFile], write: Callable[[str, Path], None]) -> None:
    """Make ``work``, a copy of the session's snapshot, what ``files`` say of it; blocks.

    ``write(digest, path)`` writes content to a path that is free. Nothing outside of ``work`` is touched, wherever
    links of the snapshot lead. Raises OSError.
    """
    # What is in a folder before the folder.
    for file in sorted(files, key=lambda file: file.path, reverse=True):
        if file.kind == "gone":
            _remove(work, file.path)
    for file in files:
        if file.kind == "gone":
            continue
        target = _place(work, file.path, keep_folder=file.kind == "folder")
        if file.kind == "folder":
            target.mkdir(exist_ok=True)
        elif file.target is not None:
            target.symlink_to(file.target)
        elif file.digest is not None:
            write(file.digest, target)
            target.chmod(file.mode)


def _place(work: Path, path: str, *, keep_folder: bool) -> Path:
    """Return where ``path`` is to be: what the snapshot has in the way is gone, and no link leads out of ``work``."""
    *folders, name = PurePosixPath(path).parts
    place = work
    for folder in folders:
        place = place / folder
        if place.is_symlink() or not place.is_dir():
            place.unlink(missing_ok=True)
            place.mkdir()
    place = place / name
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
    elif not keep_folder:
        remove_folder(place)
    return place


def _remove(work: Path, path: str) -> None:
    place = work
    for folder in PurePosixPath(path).parts[:-1]:
        place = place / folder
        if place.is_symlink():
            # What it leads to is the user's own.
            return
    place = work / path
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        return
    with contextlib.suppress(OSError):
        # What is still in it is no part of a project.
        place.rmdir()
