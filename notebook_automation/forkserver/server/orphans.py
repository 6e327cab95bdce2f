"""Ends what children leave that has left their process group: it becomes this process's when they end (Linux)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection

PR_SET_CHILD_SUBREAPER = 36
PAUSE = 0.01
"""Seconds between two looks for what ended children have left, as long as something was found."""


def adopt_orphans() -> None:
    """From now on this process becomes the parent of what its children leave, however that was detached.

    A process that a child has forked twice, in a session of its own and with another environment, is still found.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_orphans(known: Collection[int], outliving: Collection[str] = ()) -> bool:
    """Kill the children of this process that are not ``known``, nor named as one of ``outliving``; return whether some
    were there.

    What those leave comes to this process as soon as they have ended: call it again until there is nothing more.
    """
    # The name of each is read after it was found: one that comes in between is not taken for another.
    found = [pid for pid in children_of_this() if pid not in known]
    orphans = [pid for pid in found if not outliving or _name(pid) not in outliving]
    for pid in orphans:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.waitpid(pid, os.WNOHANG)
    return bool(orphans)


def outlivers(known: Collection[int], names: Collection[str]) -> list[int]:
    """Return the children of this process that are not ``known`` and have one of the ``names``; none that has ended."""
    return [pid for pid in children_of_this() if pid not in known and _name(pid) in names] if names else []


def end_orphans(known: Collection[int], seconds: float) -> None:
    """Kill them, and what they leave, until none is there or ``seconds`` have passed."""
    deadline = time.monotonic() + seconds
    while kill_orphans(known) and time.monotonic() < deadline:
        time.sleep(PAUSE)


def _name(pid: int) -> str:
    """Return what a process calls itself, "" for one that has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            name, _, rest = file.read().partition("(")[2].rpartition(")")
    except OSError:
        return ""
    return "" if rest.split()[:1] == ["Z"] else name


def children_of_this() -> list[int]:
    """Return the process ids of this process's children, also of those that have ended and wait to be reaped."""
    try:
        tasks = os.listdir("/proc/self/task")
    except OSError:
        return []
    found: list[int] = []
    for task in tasks:
        try:
            with open(f"/proc/self/task/{task}/children") as file:
                found.extend(map(int, file.read().split()))
        except OSError:
            continue
    return found
