"""An attempt at a durable session as its `ParkingWatch` sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait
from notebook_automation.execution.hostile_files import read_regular
from notebook_automation.services.attempts import AcquiredSession
from notebook_automation.services.durable_attempts import DurableAttempts

from .letting_go import LettingGo
from .preparation import PreparedSession
from .progress import ProgressReporter

BLOCKED = "blocked"
"""The file in the session's folder by which the kernel says what it blocks on (`sdk.blocked`)."""
_ID_BYTES = 100


class DurableSide(Protocol):
    """What keeps the checkpoints of the attempt: see `DurableRun`."""

    def is_at(self, cell_index: int, piece: int, /) -> bool: ...
    def why_kept(self) -> str | None: ...
    async def rehearse(self, run: PreparedSession, /) -> str: ...


class ParkableAttempt:
    """What is parked: ``prepared`` is what runs, ``run`` the durable side of it, ``folder`` the session's.

    See `Parkable`.
    """

    def __init__(
        self, acquired: AcquiredSession, durable: DurableAttempts, run: DurableSide, prepared: PreparedSession,
        reporter: ProgressReporter, letting_go: LettingGo, folder: Path,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._acquired = acquired
        self._durable = durable
        self._run = run
        self._prepared = prepared
        self._reporter = reporter
        self._letting_go = letting_go

    async def open_wait(self) -> Wait | None:
        """Return what the session blocks on now. Raises Unavailable."""
        wait = await self._durable.open_wait(self._acquired)
        return wait if wait is not None and self._blocks_on(wait) else None

    def _blocks_on(self, wait: Wait) -> bool:
        """Whether the kernel is in the call that waits: one that was broken off, by an alarm or the like, is open, too.

        So is one that an earlier attempt was in, before the piece gets there again.
        """
        if not self._run.is_at(wait.cell_index, wait.piece):
            return False
        try:
            return read_regular(self._folder, BLOCKED, _ID_BYTES) == wait.id.encode()
        except OSError:
            return False

    def why_kept(self) -> str | None:
        """Return why it could not go on without its kernel; None while that is not known yet, '' where it could."""
        return self._run.why_kept()

    async def rehearse(self) -> str:
        """Restore what is saved in another kernel; return why that failed, '' where it did not."""
        return await self._run.rehearse(self._prepared)

    def kernel_pid(self) -> int | None:
        """Return the process of its kernel, where that is one of this machine."""
        return self._prepared.manager.local_pid

    async def park(self, wait: Wait) -> Session | None:
        """Park it; None where the wait has ended meanwhile, or was broken off, or it is to stop. Raises Unavailable.

        Its process stands still.
        """
        if not self._blocks_on(wait):
            return None
        progress = await self._reporter.take()
        letting_go = self._letting_go
        # The run may come to its end in between: its kernel may be killed, for example.
        self._prepared.copy.pause_saving()
        try:
            async with letting_go.out_of_the_way():
                letting_go.session = await self._durable.park(self._acquired, wait, progress)
        finally:
            if letting_go.session is None:
                self._reporter.give_back(progress)
                self._prepared.copy.resume_saving()
        return letting_go.session

    def log(self, text: str) -> None:
        """Add a sentence to the session's log."""
        self._reporter.observer.log("state", text)
