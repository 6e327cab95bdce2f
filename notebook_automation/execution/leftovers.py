"""Which kernel belongs to a session, on disk, so that whoever cleans up after a killed runner can end it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from notebook_automation.execution.kernels import LightKernelManager

RECORD = "kernel.json"
STDERR = "kernel.stderr"
SESSION_VARIABLE = "NOTEBOOK_AUTOMATION_SESSION"


class RecordedKernelManager(LightKernelManager):
    """Writes the kernel's process down in ``record_folder`` as soon as it is there."""

    record_folder: Path | None = None

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """As `LightKernelManager.start_kernel`; what the process itself writes (not its cells) goes to a file."""
        folder = self.record_folder
        if folder is None:
            await super().start_kernel(**kw)
            return
        errors = os.open(folder / STDERR, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            await super().start_kernel(**kw, stdout=subprocess.DEVNULL, stderr=errors)
        finally:
            os.close(errors)
        pid = getattr(self.provisioner, "pid", None)
        if isinstance(pid, int):
            record = {"pid": pid, "started": _started(pid)}
            (folder / RECORD).write_text(json.dumps(record), encoding="utf-8")


def last_words(folder: Path) -> str:
    """Return the end of what the kernel's process wrote to stderr: why it did not start, or crashed."""
    try:
        with open(folder / STDERR, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2000))
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""


def end_leftovers(folder: Path, session_id: str) -> int:
    """Kill what is left of a session's kernel: its process group, and what still runs in its name; return how many.

    ``folder`` is the session's. Only a process that started when the record says is taken for the kernel: its number
    may have been given to another since.
    """
    ended = 0
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    pid = record.get("pid")
    if isinstance(pid, int) and hasattr(os, "killpg") and record.get("started") == _started(pid) is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
            ended += 1
    for other in _of_session(session_id):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(other, signal.SIGKILL)
            ended += 1
    return ended


def _of_session(session_id: str) -> list[int]:
    """Return the processes whose environment names the session: also those that left the kernel's group (Linux)."""
    mark = f"{SESSION_VARIABLE}={session_id}\0".encode()
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
