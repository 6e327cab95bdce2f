"""The fork server's children as it keeps them: their lines, their end, their memory."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from dataclasses import dataclass
from typing import Any

from .process_state import memory_of, own_memory_of


@dataclass
class Kid:
    """One living child: it has a `pair` until it has taken its request, a `lease` from its request on."""

    pid: int
    pidfd: int
    lease: socket.socket | None = None
    pair: socket.socket | None = None
    hint: dict[str, Any] | None = None
    is_spare: bool = False
    ready: bool = False
    kill_at: float | None = None
    """When to kill it (`time.monotonic`), if its client has gone and it has not ended by itself."""
    memory: int = 0
    """Of a spare, in bytes, once it is ready."""


def send(line: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # the client has gone; the lease's end is handled where it is read
        line.send(json.dumps(message).encode(), socket.MSG_DONTWAIT)


def usage_of(resources: Any) -> dict[str, float]:
    """Seconds of processor time, bytes of peak memory, page faults without and with reading."""
    return {
        "user_seconds": resources.ru_utime,
        "system_seconds": resources.ru_stime,
        "peak_memory": resources.ru_maxrss * 1024,
        "minor_faults": resources.ru_minflt,
        "major_faults": resources.ru_majflt,
    }


def kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # the group does not exist before the child's setsid
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)


class MemoryLimit:
    """Says whether one more spare fits; sizes in bytes, proportional (shared pages count once)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._last_spare = 0

    def fits_one_more(self, spares: list[Kid]) -> bool:
        if not self.limit:
            return True
        return self._held(spares) + self._last_spare <= self.limit

    def forget_size(self) -> None:
        """How much one takes is to be found out anew."""
        self._last_spare = 0

    def exceeded_by(self, kid: Kid, spares: list[Kid]) -> bool:
        """Measure a spare that is ready; whether it is too much."""
        if not self.limit:
            return False
        kid.memory = memory_of(kid.pid)
        self._last_spare = own_memory_of(kid.pid)  # one more shares the rest
        return self._held(spares) > self.limit

    def _held(self, spares: list[Kid]) -> int:
        return memory_of(os.getpid()) + sum(kid.memory for kid in spares)
