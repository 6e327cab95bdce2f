"""Names of processes that others can check: whoever reads one knows whether that process has ended."""

from __future__ import annotations

import os
import socket


def own_name() -> str:
    """Return a name of this process: its machine, its number, and among which processes that number counts."""
    return f"{socket.gethostname()}:{os.getpid()}:{_visible()}"


def has_ended(name: str) -> bool:
    """Whether the process whose `own_name` ``name`` begins with ran on this machine, and runs no more.

    False where that cannot be known: on another machine, in another container, or if its number has been given again.
    """
    host, pid, visible = (*name.split(":"), "", "", "")[:3]
    if os.name == "nt" or host != socket.gethostname() or visible != _visible() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _visible() -> str:
    """Return what is the same for processes that see each other under the same numbers; '' where all do."""
    try:
        return f"{os.stat('/proc/self/ns/pid').st_ino:x}"
    except OSError:
        return ""
