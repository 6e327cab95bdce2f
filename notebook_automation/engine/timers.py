"""Does what is due at its time, for sessions, what follows them and inquiries: one timer, for the earliest of all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.artifacts import ArtifactChange
from notebook_automation.domain.changes import Change
from notebook_automation.domain.inquiries import InquiryChange
from notebook_automation.domain.session_groups import OPEN, SessionGroupChange
from notebook_automation.domain.sessions import TERMINAL, SessionChange
from notebook_automation.services.wakes import Due

from .clock_watch import ClockWatch

_log = logging.getLogger(__name__)
_LOOK = 30.0
"""Seconds after which the earliest is looked up again, whatever was heard of changes."""
_AT_ONCE = 100
"""Sessions woken in one transaction: a storm does not hold up who else writes."""


_MATTER = TERMINAL | {"waiting", "scheduling"}


class Timers:
    """Calls ``queued`` with the sessions that ``due`` has woken, after their commit; ``clock`` is that of the day."""

    def __init__(
        self, due: Sequence[Due], queued: Callable[[Sequence[str]], None], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._due = due
        self._queued = queued
        self._clock = clock
        self._rounds = Rounds(self.look, seconds=_LOOK, what="Sessions whose time has come could not be woken")
        self._watch = ClockWatch(self._stepped, day=clock)
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Wake whoever is due, and from now on each at its time."""
        self._rounds.start("na-timers")
        self._watch.start()

    async def stop(self) -> None:
        """Wake no more; a transaction that is under way is finished."""
        await self._watch.stop()
        await self._rounds.stop()
        self._cancel()

    def changed(self, change: Change) -> None:
        """A session may have begun to wait for a time, or an inquiry; what ended or was made may be waited for."""
        content = change.content
        waits = isinstance(content, SessionChange) and content.status in _MATTER
        waits = waits or (isinstance(content, ArtifactChange) and change.activity == "created")
        waits = waits or (isinstance(content, SessionGroupChange) and content.state in OPEN)
        if self._rounds.is_going and (waits or (isinstance(content, InquiryChange) and content.status == "pending")):
            self._rounds.wake()

    async def look(self) -> None:
        """Do all that is due, and set the timer for what is next. Raises Unavailable."""
        self._cancel()
        times = [await self._done(one) for one in self._due]
        at = min((one for one in times if one is not None), default=None)
        if at is not None:
            delay = min(max(0.0, at - self._clock()), _LOOK)
            self._timer = asyncio.get_running_loop().call_later(delay, self._rounds.wake)

    async def _done(self, due: Due) -> float | None:
        """Do all that is due of one kind; return when the next is."""
        at = await due.next_time()
        more = at is not None and at <= self._clock()
        while more:
            woken, more = await due.wake_due(self._clock(), _AT_ONCE)
            if woken:
                _log.info("Woke %d session%s at their time.", len(woken), "" if len(woken) == 1 else "s")
                self._queued(woken)
            at = await due.next_time()
        return at

    async def _stepped(self) -> None:
        self._rounds.wake()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
