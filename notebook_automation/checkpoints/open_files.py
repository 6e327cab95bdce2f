"""Files that a notebook holds open: a forked child shares their position and must not flush them a second time."""

from __future__ import annotations

import gc
import io
import logging
import os
import re
import stat
import types
from collections.abc import Mapping
from typing import Any

from .errors import CannotSave
from .kinds import is_a
from .resources import Reduced, reduced_resource

_KINDS = (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, logging.FileHandler)
_LIMIT = 20_000
"""Objects that are looked at in search of files."""
_HISTORY = "history.sqlite"
"""IPython's own; a thread of the shell opens files beside it at any time."""
_is_of_disk = re.compile(r"/(?!memfd:|dev/|proc/)").match


class OpenFiles:
    """The files that were opened since this was made."""

    def __init__(self) -> None:
        self._at_first = _regular_files()

    def since(self) -> dict[int, str]:
        """Return their paths by descriptor."""
        return {
            number: path
            for number, path in _regular_files().items()
            if self._at_first.get(number) != path and not os.path.basename(path).startswith(_HISTORY)
        }


def prepared(
    values: Mapping[str, Any], opened: Mapping[int, str], namespace: Any
) -> tuple[dict[int, Reduced | CannotSave], list[str]]:
    """Return how the files that ``values`` hold are saved, by their ids, and which of ``opened`` nothing holds.

    What was written to a file is in it then.
    """
    if not opened:
        return {}, []
    ready: dict[int, Reduced | CannotSave] = {}
    found = set()
    for file in _files(values, namespace):
        number = _descriptor(file)
        if number in opened:
            found.add(number)
            try:
                ready[id(file)] = reduced_resource(file)
            except CannotSave as error:
                ready[id(file)] = error
    return ready, [path for number, path in opened.items() if number not in found]


def _files(values: Mapping[str, Any], namespace: Any) -> list[Any]:
    seen = {id(namespace), id(values)}
    todo = list(values.values())
    found = []
    while todo and len(seen) < _LIMIT:
        one = todo.pop()
        if id(one) in seen or is_a(one, types.ModuleType | type | str | bytes | int | float):
            continue
        seen.add(id(one))
        if is_a(one, _KINDS):
            found.append(one)
        else:
            todo += gc.get_referents(one)[:_LIMIT]
    return found


def _descriptor(file: Any) -> int | None:
    stream: Any = file.stream if isinstance(file, logging.FileHandler) else file
    try:
        return int(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return None


def _regular_files() -> dict[int, str]:
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            path = os.readlink(f"/proc/self/fd/{name}")
            if _is_of_disk(path) and stat.S_ISREG(os.stat(f"/proc/self/fd/{name}").st_mode):
                found[int(name)] = path
        except OSError:
            continue  # the listing's own
    return found
