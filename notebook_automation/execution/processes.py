"""Know at once when a kernel's process has ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

_POLL_SECONDS = 0.5
"""Only where the system gives no descriptor of a process (anything but Linux) or the kernel is not local."""


class ProcessWatch:
    """Calls ``ended`` once when the provisioner's process has ended; close it when that no longer matters."""

    def __init__(self, provisioner: KernelProvisionerBase, ended: Callable[[], None]) -> None:
        self._provisioner = provisioner
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._descriptor = -1
        self._poll: asyncio.Task[None] | None = None
        pid = getattr(provisioner, "pid", None)
        if isinstance(provisioner, LocalProvisioner) and isinstance(pid, int) and hasattr(os, "pidfd_open"):
            try:
                self._descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                self._loop.call_soon(self._fire)
                return
            except OSError:  # an old Linux, or no descriptors left: the poll needs none
                self._descriptor = -1
        if self._descriptor >= 0:
            self._loop.add_reader(self._descriptor, self._fire)
        else:
            self._poll = self._loop.create_task(self._ask())

    def close(self) -> None:
        self._ended = _nothing
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
        if self._poll is not None:
            self._poll.cancel()
            self._poll = None

    def _fire(self) -> None:
        ended = self._ended
        self.close()
        ended()

    async def _ask(self) -> None:
        while await self._provisioner.poll() is None:  # noqa: ASYNC110 - there is nothing to wait on
            await asyncio.sleep(_POLL_SECONDS)
        self._poll = None
        self._fire()


async def ended_within(provisioner: KernelProvisionerBase, seconds: float) -> bool:
    """Wait at most ``seconds`` for the provisioner's process to end."""
    if not provisioner.has_process or await provisioner.poll() is not None:
        return True
    end = asyncio.Event()
    watch = ProcessWatch(provisioner, end.set)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await end.wait()
        return end.is_set()
    finally:
        watch.close()


def _nothing() -> None:
    return None
