"""Lets go of a session that another attempt is to go on with: its folder and processes are out of the way before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from notebook_automation.domain.sessions import Session
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.kernel_record import kill_processes, processes_of
from notebook_automation.execution.workspaces import LEFT


class LettingGo:
    """The folder of one attempt, and what runs in its session's name.

    Once the database says that a session is nobody's, its next attempt may begin in the same moment, on this machine:
    nothing of this one may touch the session's folder, or kill processes by its name, after that.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aside = folder.with_name(f"{folder.name}{LEFT}")
        self._processes: dict[int, str | None] = {}
        self.session: Session | None = None
        """The session as it was let go, None while it is not."""

    @contextlib.asynccontextmanager
    async def out_of_the_way(self) -> AsyncIterator[None]:
        """Put the folder aside, for the transaction that lets the session go; it comes back unless `session` is set."""
        self._processes = await asyncio.to_thread(processes_of, self._folder.name)
        await asyncio.to_thread(self._put_aside)
        try:
            yield
        finally:
            if self.session is None:
                with contextlib.suppress(OSError):
                    self._aside.rename(self._folder)

    def _put_aside(self) -> None:
        # That of an attempt which was killed in the middle of this.
        remove_folder(self._aside)
        with contextlib.suppress(OSError):
            self._folder.rename(self._aside)

    def clear(self) -> None:
        """End what is left of the attempt. Blocks."""
        kill_processes(self._processes)
        remove_folder(self._aside)
