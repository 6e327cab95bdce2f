"""Tells of a running attempt in batches, and holds its lease from a thread that nothing in the loop can block."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.services.attempts import Attempts, Held, Progress

from .session_observer import SessionObserver, merged

_log = logging.getLogger(__name__)
BATCH_SECONDS = 0.1
_RETRY_SECONDS = 0.5


class Teller:
    """Writes an observer's news at most every ``BATCH_SECONDS``; a short session tells nothing before its end.

    ``told`` is called after each commit, ``lost`` when the session is no longer this attempt's.
    """

    def __init__(self, attempts: Attempts, held: Held, told: Callable[[], None], lost: Callable[[], None]) -> None:
        self.observer = SessionObserver(self._news)
        self.snapshot: Snapshot | None = None
        self._attempts = attempts
        self._held = held
        self._told = told
        self._lost = lost
        self._due: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._kept = Progress()
        self._closed = False

    async def rest(self) -> Progress:
        """Stop telling; return what is left to tell with the end."""
        self._closed = True
        if self._due is not None:
            self._due.cancel()
        if self._writing is not None:
            await self._writing
        return self._gather()

    def _news(self) -> None:
        if not self._closed and self._due is None and self._writing is None:
            self._due = asyncio.get_running_loop().call_later(BATCH_SECONDS, self._begin)

    def _begin(self) -> None:
        self._due = None
        self._writing = asyncio.get_running_loop().create_task(self._write(), name="na-tell")

    async def _write(self) -> None:
        progress = self._gather()
        try:
            if not await self._attempts.tell(self._held, progress):
                self._lost()
            self._told()
        except Unavailable as error:
            _log.warning("%s: what it does could not be told: %s", self._held.session.id, error)
            self._kept = progress
        self._writing = None
        if self._kept.values or self._kept.log or self.observer.has_news:
            self._news()

    def _gather(self) -> Progress:
        progress = merged(self._kept, self.observer.drain())
        self._kept = Progress()
        if self.snapshot is not None:
            progress.snapshot, self.snapshot = self.snapshot, None
        return progress


class LeaseKeeper:
    """Renews the lease every third of it. ``lost`` and ``canceling`` are called in ``loop``, each at most once.

    A database that does not answer is asked again until the lease must have run out: then the session is taken for
    lost, since somebody else may have given it up.
    """

    def __init__(
        self, attempts: Attempts, held: Held, seconds: float, *, lost: Callable[[], None], canceling: Callable[[], None]
    ) -> None:
        self._attempts = attempts
        self._held = held
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
        held_at = time.monotonic()
        pause = self._seconds / 3
        told = False
        while not self._stop.wait(pause):
            asked_at = time.monotonic()
            try:
                status = self._attempts.renew(self._held)
            except Unavailable as error:
                _log.warning("%s: its lease could not be renewed: %s", self._held.session.id, error)
                if time.monotonic() - held_at > self._seconds:
                    self._call(self._lost)
                    return
                pause = min(_RETRY_SECONDS, self._seconds / 3)
                continue
            if status is None:
                self._call(self._lost)
                return
            held_at, pause = asked_at, self._seconds / 3
            if status == "canceling" and not told:
                told = True
                self._call(self._canceling)

    def _call(self, what: Callable[[], None]) -> None:
        if not self._stop.is_set():
            self._loop.call_soon_threadsafe(what)
