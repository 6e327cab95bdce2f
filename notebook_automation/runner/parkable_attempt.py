"""An attempt at a durable session as its `ParkingWatch` sees it."""

from __future__ import annotations

from typing import Protocol

from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait
from notebook_automation.services.attempts import AcquiredSession
from notebook_automation.services.durable_attempts import DurableAttempts

from .letting_go import LettingGo
from .preparation import PreparedSession
from .progress import ProgressReporter


class DurableSide(Protocol):
    """What keeps the checkpoints of the attempt: see `DurableRun`."""

    def is_at(self, cell_index: int, piece: int, /) -> bool: ...
    def why_kept(self) -> str | None: ...
    async def rehearse(self, run: PreparedSession, /) -> str: ...


class ParkableAttempt:
    """What is parked: ``prepared`` is what runs, ``run`` the durable side of it. See `Parkable`."""

    def __init__(
        self, acquired: AcquiredSession, durable: DurableAttempts, run: DurableSide, prepared: PreparedSession,
        reporter: ProgressReporter, letting_go: LettingGo,
    ) -> None:  # fmt: skip
        self._acquired = acquired
        self._durable = durable
        self._run = run
        self._prepared = prepared
        self._reporter = reporter
        self._letting_go = letting_go

    async def open_wait(self) -> Wait | None:
        """Return what the session blocks on now. Raises Unavailable."""
        wait = await self._durable.open_wait(self._acquired)
        # One of an earlier piece was broken off there, by an alarm or the like: nobody blocks on it any more.
        return wait if wait is not None and self._run.is_at(wait.cell_index, wait.piece) else None

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
        """Park it; None where the wait has ended meanwhile, or it is to stop. Raises Unavailable."""
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
