"""How much memory this process has and could have: each child that waits may come to need as much again."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_CGROUP = Path("/sys/fs/cgroup")


def used() -> int:
    """Return the bytes that this process has in memory. Raises OSError."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def spare() -> int:
    """Return the bytes that the machine, or the container, has left. Raises OSError."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    left = int(lines["MemAvailable"].split()[0]) * 1024
    try:
        most = int((_CGROUP / "memory.max").read_text())
        return min(left, most - int((_CGROUP / "memory.current").read_text()))
    except (OSError, ValueError):
        return left
