"""A claimed session and the runner that is started for it, until that runner has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from notebook_automation.adapters.lines import Line
from notebook_automation.adapters.process_lines import CANCEL, assignment_line
from notebook_automation.domain.sessions import Session

from .runners import RunnerHandle, Runners

_LETS_GO_SECONDS = 5.0
"""Time that a runner gets to be gone once another attempt at its session is there."""
_CLEARED = (0, 3)
"""Exit codes of a runner that has ended all that was its session's, as far as that was still its own."""


class ClaimedAttempt:
    """One attempt of ``session``, claimed for ``owner``.

    ``begun`` is called when its runner has acquired the session, ``changed`` when it has committed something.
    """

    def __init__(self, session: Session, owner: str, *, begun: Callable[[], None], changed: Callable[[], None]) -> None:
        self.session = session
        self.owner = owner
        self._notify_begun = begun
        self._notify_changed = changed
        self._begun = asyncio.Event()
        self._is_over = asyncio.Event()
        self._code: int | None = None
        self._runner: RunnerHandle | None = None
        self._canceling = False
        self._closing = False

    @property
    def has_begun(self) -> bool:
        """Whether its runner has acquired the session."""
        return self._begun.is_set()

    @property
    def is_cleared(self) -> bool:
        """Whether nothing is to be cleared up: a durable session that goes on may be run by somebody else by now."""
        return self.session.is_durable and self.has_begun and self._code in _CLEARED

    def over(self) -> None:
        """Nothing of it is left here."""
        self._is_over.set()

    async def give_way(self) -> None:
        """Wait until it is over: another attempt at its session is to begin. One that hangs is killed."""
        try:
            async with asyncio.timeout(_LETS_GO_SECONDS):
                await self._is_over.wait()
        except TimeoutError:
            self.kill()
            await self._is_over.wait()

    def cancel(self) -> None:
        """Let the runner stop the session; one that is not there yet, as soon as it is."""
        self._canceling = True
        if self._runner is not None:
            self._runner.send(CANCEL)

    def close(self) -> None:
        """Let the runner end its session and itself; one that is not there yet, as soon as it is."""
        self._closing = True
        if self._runner is not None:
            self._runner.close()

    def kill(self) -> None:
        """End the runner at once."""
        if self._runner is not None:
            self._runner.kill()

    async def run(self, pool: Runners, start_seconds: float) -> str:
        """Let a runner of ``pool`` run the session to its end; return why it ended, in case it never began.

        One that has not begun after ``start_seconds`` is killed. Raises OSError where no runner can be started.
        """
        session = self.session
        runner = self._runner = await pool.take(self._received, session)
        runner.send(assignment_line(session.id, self.owner, session.attempt))
        if self._canceling:
            runner.send(CANCEL)
        if self._closing:
            runner.close()
        ended = asyncio.create_task(runner.wait())
        try:
            begun = asyncio.create_task(self._begun.wait())
            await asyncio.wait({ended, begun}, timeout=start_seconds, return_when=asyncio.FIRST_COMPLETED)
            begun.cancel()
            if not self.has_begun and not ended.done():
                runner.kill()
                await ended
                return f"Its runner did not begin within {start_seconds:g} seconds."
            pool.refill()
            code = self._code = await ended
        finally:
            ended.cancel()
        tail = runner.stderr_tail()
        return f"Its runner ended with code {code} before it began." + (f" It said: {tail}" if tail else "")

    def _received(self, line: Line) -> None:
        if line.get("begun"):
            self._begun.set()
            self._notify_begun()
        if line.get("changed"):
            self._notify_changed()
