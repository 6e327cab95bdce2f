"""Sends messages to people: as soon as one is written down, and again at its time where that failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.changes import Change

_LOOK = 30.0
"""Seconds after which it is looked again, whatever was heard of changes."""


class Outbox(Protocol):
    """Messages that are written down, each with its time."""

    async def send_due(self) -> bool:
        """Send some whose time has come; return whether there may be more. Raises Unavailable."""

    async def next_time(self) -> float | None:
        """Return when the next is to be looked at, in epoch seconds; None: there is none. Raises Unavailable."""


class Mailer:
    """A duty of the leader: sends what is in ``outbox``, which changes on ``channel`` may have filled.

    ``clock`` is that of the day.
    """

    def __init__(self, outbox: Outbox, channel: str, *, clock: Callable[[], float] = time.time) -> None:
        self._outbox = outbox
        self._channel = channel
        self._clock = clock
        self._rounds = Rounds(self.look, seconds=_LOOK, what="Messages to people could not be sent")
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Send what is due, and from now on each at its time."""
        self._rounds.start("na-mailer")

    async def stop(self) -> None:
        """Send no more; what is being sent is broken off, and told from what was sent by its row."""
        await self._rounds.stop()
        self._cancel()

    def changed(self, change: Change) -> None:
        """Something has changed: there may be somebody to tell."""
        if change.channel == self._channel and self._rounds.is_going:
            self._rounds.wake()

    async def look(self) -> None:
        """Send all that is due, and set the timer for the next. Raises Unavailable."""
        self._cancel()
        while await self._outbox.send_due():
            pass
        at = await self._outbox.next_time()
        if at is not None:
            delay = min(max(0.0, at - self._clock()), _LOOK)
            self._timer = asyncio.get_running_loop().call_later(delay, self._rounds.wake)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
