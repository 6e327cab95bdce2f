"""What keeps processes from being ready ahead, left in the data folder for ``doctor`` to tell."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

REPORT = "warm.json"


class WarmReport:
    """One file for all parts of a supervisor; written when something has changed."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / REPORT
        self._parts: dict[str, list[str]] = {}
        self._written: dict[str, list[str]] | None = None

    def tell(self, part: str, troubles: Sequence[str]) -> None:
        """Say what is wrong with ``part`` now, in sentences; none: all is well. Writes a file: for a thread."""
        self._parts[part] = list(troubles)
        if self._parts == self._written:
            return
        self._written = {name: list(said) for name, said in self._parts.items()}
        troubles = [trouble for said in self._written.values() for trouble in said]
        with contextlib.suppress(OSError):
            self._path.write_text(json.dumps({"pid": os.getpid(), "at": time.time(), "troubles": troubles}), "utf-8")


def last_told(data_dir: Path) -> list[str]:
    """Return what the engine last said; nothing where it has not run yet."""
    try:
        return [str(trouble) for trouble in json.loads((data_dir / REPORT).read_text("utf-8"))["troubles"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
