"""Which kernel belongs to a session, on disk, so that whoever cleans up after a killed runner can end it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notebook_automation.execution.kernels import LightKernelManager

if TYPE_CHECKING:
    from notebook_automation.forkserver import SharedServer

RECORD = "kernel.json"
STDERR = "kernel.stderr"
SESSION_VARIABLE = "NOTEBOOK_AUTOMATION_SESSION"


class RecordedKernelManager(LightKernelManager):
    """Writes the kernel's process down in ``record_folder`` as soon as it is there.

    The kernel is forked from one of ``fork_servers`` if one fits it and its kernelspec names no provisioner of its
    own; ``first`` are the folders at the head of its ``PYTHONPATH`` that belong to it alone. ``launched`` is then
    called, with the reasons why the kernel is a plain process (none: it was forked).
    """

    ends_at_error = True  # as every session does
    record_folder: Path | None = None
    _ahead: asyncio.Task[None] | None = None
    fork_servers: Sequence[SharedServer] = ()
    first: Sequence[str] = ()
    launched: Callable[[list[str]], None] | None = None

    @property
    def has_set_up(self) -> bool:
        """Whether the kernel, once it is launched, was forked after the session's set-up had run."""
        return getattr(self.provisioner, "setup", None) is not None

    @property
    def setup_reason(self) -> str:
        """Why it was not, where a set-up was there for it."""
        return str(getattr(self.provisioner, "setup_reason", ""))

    @property
    def loaded(self) -> Sequence[str]:
        """Modules that a forked kernel has loaded by itself (see its provisioner); empty before its end."""
        return getattr(self.provisioner, "loaded", ())

    @property
    def has_kernel(self) -> bool:
        """Whether a kernel is managed; one that was started ahead is not yet, until `start_kernel`."""
        return self._ahead is None and super().has_kernel

    def start_ahead(self, loop: asyncio.AbstractEventLoop, **kw: Any) -> None:
        """Start the kernel in ``loop`` while, in this thread, its notebook is made ready; `start_kernel` waits for it.

        Whoever does not come to `start_kernel` calls `give_up`.
        """

        def start() -> None:
            self._ahead = loop.create_task(self._start(**kw), name="na-kernel")

        loop.call_soon_threadsafe(start)

    async def give_up(self) -> None:
        """End a kernel that was started ahead and that nobody has taken."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            # Why it did not start is of no interest any more.
            await asyncio.wait([ahead])
            await self.shutdown_kernel(now=True)

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """As `LightKernelManager.start_kernel`; what the process itself writes (not its cells) goes to a file."""
        ahead, self._ahead = self._ahead, None
        await (ahead or self._start(**kw))
        if self.launched is not None:
            self.launched(getattr(self.provisioner, "reasons", ["no kernels are kept warm for it"]))

    async def _start(self, **kw: Any) -> None:
        folder = self.record_folder
        if folder is None:
            await super().start_kernel(**kw)
            return
        self._choose_provisioner()
        errors = os.open(folder / STDERR, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            await super().start_kernel(**kw, stdout=subprocess.DEVNULL, stderr=errors)
        finally:
            os.close(errors)
        pid = getattr(self.provisioner, "pid", None)
        if isinstance(pid, int):
            record = {"pid": pid, "started": _started(pid), "runner": os.getpid()}
            (folder / RECORD).write_text(json.dumps(record), encoding="utf-8")

    def _choose_provisioner(self) -> None:
        spec = self.kernel_spec
        if not self.fork_servers or spec is None or spec.metadata.get("kernel_provisioner"):
            return
        from notebook_automation.forkserver import SharedProvisioner

        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        self.provisioner = SharedProvisioner(
            kernel_id=self.kernel_id, kernel_spec=spec, parent=self, servers=self.fork_servers, first=self.first
        )


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
