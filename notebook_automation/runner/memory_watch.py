"""Looks whether a session's processes hold more memory than they may together, and ends them at once if they do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.execution.session_memory import used_memory

if TYPE_CHECKING:
    from notebook_automation.execution.session_kernel import SessionKernelManager

LOOK_SECONDS = 0.1


class MemoryWatch:
    """Of ``session``, whose kernel is the ``manager``'s and whose folder is ``folder``; nothing where it has no limit.

    ``exceeded`` is called once with the error that says how much it was; the processes are killed then: asked to stop,
    they might take what is left of the machine's memory meanwhile. A kernel on another machine is not looked at.
    """

    def __init__(
        self, session: Session, manager: SessionKernelManager, folder: Path, exceeded: Callable[[Exception], None]
    ) -> None:
        self._session = session
        self._manager = manager
        self._folder = folder
        self._exceeded = exceeded
        self._rounds = Rounds(self._look, seconds=LOOK_SECONDS, what="The memory of a session is not known")

    def start(self) -> None:
        """Begin to look, where there is a limit."""
        if self._session.memory is not None:
            self._rounds.start("na-memory")

    async def stop(self) -> None:
        """Look no more."""
        await self._rounds.stop()

    async def _look(self) -> None:
        limit, kernel = self._session.memory, self._manager.local_pid
        if limit is None or kernel is None:
            return
        used = await asyncio.to_thread(used_memory, kernel, self._session.id, limit)
        if used > limit:
            # Imported with the run already.
            from notebook_automation.execution.failures import MemoryExceeded

            self._rounds.end()
            self._exceeded(MemoryExceeded(used, limit))
            await asyncio.to_thread(kill_session_processes, self._folder, self._session.id)
