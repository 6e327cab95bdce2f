"""A mark on a session's processes that all inherit which come of them, however they are detached (Linux).

An environment is cleared by ``env -i``, a process group is left by ``setsid``, and a parent that is killed adopts
nothing more. A resource limit is inherited through all of that, so one is given a value of the session's own: the limit
on real-time processor time, at tens of thousands of years, where it limits nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys

if sys.platform == "linux":
    import resource

_LOWEST = 2**61
"""Microseconds; what is set for its own sake lies far below, and "unlimited" above the marks."""


def mark_process(pid: int, session_id: str) -> None:
    """Mark the process ``pid``, which runs here, and what it has started by now as the session's.

    What is marked already stays so: of a session that is run within another, all belongs to the outer one. Where the
    system does not allow it nothing is marked.
    """
    if sys.platform != "linux":
        return
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        with contextlib.suppress(OSError, ValueError):
            if not _is_mark(_limit(one)):
                resource.prlimit(one, resource.RLIMIT_RTTIME, (_mark(session_id), _mark(session_id)))
            # After it was marked: what it starts from now on has the mark by itself.
            waiting += _children(one)


def is_marked(pid: int, session_id: str) -> bool:
    """Whether the process ``pid`` has the session's mark."""
    try:
        return _limit(pid) == _mark(session_id)
    except (OSError, ValueError):
        return False


def with_marked(pid: int, session_id: str) -> set[int]:
    """Return the process ``pid``, what it has started, and all others that have the session's mark."""
    mark, found, waiting = _mark(session_id), {pid}, [pid]
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError, ValueError):
                if name.isdigit() and _limit(int(name)) == mark:
                    found.add(int(name))
    while waiting:
        # Where the system allows no mark, or the session runs within another whose mark is theirs.
        with contextlib.suppress(OSError, ValueError):
            children = set(_children(waiting.pop())) - found
            found |= children
            waiting += children
    return found


def _limit(pid: int) -> int:
    if sys.platform != "linux":
        return -1
    return resource.prlimit(pid, resource.RLIMIT_RTTIME)[1]


def _mark(session_id: str) -> int:
    return _LOWEST + int.from_bytes(hashlib.sha256(session_id.encode("utf-8")).digest()[:8], "big") % _LOWEST


def _is_mark(limit: int) -> bool:
    return _LOWEST <= limit < 2 * _LOWEST


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
            found.extend(map(int, file.read().split()))
    return found
