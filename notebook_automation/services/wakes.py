"""Sessions that wait without a process, and whose time has come: their waits end, and they are queued."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from notebook_automation.store import parking, waits
from notebook_automation.store.database import Database


class Due(Protocol):
    """Something that happens at times of its own."""

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Do up to ``limit`` of what is due at ``now``; return the sessions queued by it, and whether more may be."""

    async def next_time(self) -> float | None:
        """Return when something is due next, in epoch seconds; None: never."""


class Wakes:
    """What the engine does about times that sessions wait for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Wake up to ``limit`` sessions whose time has come at ``now`` (epoch seconds), the earliest first, at once.

        Returns those that are queued now, and whether there may be more. Raises Unavailable.
        """

        def work(tx: Connection) -> tuple[list[str], bool]:
            due = parking.due(tx, now, limit)
            held = waits.hold(tx, due)
            waits.expire(tx, held, now)
            woken = {session.id for session in parking.wake(tx, sorted(held))}
            return [session_id for session_id in due if session_id in woken], len(due) == limit

        return await self._database.write(work)

    async def next_time(self) -> float | None:
        """Return when the next session is to go on by itself, in epoch seconds; None where none is. Raises
        Unavailable."""
        return await self._database.read(parking.next_wake)
