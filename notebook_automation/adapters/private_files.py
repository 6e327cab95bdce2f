"""Keeps what this product stores from other users of the machine, also in a folder that was there before."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(folder: Path, folders: Sequence[str], files: Sequence[str]) -> None:
    """Make ``folder`` for this user alone if it is not there, and in it ``folders`` and (empty) ``files``.

    A folder that was there keeps its rights, since it may serve others too; what is ours in it is closed to others.
    SQLite gives the files beside a database the rights of the database. Raises OSError where nothing can be made.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in folders:
        (folder / name).mkdir(exist_ok=True, mode=0o700)
        _close(folder / name)
    for name in files:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        for found in (name, f"{name}-wal", f"{name}-shm", f"{name}-journal"):
            _close(folder / found)


def _close(path: Path) -> None:
    # What belongs to somebody else cannot be changed, and nothing is there to be closed on Windows.
    with contextlib.suppress(OSError):
        mode = os.stat(path).st_mode
        if mode & _OTHERS:
            os.chmod(path, stat.S_IMODE(mode) & ~_OTHERS)
