"""Holds the lease of a running attempt, from a thread that nothing in the event loop can block."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from notebook_automation.services.attempts import AcquiredSession, Attempts

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5


class LeaseKeeper:
    """Renews the lease every third of it. ``lost`` and ``canceling`` are called in the loop, each at most once.

    A database that does not answer is asked again for as long as it takes. The session is lost only when the database
    says so: nobody else can have ended it before.
    """

    def __init__(
        self, attempts: Attempts, acquired: AcquiredSession, seconds: float, *, lost: Callable[[], None],
        canceling: Callable[[], None],
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._acquired = acquired
        self._seconds = seconds
        self._lost = lost
        self._canceling = canceling
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="na-lease", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """Renew no more; does not wait for a renewal that is under way."""
        self._stop.set()

    def _run(self) -> None:
        pause = self._seconds / 3
        notified = False
        while not self._stop.wait(pause):
            try:
                status = self._attempts.renew(self._acquired)
            except Exception as error:  # noqa: BLE001 - a renewal that fails must not be the last
                _log.warning("%s: its lease could not be renewed: %s", self._acquired.session.id, error)
                pause = min(_RETRY_SECONDS, self._seconds / 3)
                continue
            if status is None:
                self._call(self._lost)
                return
            pause = self._seconds / 3
            if status == "canceling" and not notified:
                notified = True
                self._call(self._canceling)

    def _call(self, what: Callable[[], None]) -> None:
        if not self._stop.is_set():
            self._loop.call_soon_threadsafe(what)
