"""Reports what keeps processes from being warm, in a file of the data folder that ``doctor`` reads."""

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

    def update(self, part: str, troubles: Sequence[str]) -> None:
        """Report what is wrong with ``part`` now, in sentences; none: all is well. Writes a file: for a thread."""
        self._parts[part] = list(troubles)
        if self._parts == self._written:
            return
        self._written = {name: list(sentences) for name, sentences in self._parts.items()}
        troubles = [trouble for sentences in self._written.values() for trouble in sentences]
        with contextlib.suppress(OSError):
            self._path.write_text(json.dumps({"pid": os.getpid(), "at": time.time(), "troubles": troubles}), "utf-8")


def reported_troubles(data_dir: Path) -> list[str]:
    """Return what was reported last; nothing where no supervisor has run yet."""
    try:
        return [str(trouble) for trouble in json.loads((data_dir / REPORT).read_text("utf-8"))["troubles"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
