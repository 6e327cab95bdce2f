"""The kernel of a session: forked where a fork server fits, started while its notebook is prepared, written down."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool

from .kernel_record import STDERR, write_kernel_record
from .kernels import LightKernelManager
from .session_mark import mark_process

if TYPE_CHECKING:
    from notebook_automation.forkserver import SharedServer


class SessionKernelManager(LightKernelManager):
    """Starts the kernel of the session whose folder is ``folder``, and writes its process down there at once; it is
    marked with the folder's name, which is the session's id.

    ``kernel_spec`` is that of ``kernel_name``, which was found already. The kernel is forked from one of
    ``fork_servers`` if one fits it and its kernelspec names no provisioner of its own; ``own_paths`` are the folders
    at the head of its ``PYTHONPATH`` that belong to it alone.
    """

    ends_at_error = Bool(True, help="Nothing is to run after an error, as in every session.")

    def __init__(
        self,
        folder: Path,
        kernel_name: str,
        kernel_spec: KernelSpec | None = None,
        *,
        fork_servers: Sequence[SharedServer] = (),
        own_paths: Sequence[str] = (),
    ) -> None:
        super().__init__(kernel_name=kernel_name, connection_file=str(folder / "connection.json"))
        if kernel_spec is not None:
            self.use_kernel_spec(kernel_spec)
        self._folder = folder
        self._fork_servers = fork_servers
        self._own_paths = own_paths
        self._start: asyncio.Task[None] | None = None
        self._launched: Callable[[list[str]], None] = lambda reasons: None

    @property
    def has_set_up(self) -> bool:
        """Whether the kernel, once it is launched, was forked after the session's set-up had run."""
        return getattr(self.provisioner, "setup", None) is not None

    @property
    def is_forked(self) -> bool:
        """Whether the kernel was forked from a warm process when it was launched last."""
        return getattr(self.provisioner, "how", "") == "forked"

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
        return self._start is None and super().has_kernel

    @property
    def local_pid(self) -> int | None:
        """The kernel's process; None where none runs, or it may be on another machine."""
        pid = getattr(self.provisioner, "pid", None)
        return pid if isinstance(pid, int) and isinstance(self.provisioner, LocalProvisioner) else None

    def on_launch(self, launched: Callable[[list[str]], None]) -> None:
        """Call ``launched`` when `start_kernel` has launched the kernel, with the reasons why it is a plain process
        (none: it was forked)."""
        self._launched = launched

    def start_ahead(self, loop: asyncio.AbstractEventLoop, **kw: Any) -> None:
        """Start the kernel in ``loop`` while, in this thread, its notebook is prepared; `start_kernel` waits for it.

        Whoever does not come to `start_kernel` calls `give_up`.
        """

        def start() -> None:
            self._start = loop.create_task(self._start_recorded(**kw), name="na-kernel")

        loop.call_soon_threadsafe(start)

    async def give_up(self) -> None:
        """End a kernel that was started ahead and that `start_kernel` has not waited for."""
        start, self._start = self._start, None
        if start is not None:
            # Why it did not start is of no interest any more.
            await asyncio.wait([start])
            await self.shutdown_kernel(now=True)

    async def start_kernel(self, **kw: Any) -> None:  # type: ignore[override]
        """As `LightKernelManager.start_kernel`; what the process itself writes (not its cells) goes to a file."""
        start, self._start = self._start, None
        await (start or self._start_recorded(**kw))
        self._launched(getattr(self.provisioner, "reasons", ["no kernels are kept warm for it"]))

    async def _start_recorded(self, **kw: Any) -> None:
        self._choose_provisioner()
        errors = os.open(self._folder / STDERR, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            await super().start_kernel(**kw, stdout=subprocess.DEVNULL, stderr=errors)
        finally:
            os.close(errors)
        pid = self.local_pid
        if pid is not None:
            mark_process(pid, self._folder.name)
            write_kernel_record(self._folder, pid)

    def _choose_provisioner(self) -> None:
        spec = self.kernel_spec
        if not self._fork_servers or spec is None or spec.metadata.get("kernel_provisioner"):
            return
        from notebook_automation.forkserver import SharedProvisioner

        self.kernel_id = self.kernel_id or str(uuid.uuid4())
        self.provisioner = SharedProvisioner(
            kernel_id=self.kernel_id,
            kernel_spec=spec,
            parent=self,
            servers=self._fork_servers,
            first=self._own_paths,
        )
