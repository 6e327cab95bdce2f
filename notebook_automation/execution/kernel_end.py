"""The end of one kernel, in its two steps: its last code has run; its process has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from jupyter_client.manager import KernelManager

from .kernels import result_of_manager


class KernelEnd:
    """Ends the manager's kernel, from now on; ``ended`` is called when its process has ended.

    ``graceful``: its ``atexit`` functions run; else it is killed.
    """

    def __init__(self, manager: KernelManager, *, graceful: bool, ended: Callable[[], None]) -> None:
        self._provisioner: Any = manager.provisioner
        self._announces_end = graceful and getattr(self._provisioner, "how", "") == "forked"
        self._shutdown = asyncio.ensure_future(result_of_manager(manager.shutdown_kernel(now=not graceful)))
        self._shutdown.add_done_callback(lambda _: ended())

    async def code_finished(self) -> None:
        """Return when the kernel has run its last code and sent its final message.

        A forked kernel announces it, some milliseconds before the system has taken its process down.
        """
        if self._announces_end:
            announced = asyncio.ensure_future(self._provisioner.all_sent())
            await asyncio.wait({self._shutdown, announced}, return_when=asyncio.FIRST_COMPLETED)
            announced.cancel()
        if not self._announces_end or self._shutdown.done():
            await self.process_ended()

    async def process_ended(self) -> None:
        """Return when the process has ended; raises what the manager raised."""
        await asyncio.wait({self._shutdown})
        self._shutdown.result()
