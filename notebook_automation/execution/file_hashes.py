"""What the files of a project hashed to, remembered from one snapshot to the next."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from pathlib import Path

from .project_walk import Stat

_log = logging.getLogger(__name__)
_SETTLED_NS = 2_000_000_000
"""A file changed this recently may change again without a new time stamp: it is read again the next time."""


class FileHashes:
    """The hashes of one project's files by their state, kept in ``file``; ``fresh``: none is known.

    A file that only looks unchanged is not trusted.
    """

    def __init__(self, file: Path, *, fresh: bool) -> None:
        self._file = file
        self._old: dict[str, list[object]] = {}
        self._new: dict[str, list[object]] = {}
        self._settled = time.time_ns() - _SETTLED_NS
        if not fresh:
            try:
                self._old = dict(json.loads(file.read_bytes()))
            except (OSError, ValueError, TypeError, RecursionError):
                self._old = {}

    def get(self, path: str, state: Stat) -> str | None:
        """Return the hash that the file had in this state, if it is known."""
        known = self._old.get(path)
        return str(known[-1]) if isinstance(known, list) and known[:-1] == list(state) else None

    def remember(self, path: str, state: Stat, digest: str) -> None:
        """Note the hash for `save`, unless the file changed a moment ago."""
        if max(state[0], state[1]) < self._settled:
            self._new[path] = [*state, digest]

    def save(self) -> None:
        """Write what was noted; two sessions at once may do so, each a whole file.

        Where that cannot be done, the next session reads everything again.
        """
        if self._new == self._old:
            return
        temporary = self._file.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(self._new, separators=(",", ":")), encoding="utf-8")
            os.replace(temporary, self._file)
        except OSError as error:
            _log.warning("What the project's files hashed to could not be written down: %s", error)
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
