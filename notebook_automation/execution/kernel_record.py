"""Which processes belong to a session, on disk and by their environment, so that what is left of them can be killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path

from .hostile_files import open_regular, read_regular

RECORD = "kernel.json"
STDERR = "kernel.stderr"
_RECORD_BYTES = 4096
SESSION_VARIABLE = "NOTEBOOK_AUTOMATION_SESSION"


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
    killed = 0
    pid, started = _recorded(folder)
    if pid > 1 and hasattr(os, "killpg") and started is not None and started == _started(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
            killed += 1
    for other in _of_session(session_id):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(other, signal.SIGKILL)
            killed += 1
    return killed


def _recorded(folder: Path) -> tuple[int, str | None]:
    """Return the kernel's process and when it started, as written down; 0 where nothing that can be read is."""
    try:
        record = json.loads(read_regular(folder, RECORD, _RECORD_BYTES))
        return int(record["pid"]), str(record["started"])
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return 0, None


def _of_session(session_id: str) -> list[int]:
    """Return the processes whose environment names the session: also those that left the kernel's group (Linux)."""
    mark = os.fsencode(f"{SESSION_VARIABLE}={session_id}\0")
    found = []
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    for name in names:
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environment = file.read() + b"\0"
        except OSError:
            continue
        if environment.startswith(mark) or b"\0" + mark in environment:
            found.append(int(name))
    return found


def _started(pid: int) -> str | None:
    """Return when a process started, in ticks since the machine did; None where there is none, or no /proc."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
