"""An attempt that ends without its session ending: a durable one is queued, and goes on from its last checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from notebook_automation.domain.sessions import Session
from notebook_automation.services.attempts import AcquiredSession

from .endings import KERNEL_ERRORS, StopCause
from .phases import Phases
from .preparation import masker_of
from .progress import ProgressReporter

if TYPE_CHECKING:
    from notebook_automation.execution.executed_copy import RunResult

    from .durable_run import DurableRun


class GoesOn(Exception):
    """The session does not end with this attempt: ``session`` is queued, to go on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        super().__init__(f"{session.id} goes on")


class GoingOn:
    """Decides it for the attempt at ``acquired``; ``durable`` is None where the session is not durable, which never
    goes on. ``cause`` tells why the attempt is to stop, if it is."""

    def __init__(
        self, acquired: AcquiredSession, durable: DurableRun | None, phases: Phases, reporter: ProgressReporter,
        cause: Callable[[], StopCause | None],
    ) -> None:  # fmt: skip
        self._acquired = acquired
        self._durable = durable
        self._phases = phases
        self._reporter = reporter
        self._cause = cause

    def if_parked(self) -> None:
        """Raise GoesOn where the session waits without a process now."""
        if self._durable is not None and self._durable.letting_go.session is not None:
            raise GoesOn(self._durable.letting_go.session)

    async def if_cut_off(self, result: RunResult) -> None:
        """Raise GoesOn where its run did not come to its end, and can go on later."""
        durable = self._durable
        if durable is None:
            return
        died = result.error is not None and result.error.ename in KERNEL_ERRORS
        if died:
            await self._phases.unless_stopped(durable.last_saves())
        if died or self._cause() is not None:
            await durable.finish(kernel_gone=died or result.error is not None)
        await self.after_stop()
        if self._cause() is None and died and result.error is not None:
            await self._later(f"{result.error.evalue} It goes on from its last finished cell.", crashed=True)

    async def after_stop(self) -> None:
        """Raise GoesOn where its server stops: it is to go on when one is there again."""
        if self._cause() == "abandoned":
            await self._later("The server that ran it was stopped: it goes on with the next.", crashed=False)

    async def _later(self, reason: str, *, crashed: bool) -> None:
        """Queue it to go on from its last checkpoint: raises GoesOn unless it cannot."""
        if self._durable is None:
            return
        reason = masker_of(self._acquired).text(reason)
        session = await self._durable.go_on_later(reason, self._reporter, crashed=crashed)
        if session is not None:
            raise GoesOn(session)
