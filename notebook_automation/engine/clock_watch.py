"""Notices that the clock was set, or that the machine slept: what waits for a time of the clock is to look again."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from notebook_automation.adapters.rounds import Rounds

_log = logging.getLogger(__name__)
SECONDS = 1.0
"""Pause between two looks."""
STEP = 0.5
"""Seconds by which the clocks have to differ from before; less is how clocks are corrected all the time."""


class ClockWatch:
    """Awaits ``stepped`` when the clock of the day has not gone on like the one that only counts; again if it fails."""

    def __init__(
        self, stepped: Callable[[], Awaitable[None]], *, day: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._stepped = stepped
        self._day = day
        self._steady = steady
        self._rounds = Rounds(self.look, seconds=SECONDS, what="The clock could not be looked at")
        self._offset = day() - steady()

    def start(self) -> None:
        """Look at the clocks from now on."""
        self._offset = self._day() - self._steady()
        self._rounds.start("na-clock")

    async def stop(self) -> None:
        """Look no more."""
        await self._rounds.stop()

    async def look(self) -> None:
        """Compare the clocks with what they were."""
        offset = self._day() - self._steady()
        step = offset - self._offset
        if abs(step) >= STEP:
            _log.warning("The clock went %+.1f s at once: it was set, or this machine slept.", step)
            await self._stepped()
        self._offset = offset
