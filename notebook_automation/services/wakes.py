"""Sessions that wait without a process, and whose time has come: their waits end, and they are queued."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.missing import no_session
from notebook_automation.store import parking, sessions, waits
from notebook_automation.store.database import Database

from .held_sessions import HeldSessions


class Due(Protocol):
    """Something that happens at times of its own."""

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Do up to ``limit`` of what is due at ``now``; return the sessions queued by it, and whether more may be."""

    async def next_time(self) -> float | None:
        """Return when something is due next, in epoch seconds; None: never."""


class Wakes:
    """What the engine does about times that sessions wait for, and people who do not want to wait for them.

    ``queued`` is called with a session that somebody has woken, after the commit.
    """

    def __init__(
        self, database: Database, held: HeldSessions, queued: Callable[[Sequence[str]], None] = lambda ids: None
    ) -> None:
        self._database = database
        self._held = held
        self._queued = queued

    async def wake_now(self, caller: Caller, session_id: str) -> None:
        """Let a session that sleeps go on, or one that is held back start, as if its time had come.

        Raises NotFound, Forbidden, Conflict (``session_state``): it does neither.
        """
        found = await self._database.read(lambda tx: sessions.get(tx, session_id))
        if found is None:
            raise no_session(session_id)
        caller.require("run", found.resource)

        def work(tx: Connection) -> list[str]:
            if found.status == "scheduling" and found.wake_at is not None:
                return self._held.start(tx, [session_id])
            waits.hold(tx, [session_id])
            wait = waits.open_of(tx, session_id)
            if wait is None or wait.kind != "sleep":
                raise Conflict(
                    f"Session {session_id} does not sleep: one that waits for a signal goes on when it is sent that, "
                    "by jupyter automation session signal.",
                    code="session_state",
                )
            waits.answer(tx, {wait.id: {}}, time.time())
            woken = [session.id for session in parking.wake(tx, [session_id])]
            waits.announce(tx, {session_id} - set(woken))
            return woken

        woken = await self._database.write(work)
        if woken:
            self._queued(woken)

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Wake up to ``limit`` sessions whose time has come at ``now`` (epoch seconds), the earliest first, at once.

        Returns those that are queued now, and whether there may be more. Raises Unavailable.
        """

        def work(tx: Connection) -> tuple[list[str], bool]:
            due = parking.due(tx, now, limit, of=("waiting",))
            held = waits.hold(tx, due)
            waits.expire(tx, held, now)
            woken = {session.id for session in parking.wake(tx, sorted(held))}
            return [session_id for session_id in due if session_id in woken], len(due) == limit

        return await self._database.write(work)

    async def next_time(self) -> float | None:
        """Return when the next session is to go on by itself, in epoch seconds; None where none is. Raises
        Unavailable."""
        return await self._database.read(lambda tx: parking.next_wake(tx, of=("waiting",)))
