"""Which processes belong to a session, on disk, by their environment and by its mark, so that none of them is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from .hostile_files import open_regular, read_regular
from .session_mark import is_marked

RECORD = "kernel.json"
STDERR = "kernel.stderr"
_RECORD_BYTES = 4096
SAVING_PROCESS = "saves-state"
"""What a process calls itself that goes on saving a session's state when its kernel is gone (15 bytes at most)."""
SESSION_VARIABLE = "NOTEBOOK_AUTOMATION_SESSION"
_ROUNDS = 20
"""Looks at all processes: one that is about to be killed may have started another meanwhile."""


def write_kernel_record(folder: Path, pid: int) -> None:
    """Write down in the session's ``folder`` that its kernel is the process ``pid``, started by this one."""
    record = {"pid": pid, "started": _started(pid), "runner": os.getpid()}
    (folder / RECORD).write_text(json.dumps(record), encoding="utf-8")


def stderr_tail(folder: Path) -> str:
    """Return the end of what the kernel's process wrote to stderr: why it did not start, or crashed."""
    try:
        with open_regular(folder, STDERR) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2000))
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""


def kill_session_processes(folder: Path, session_id: str) -> int:
    """Kill what is left of a session: its kernel's process group, and what still runs in its name; return how many.

    ``folder`` is the session's. Only a process that started when the record says is taken for the kernel: its number
    may have been given to another since.
    """
    killed: set[int] = set()
    pid, started = _recorded(folder)
    if pid > 1 and hasattr(os, "killpg") and started is not None and started == _started(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
            killed.add(pid)
    for _ in range(_ROUNDS):
        found = _of_session(session_id) - killed
        for other in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(other, signal.SIGKILL)
        killed |= found
        if not found:
            break
    return len(killed)


def processes_of(session_id: str) -> dict[int, str | None]:
    """Return the processes that belong to a session now, each with its start, by which `kill_processes` knows it."""
    return {pid: _started(pid) for pid in _of_session(session_id)}


def kill_processes(processes: Mapping[int, str | None]) -> None:
    """Kill these, as far as they are still the same: another attempt at their session may have begun."""
    for pid, started in processes.items():
        if started is not None and started == _started(pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _recorded(folder: Path) -> tuple[int, str | None]:
    """Return the kernel's process and when it started, as written down; 0 where nothing that can be read is."""
    try:
        record = json.loads(read_regular(folder, RECORD, _RECORD_BYTES))
        return int(record["pid"]), str(record["started"])
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return 0, None


def _of_session(session_id: str) -> set[int]:
    """Return the processes that belong to the session: also those that left the kernel's group (Linux)."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return set()
    numbers = {int(name) for name in names if name.isdigit()} - {os.getpid()}
    variable = os.fsencode(f"{SESSION_VARIABLE}={session_id}\0")
    return {pid for pid in numbers if is_marked(pid, session_id) or _has(pid, variable)}


def _has(pid: int, variable: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            environment = file.read() + b"\0"
    except OSError:
        return False
    return environment.startswith(variable) or b"\0" + variable in environment


def _started(pid: int) -> str | None:
    """Return when a process started, in ticks since the machine did; None where there is none, or no /proc."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
