"""The notebook of a running session as far as it came, from what its runner has saved."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from notebook_automation.domain.shown import is_light

from .hostile_files import read_regular
from .journal import fold, has_mark, journal_name
from .recovery import recovered_notebook
from .writer import JOURNAL_SECONDS

_LARGEST_HERE = 16 * 1024 * 1024
"""Bytes of the notebook, and of its journal, that are put together in this process: to start another takes longer."""
_MARGIN_SECONDS = 0.1
_LOOK_SECONDS = 0.005
_LONGEST_SECONDS = 3.0
"""For a cell that goes on printing, in another thread, say."""


def notebook_so_far(command: Sequence[str], folder: Path, name: str, at_most: int, mark: str | None = None) -> bytes:
    """Return the notebook ``name`` in a session's ``folder`` with the outputs that have come.

    What a cell has printed just now is saved a moment later: this waits until the ``mark`` that the cell set behind it
    (see `sdk.output_marks`) is saved, or nothing more has been saved for that long. ``command`` as for
    `recovered_notebook`. Blocks; raises OSError where there is none of up to ``at_most`` bytes that can be read.
    """
    _await_rest(folder, name, mark)
    try:
        content = read_regular(folder, name, min(at_most, _LARGEST_HERE))
        journal = _journal(folder, name)
    except OSError:
        # Larger, or no file at all, which is found once more.
        return _recovered(command, folder, name, at_most)
    if not (is_light(content) and is_light(journal)):
        return _recovered(command, folder, name, at_most)
    try:
        nb = json.loads(content)
        return _bytes(nb) if fold(nb, content, journal) else content
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Forged by the session: it is shown as it is.
        return content


def _recovered(command: Sequence[str], folder: Path, name: str, at_most: int) -> bytes:
    with recovered_notebook(command, folder, name) as file:
        content = file.read(at_most + 1)
    if len(content) > at_most:
        raise OSError(f"{name} has more than {at_most} bytes")
    return content


def _journal(folder: Path, name: str) -> bytes:
    try:
        return read_regular(folder, journal_name(name), _LARGEST_HERE)
    except FileNotFoundError:
        return b""


def _bytes(nb: object) -> bytes:
    return json.dumps(nb, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _await_rest(folder: Path, name: str, mark: str | None) -> None:
    files = [folder / name, folder / journal_name(name)]
    end = time.monotonic() + _LONGEST_SECONDS
    seen: object = None
    since = time.monotonic()
    while time.monotonic() < min(end, since + JOURNAL_SECONDS + _MARGIN_SECONDS):
        now = _states(files)
        if now != seen:
            if mark is not None and _is_marked(folder, name, mark):
                return
            seen, since = now, time.monotonic()
        time.sleep(_LOOK_SECONDS)


def _is_marked(folder: Path, name: str, mark: str) -> bool:
    try:
        return has_mark(_journal(folder, name), mark)
    except OSError:
        return False


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
