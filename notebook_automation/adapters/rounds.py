"""Work that is done again and again in the background: a round that fails is logged, and never the last one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from notebook_automation.domain.errors import Unavailable

_log = logging.getLogger(__name__)


class Rounds:
    """Calls ``work`` every ``seconds``, and as soon as it is woken. ``what`` says in the log what failed.

    Whatever a round raises, the next one comes: of all that a loop looks at, one thing that is broken must not stop
    what is done for the others.
    """

    def __init__(self, work: Callable[[], Awaitable[object]], *, seconds: float, what: str) -> None:
        self._work = work
        self._seconds = seconds
        self._what = what
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._over = False

    @property
    def is_going(self) -> bool:
        """Whether it was started and not stopped."""
        return self._task is not None and not self._over

    def start(self, name: str) -> None:
        """Begin, with the first round at once; ``name`` is the task's."""
        self._over = False
        self._task = asyncio.create_task(self.run(), name=name)

    def wake(self) -> None:
        """Let the next round come now."""
        self._woken.set()

    def end(self) -> None:
        """Let no further round come; the one under way is finished."""
        self._over = True
        self._woken.set()

    async def stop(self) -> None:
        """End; a round that is under way is broken off."""
        self._over = True
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def run(self) -> None:
        """Do rounds in this task until `end`."""
        while not self._over:
            self._woken.clear()
            try:
                await self._work()
            except Unavailable as error:
                _log.warning("%s: %s It is tried again.", self._what, error)
            except Exception:  # noqa: BLE001 - see above
                _log.exception("%s. It is tried again.", self._what)
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the wake-up.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._woken.wait()
