"""Ends sessions whose runner is gone, and deletes for real what is kept no longer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from notebook_automation.domain.errors import AutomationError, Unavailable
from notebook_automation.domain.sessions import CLAIMED, Session
from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.execution.workspaces import sessions_folder
from notebook_automation.execution.writer import recover
from notebook_automation.ports import Blobs
from notebook_automation.services.endings import LostSessions, ResultFile
from notebook_automation.services.retention import Retention
from notebook_automation.settings import Settings

_log = logging.getLogger(__name__)

_SWEEP_SECONDS = 86400.0
LOST = "Its runner gave no sign of life for {lease:g} seconds: it was killed, or its machine stopped."


class Reaper:
    """Looks for lost sessions three times a lease, and cleans up every ``settings.housekeeping`` seconds."""

    def __init__(self, lost: LostSessions, retention: Retention, blobs: Blobs, settings: Settings) -> None:
        self._lost = lost
        self._retention = retention
        self._blobs = blobs
        self._settings = settings
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin with both."""
        self._tasks = [
            asyncio.create_task(self._every(self._settings.lease / 3, self.reap), name="na-reaper"),
            asyncio.create_task(self._every(self._settings.housekeeping, self.clean), name="na-housekeeping"),
            asyncio.create_task(self._every(_SWEEP_SECONDS, self._retention.sweep), name="na-sweep"),
        ]

    async def stop(self) -> None:
        """End; a round that is under way is broken off, the next one does the rest."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    async def reap(self) -> list[Session]:
        """End the sessions that are lost, with the output so far; queue those again that never began.

        Returns them as they are now. Raises Unavailable.
        """
        done = []
        for session in await self._lost.find():
            files = [] if session.status == "scheduled" else await asyncio.to_thread(self._recovered, session)
            now = await self._lost.abandon(session, LOST.format(lease=self._settings.lease), files)
            if now is not None:
                _log.warning("%s was lost and is %s now.", session.id, now.status)
                await asyncio.to_thread(self._clear, sessions_folder(self._settings) / session.id)
                done.append(now)
        return done

    async def clean(self) -> None:
        """Delete artifacts, blobs, snapshots and folders that nobody needs any more. Raises Unavailable."""
        await self._retention.clean()
        folders = sessions_folder(self._settings)
        names = [path.name for path in folders.iterdir()] if folders.is_dir() else []
        for name in names:
            # One that a runner has acquired is the runner's, or the next reaping's.
            if await self._lost.status(name) not in CLAIMED:
                await asyncio.to_thread(self._clear, folders / name)

    def _recovered(self, session: Session) -> list[ResultFile]:
        """End what is left of the session here, and store its notebook as far as it came."""
        folder = sessions_folder(self._settings) / session.id
        kill_session_processes(folder, session.id)
        files = []
        for path in sorted(folder.glob("*.ipynb")):
            try:
                recover(path)
                digest, size = self._blobs.put_file(path)
            except (OSError, ValueError, AutomationError) as error:
                _log.warning("%s: its output so far could not be saved: %s", session.id, error)
                continue
            files.append(ResultFile(name=path.name, blob=digest, size=size))
        return files

    def _clear(self, folder: Path) -> None:
        kill_session_processes(folder, folder.name)
        shutil.rmtree(folder, ignore_errors=True)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await work()
            except Unavailable as error:
                _log.warning("A round of cleaning up was left out: %s", error)
            except OSError as error:
                _log.warning("Cleaning up failed: %s", error)
            await asyncio.sleep(seconds)
