"""Folders on the disk: what is in them now, and word of what changes there."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from notebook_automation.domain.watched_files import FileState

_GATHERED = 300
"""Milliseconds within which what changes is told together."""
_QUIET = 1000
"""Milliseconds after which it is told that nothing has changed."""
_STEP = 150
"""Milliseconds between two looks at whether more has changed, or whether to stop."""


class NotWatched(Exception):
    """The system gives no word of changes: look again and again instead."""


def state_of(path: Path) -> FileState | None:
    """Return the state of a regular file; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return f"{found.st_mtime_ns}:{found.st_size}" if stat.S_ISREG(found.st_mode) else None


def files_below(folder: Path, *, deep: bool, enter: Callable[[str], bool], limit: int) -> Iterator[str]:
    """Yield the names of up to ``limit`` files in ``folder``, with ``deep`` also of those below, by relative path.

    Folders whose name ``enter`` says no to, and links to folders, are not looked into.
    """
    left = limit
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            entries = sorted(os.scandir(folder / inside), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            if entry.is_dir(follow_symlinks=False):
                if deep and enter(entry.name):
                    waiting.append(path)
            elif left > 0:
                left -= 1
                yield path


async def changed_paths(folders: Sequence[Path], *, deep: bool, stop: asyncio.Event) -> AsyncIterator[set[str]]:
    """Yield, again and again until ``stop``, the absolute paths at which something has changed. Raises NotWatched.

    The first set, which may be empty, comes when nothing that changes from then on is missed.
    """
    # Not at the top: loaded only where a trigger watches files.
    from watchfiles import awatch

    try:
        async for changes in awatch(
            *folders, watch_filter=None, debounce=_GATHERED, step=_STEP, stop_event=stop, recursive=deep,
            ignore_permission_denied=True, rust_timeout=_QUIET, yield_on_timeout=True,
        ):  # fmt: skip
            yield {path for _, path in changes}
    except (OSError, RuntimeError) as error:
        raise NotWatched(str(error)) from error
