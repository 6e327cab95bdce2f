"""Paths that somebody typed, looked at on the disk: one that no file can have is not there, and no error of ours."""

from __future__ import annotations

from pathlib import Path

from notebook_automation.domain.errors import Invalid


def real_path(path: Path) -> Path:
    """Return ``path`` with its links followed. Raises Invalid (``path_invalid``) where they lead round in a circle."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        raise Invalid(
            f"{path.name!r:.80} is a link that leads to itself: remove the link, or name the file it should lead to.",
            code="path_invalid",
        ) from None


def is_file(path: Path) -> bool:
    """Return whether there is a file at ``path``; it may be too long to be one."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """The same for a folder."""
    try:
        return path.is_dir()
    except OSError:
        return False
