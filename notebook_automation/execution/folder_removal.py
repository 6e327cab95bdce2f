"""Removes a folder that a session could write to, whatever is in it: also what is deeper than a path may be long."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_ROUNDS = 3
"""Somebody may still write while it is removed."""


def remove_folder(folder: Path) -> bool:
    """Remove ``folder`` and all in it, following no link; return whether it is gone. Raises nothing."""
    if os.open not in os.supports_dir_fd or os.rename not in os.supports_dir_fd:
        with contextlib.suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)
        return not os.path.lexists(folder)
    for _ in range(_ROUNDS):
        with contextlib.suppress(OSError):
            if stat.S_ISDIR(os.lstat(folder).st_mode):
                _empty(folder)
                os.rmdir(folder)
            else:
                os.unlink(folder)
        if not os.path.lexists(folder):
            return True
    return False


def _empty(folder: Path) -> None:
    """Remove all that is in ``folder``: each inner folder is first moved up into it, so that none is ever deep."""
    root = os.open(folder, _FOLDER)
    try:
        count = 0
        waiting = _without_files(root)
        while waiting:
            name = waiting.pop()
            try:
                inner = os.open(name, _FOLDER, dir_fd=root)
            except PermissionError:
                if not _made_ours(name, root):
                    continue
                inner = os.open(name, _FOLDER, dir_fd=root)
            except OSError:
                continue
            try:
                for deeper in _without_files(inner):
                    count += 1
                    moved = f".removed-{os.getpid()}-{count}"
                    with contextlib.suppress(OSError):
                        os.rename(deeper, moved, src_dir_fd=inner, dst_dir_fd=root)
                        waiting.append(moved)
            finally:
                os.close(inner)
            with contextlib.suppress(OSError):
                os.rmdir(name, dir_fd=root)
    finally:
        os.close(root)


def _without_files(folder: int) -> list[str]:
    """Remove the files in a folder; return the names of the folders in it."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if not is_folder:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in found if is_folder]


def _made_ours(name: str, root: int) -> bool:
    """Give ourselves the right to empty a folder; never through a link."""
    if not hasattr(os, "O_PATH"):
        return False
    try:
        descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=root)
    except OSError:
        return False
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", 0o700)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
