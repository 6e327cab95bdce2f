"""Attempts at durable sessions: their checkpoints are stored, and they are queued again where others would end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from notebook_automation.domain.checkpoints import Checkpoint
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.steps import Step
from notebook_automation.domain.waits import Wait, describe
from notebook_automation.ports import Seal
from notebook_automation.store import checkpoints, parking, session_log, waits
from notebook_automation.store.checkpoints import StoredContent
from notebook_automation.store.database import Database

from .attempts import AcquiredSession, Attempts, Progress
from .checkpoint_chain import verify
from .endings import AttemptLost


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What earlier attempts have saved: their checkpoints in order, the blobs of content by digest, the cells."""

    checkpoints: list[Checkpoint] = field(default_factory=list)
    content: dict[str, str] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)


class DurableAttempts:
    """A runner's side of durable sessions. As all writes of `Attempts`, these are refused once the session was lost."""

    def __init__(self, database: Database, attempts: Attempts, seal: Seal) -> None:
        self._database = database
        self._attempts = attempts
        self._seal = seal

    async def saved(self, acquired: AcquiredSession) -> Saved:
        """Return what earlier attempts at the session have saved, its signatures verified.

        Raises Unavailable (``checkpoint_unreadable``): one of them was changed.
        """
        session = acquired.session

        def work(tx: Connection) -> Saved:
            return Saved(
                checkpoints=checkpoints.of_session(tx, session.id),
                content=checkpoints.content_of(tx, session.id),
                cells=session_log.cells_of(tx, session.id),
            )

        saved = await self._database.read(work)
        verify(saved.checkpoints, session.project_id, self._seal)
        return saved

    async def steps(self, acquired: AcquiredSession) -> list[Step]:
        """Return the steps that the session has recorded, with their results. Raises Unavailable."""
        return await self._attempts.steps(acquired)

    def signature(self, checkpoint: Checkpoint, project_id: str, before: str) -> str:
        """Return the signature of a new checkpoint; ``before`` is that of the one before it."""
        return self._seal.sign(checkpoint.signed(project_id, before), project_id)

    async def save(
        self, acquired: AcquiredSession, checkpoint: Checkpoint, content: Mapping[str, StoredContent],
        progress: Progress,
    ) -> bool:  # fmt: skip
        """Store a checkpoint and its content, with what is new of the session; False: the session was lost.

        Raises Unavailable.
        """

        def work(tx: Connection) -> None:
            self._attempts.report_in(tx, acquired, progress)
            checkpoints.add(tx, checkpoint, content)
            parking.survived(tx, acquired.session.id)

        try:
            await self._database.write(work)
        except AttemptLost:
            return False
        return True

    async def is_ours(self, acquired: AcquiredSession) -> bool:
        """Return whether the session is still this attempt's, and then keep it so for a lease. Raises Unavailable."""
        return await asyncio.to_thread(self._attempts.renew, acquired) is not None

    async def queue_again(
        self, acquired: AcquiredSession, reason: str, progress: Progress, *, crashed: bool
    ) -> Session | None:
        """Let the session go on later from its last checkpoint, and return it; None if it was lost, or is to stop.

        ``crashed``: it counts as lost once more. Raises Unavailable.
        """

        def work(tx: Connection) -> Session | None:
            self._attempts.report_in(tx, acquired, progress)
            again = parking.queue_again(tx, acquired.session, acquired.owner, crashed=crashed, reason=reason)
            if again is None:
                raise AttemptLost
            session_log.write(tx, again.id, "state", reason)
            return again

        try:
            return await self._database.write(work)
        except AttemptLost:
            return None

    async def open_wait(self, acquired: AcquiredSession) -> Wait | None:
        """Return what the session blocks on now. Raises Unavailable."""
        return await self._database.read(lambda tx: waits.open_of(tx, acquired.session.id))

    async def park(self, acquired: AcquiredSession, wait: Wait, progress: Progress) -> Session | None:
        """Let the session wait without a process, and return it; None where ``wait`` has ended, or it is to stop.

        In one transaction with ``progress``: what ends the wait comes before it, or wakes the session. From then on its
        kernel can ask and report nothing more. Raises Unavailable.
        """

        def work(tx: Connection) -> Session:
            self._attempts.report_in(tx, acquired, progress)
            parked = parking.park(tx, acquired.session, acquired.owner, wake_at=wait.wake_at)
            now = waits.open_of(tx, acquired.session.id)
            if parked is None or now is None or now.id != wait.id:
                raise AttemptLost
            session_log.write(tx, parked.id, "state", f"It waits for {describe(wait)} without a process.")
            return parked

        try:
            return await self._database.write(work)
        except AttemptLost:
            return None
