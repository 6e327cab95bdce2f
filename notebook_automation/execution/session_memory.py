"""How much memory the processes of a session hold together."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Collection

from .session_mark import with_marked

_RESIDENT = re.compile(rb"^(?:VmRSS|VmSwap):\s+(\d+) kB", re.MULTILINE)
_SHARE = re.compile(rb"^(?:Pss|SwapPss):\s+(\d+) kB", re.MULTILINE)


def used_memory(kernel: int, session_id: str, limit: int) -> int:
    """Return the bytes that the session's processes hold, in memory and swapped out; ``kernel`` is its kernel's pid.

    What they share counts once, and what they share with others by their part: as few bytes as it takes to say whether
    it is more than ``limit`` are counted so, for it takes longer.
    """
    if sys.platform != "linux":
        return _by_library(kernel)
    processes = with_marked(kernel, session_id)
    used = _sum(processes, "status", _RESIDENT)
    # Of forked processes that hold the same pages each is said to hold them all.
    return used if used <= limit else _sum(processes, "smaps_rollup", _SHARE) or used


def _sum(processes: Collection[int], name: str, pattern: re.Pattern[bytes]) -> int:
    total = 0
    for pid in processes:
        # It has ended meanwhile, or is another user's.
        with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", "rb") as file:
            total += sum(int(number) for number in pattern.findall(file.read()))
    return total * 1024


def _by_library(kernel: int) -> int:
    """As far as it is known without Linux' files: the kernel's process and those that it has started."""
    # Not at the top: it is wanted where a session has a limit only.
    import psutil

    total = 0
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(kernel)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error, OSError):
                total += one.memory_info().rss
    return total
