"""The notebook of a running session as far as it came, from what its runner has saved."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from .journal import journal_name
from .recovery import recovered_notebook
from .writer import JOURNAL_SECONDS

_MARGIN_SECONDS = 0.1
_LOOK_SECONDS = 0.05
_LONGEST_SECONDS = 3.0
"""For a cell that goes on printing, in another thread, say."""


def notebook_so_far(command: Sequence[str], folder: Path, name: str) -> BinaryIO:
    """Return the notebook ``name`` in a session's ``folder`` with the outputs that have come, as a file to read.

    What a cell has printed just now is saved a moment later: this waits until nothing more has been saved for that
    long. ``command`` as for `recovered_notebook`. Blocks; raises OSError where there is none that can be read.
    """
    _await_rest(folder, name)
    return recovered_notebook(command, folder, name)


def _await_rest(folder: Path, name: str) -> None:
    files = [folder / name, folder / journal_name(name)]
    end = time.monotonic() + _LONGEST_SECONDS
    seen, since = _states(files), time.monotonic()
    while time.monotonic() < min(end, since + JOURNAL_SECONDS + _MARGIN_SECONDS):
        time.sleep(_LOOK_SECONDS)
        now = _states(files)
        if now != seen:
            seen, since = now, time.monotonic()


def _states(files: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Return time and size of each; raises FileNotFoundError where not even the first is there."""
    states: list[tuple[int, int] | None] = []
    for file in files:
        try:
            state = os.stat(file, follow_symlinks=False)
            states.append((state.st_mtime_ns, state.st_size))
        except OSError:
            states.append(None)
    if states[0] is None:
        raise FileNotFoundError(str(files[0]))
    return states
