"""Sends e-mails about inquiries: as soon as one is written down, and again at its time where that failed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.changes import Change
from notebook_automation.services.inquiry_mails import InquiryMails

_LOOK = 30.0
"""Seconds after which it is looked again, whatever was heard of changes."""


class Mailer:
    """A duty of the leader; ``clock`` is that of the day."""

    def __init__(self, mails: InquiryMails, *, clock: Callable[[], float] = time.time) -> None:
        self._mails = mails
        self._clock = clock
        self._rounds = Rounds(self.look, seconds=_LOOK, what="E-mails about inquiries could not be sent")
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Send what is due, and from now on each at its time."""
        self._rounds.start("na-mailer")

    async def stop(self) -> None:
        """Send no more; what is being sent is broken off, and told from what was sent by its row."""
        await self._rounds.stop()
        self._cancel()

    def changed(self, change: Change) -> None:
        """An inquiry has changed: there may be somebody to tell."""
        if change.channel == "inquiries" and self._rounds.is_going:
            self._rounds.wake()

    async def look(self) -> None:
        """Send all that is due, and set the timer for the next. Raises Unavailable."""
        self._cancel()
        while await self._mails.send_due():
            pass
        at = await self._mails.next_time()
        if at is not None:
            delay = min(max(0.0, at - self._clock()), _LOOK)
            self._timer = asyncio.get_running_loop().call_later(delay, self._rounds.wake)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
