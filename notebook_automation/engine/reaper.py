"""Ends sessions whose runner is gone, and deletes for real what is kept no longer."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from notebook_automation.adapters.child_processes import COMMAND
from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.api_calls import is_api_call
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import AutomationError, Unavailable
from notebook_automation.domain.sessions import CLAIMED, QUEUED, TERMINAL, Session
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.execution.recovery import recovered_notebook
from notebook_automation.execution.workspaces import LEFT, sessions_folder
from notebook_automation.ports import Blobs
from notebook_automation.services.endings import LostSessions, ResultFile
from notebook_automation.services.retention import Retention
from notebook_automation.settings import Settings

_log = logging.getLogger(__name__)

_SWEEP_SECONDS = 86400.0
_AT_ONCE = 2
"""Sessions that are cleared up side by side: one whose folder takes long does not hold up all others."""
LOST = "Its runner gave no sign of life for {lease:g} seconds: it was killed, or its machine stopped."


class Reaper:
    """Looks for lost sessions three times a lease, and cleans up every ``settings.housekeeping`` seconds.

    Whatever a session has left in its folder, the others are cleared up all the same.
    """

    def __init__(self, lost: LostSessions, retention: Retention, blobs: Blobs, settings: Settings) -> None:
        self._lost = lost
        self._retention = retention
        self._blobs = blobs
        self._settings = settings
        self._rounds = {
            "na-reaper": Rounds(self.reap, seconds=settings.lease / 3, what="Lost sessions could not be ended"),
            "na-housekeeping": Rounds(self.clean, seconds=settings.housekeeping, what="A round of cleaning up failed"),
            "na-sweep": Rounds(retention.sweep, seconds=_SWEEP_SECONDS, what="Unused content could not be removed"),
        }

    async def start(self) -> None:
        """Begin with both."""
        for name, rounds in self._rounds.items():
            rounds.start(name)

    async def stop(self) -> None:
        """End; a round that is under way is broken off, the next one does the rest."""
        for rounds in self._rounds.values():
            await rounds.stop()

    async def reap(self) -> list[Session]:
        """End the sessions that are lost, with the output so far; queue those again that never began.

        Returns them as they are now. Raises Unavailable.
        """
        places = asyncio.Semaphore(_AT_ONCE)

        async def reaped(session: Session) -> Session | None:
            async with places:
                return await self._reaped(session)

        ended = await asyncio.gather(*map(reaped, await self._lost.find()))
        return [session for session in ended if session is not None]

    async def clean(self) -> None:
        """Delete artifacts, blobs, snapshots and folders that nobody needs any more. Raises Unavailable."""
        await self._retention.clean()
        folders = sessions_folder(self._settings)
        for name in await asyncio.to_thread(_names_in, folders):
            # One that a runner has acquired is the runner's, or the next reaping's.
            if not name.isascii() or await self._lost.status(name.removesuffix(LEFT)) not in CLAIMED | QUEUED:
                await asyncio.to_thread(self._clear, folders / name)

    async def _reaped(self, session: Session) -> Session | None:
        """End one lost session; return it, None if it is not lost any more or could not be ended now."""
        try:
            now = await self._ended(session)
        except Unavailable as error:
            _log.warning("%s was lost and could not be ended: %s", session.id, error)
            return None
        except Exception:  # noqa: BLE001 - the others are not to suffer for it
            _log.exception("%s was lost and could not be ended", session.id)
            return None
        if now is not None:
            _log.warning("%s was lost and is %s now.", session.id, now.status)
            # What a session that goes on has recorded there is read by its next attempt.
            if now.status in TERMINAL:
                await asyncio.to_thread(self._clear, sessions_folder(self._settings) / session.id)
        return now

    async def _ended(self, session: Session) -> Session | None:
        reason = LOST.format(lease=self._settings.lease)
        if session.status == "scheduled":
            return await self._lost.abandon(session, reason)
        # First: it may have come back, and what happens to its kernel is not to be told as its end.
        taken = await self._lost.take(session)
        if taken is None:
            return None
        return await self._lost.abandon(taken, reason, await asyncio.to_thread(self._recovered, taken))

    def _recovered(self, session: Session) -> Sequence[ResultFile]:
        """End what is left of the session here, and store its notebook as far as it came."""
        folder = sessions_folder(self._settings) / session.id
        kill_session_processes(folder, session.id)
        if is_api_call(session.call):
            return ()
        try:
            name = parse_call(session.call).executed_name
            with recovered_notebook(COMMAND, folder, name) as file:
                digest, size = self._blobs.put_stream(file, at_most=self._settings.artifact_max)
        except FileNotFoundError:
            # It was lost before it ran anything.
            return ()
        except (OSError, AutomationError) as error:
            _log.warning("%s: its output so far could not be saved: %s", session.id, error)
            return ()
        return (ResultFile(name=name, blob=digest, size=size),)

    def _clear(self, folder: Path) -> None:
        kill_session_processes(folder, folder.name)
        if not remove_folder(folder):
            _log.warning("%s could not be removed whole; it is tried again.", folder)


def _names_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.is_dir() else []
