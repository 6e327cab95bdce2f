"""The files of a project that a trigger could call."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

_MOST = 5000
"""Files and folders that are looked at: a project may be somebody's home."""
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
_LARGEST = 200 * 1024 * 1024


def files_of(folder: Path, suffix: str) -> list[str]:
    """Return the paths in ``folder``, with forward slashes, of files that end in ``suffix``; hidden ones are left out.

    The nearest come first; links to folders are not followed, and of a huge folder only the beginning is seen.
    """
    found: list[str] = []
    seen = 0
    waiting = [PurePosixPath()]
    while waiting and seen < _MOST:
        relative = waiting.pop(0)
        try:
            with os.scandir(folder / relative) as entries:
                for entry in entries:
                    seen += 1
                    if entry.name.startswith(".") or entry.name in _SKIPPED:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(relative / entry.name)
                    elif entry.name.endswith(suffix):
                        found.append(str(relative / entry.name))
        except OSError:
            continue
    return found


def file_with(content: tuple[str, int], folder: Path, paths: Iterable[str]) -> str | None:
    """Return the one of ``paths`` in ``folder`` that holds ``content``: its SHA-256 and its size in bytes."""
    digest, size = content
    for path in paths:
        try:
            if (folder / path).stat().st_size != size or size > _LARGEST:
                continue
            if hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest:
                return path
        except OSError:
            continue
    return None
