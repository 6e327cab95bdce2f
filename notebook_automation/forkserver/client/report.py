"""What a ready fork server reports of itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """One ready server; a module's import time in milliseconds, a watched folder's time of change in ns."""

    pid: int
    version: str
    milliseconds: dict[str, float]
    failed: dict[str, str]
    environ_read: dict[str, str | None]
    watched: dict[str, int]
    loaded: tuple[str, ...] = ()
    """Top-level names of all modules that children find loaded."""
    left_out: dict[str, str] = field(default_factory=dict)

    def is_stale(self) -> bool:
        """Whether something it has imported from has changed since: a folder of its `sys.path`, a watched file."""
        for path, changed in self.watched.items():
            try:
                now = os.stat(path).st_mtime_ns
            except OSError:
                now = 0
            if now != changed:
                return True
        return False
