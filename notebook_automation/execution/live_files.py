"""What a session reads in place: protected from what the session writes, and looked at again when it has ended."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.sdk import live_files

from .project_walk import Stat, state_of


def live_states(snapshot: Snapshot) -> dict[str, Stat]:
    """Return the state of each file and folder that is read in place, by its path in the project."""
    states = {}
    for file in snapshot.files:
        state = None if file.link is None else _state(file.link)
        if state is not None:
            states[file.path] = state
    return states


def changed_live_files(snapshot: Snapshot, before: Mapping[str, Stat]) -> list[str]:
    """Return the paths of what is read in place and is no longer as it was ``before``."""
    return [path for path, state in live_states(snapshot).items() if path in before and before[path] != state]


def protection(work: Path, snapshot: Snapshot) -> str:
    """Return code for the kernel that keeps it from writing to what it reads in place; empty where that is nothing.

    The code stands alone: the kernel's Python need not have this product.
    """
    links = [file.path for file in snapshot.files if file.link is not None]
    if not links:
        return ""
    names = f"{{'__name__': {live_files.__name__!r}}}"
    return f"names = {names}\nexec({_source()!r}, names)\nnames['protect']({str(work)!r}, {links!r})"


@cache
def _source() -> str:
    return inspect.getsource(live_files)


def _state(path: str) -> Stat | None:
    try:
        return state_of(os.stat(path))
    except OSError:
        return None
