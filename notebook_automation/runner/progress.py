"""Reports the progress of a running attempt in batches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.services.attempts import AcquiredSession, Attempts, Progress

from .session_observer import SessionObserver, merged

_log = logging.getLogger(__name__)
BATCH_SECONDS = 0.1


class ProgressReporter:
    """Writes what its observer gathers at most every ``BATCH_SECONDS``; a short session reports nothing before its
    end.

    ``changed`` is called after each commit, ``lost`` when the session is no longer this attempt's.
    """

    def __init__(
        self, attempts: Attempts, acquired: AcquiredSession, changed: Callable[[], None], lost: Callable[[], None]
    ) -> None:
        self.observer = SessionObserver(self._schedule)
        self._attempts = attempts
        self._acquired = acquired
        self._changed = changed
        self._lost = lost
        self._due: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._unwritten = Progress()
        self._closed = False
        self._collect: Callable[[], Awaitable[None]] | None = None

    def collect_by(self, collect: Callable[[], Awaitable[None]]) -> None:
        """Await ``collect`` before something is written: it gives the observer what has happened elsewhere by then."""
        self._collect = collect

    def add_snapshot(self, snapshot: Snapshot, file_saved_at: float | None = None) -> None:
        """Report with the next batch which files the session runs on, and when the called one was saved."""
        values = {**self._unwritten.values, "file_saved_at": file_saved_at}
        self._unwritten = replace(self._unwritten, snapshot=snapshot, values=values)

    async def report_now(self) -> None:
        """Write what is there, and return when that is done, or cannot be done now."""
        if self._due is not None:
            self._due.cancel()
        if self._writing is None:
            self._begin()
        assert self._writing is not None
        await self._writing

    async def take(self) -> Progress:
        """Return what is new and not written; it is the caller's to write, or to give back.

        Steps are written before, if that can be done now: their journal may be out of the way while the rest is.
        """
        if self._writing is not None:
            await self._writing
        progress = await self._collected()
        if not progress.steps:
            return progress
        self._unwritten = merged(progress, self._unwritten)
        await self.report_now()
        return await self._collected()

    def give_back(self, progress: Progress) -> None:
        """What was taken could not be written: it is reported with the next batch."""
        self._unwritten = merged(progress, self._unwritten)
        self._schedule()

    async def close(self) -> Progress:
        """Report no more; return what is left to be written with the end."""
        self._closed = True
        if self._due is not None:
            self._due.cancel()
        if self._writing is not None:
            await self._writing
        return await self._collected()

    def _schedule(self) -> None:
        if not self._closed and self._due is None and self._writing is None:
            self._due = asyncio.get_running_loop().call_later(BATCH_SECONDS, self._begin)

    def _begin(self) -> None:
        self._due = None
        self._writing = asyncio.get_running_loop().create_task(self._write(), name="na-progress")

    async def _write(self) -> None:
        progress = await self._collected()
        try:
            if not await self._attempts.report(self._acquired, progress):
                self._lost()
            self._changed()
        except Unavailable as error:
            _log.warning("%s: its progress could not be written: %s", self._acquired.session.id, error)
            self._unwritten = merged(progress, self._unwritten)
        except Exception:  # noqa: BLE001 - what cannot be written must not keep back what comes after it
            _log.exception("%s: some of its progress cannot be written", self._acquired.session.id)
            self._unwritten = merged(Progress(snapshot=progress.snapshot), self._unwritten)
        self._writing = None
        if self._unwritten.values or self._unwritten.log or self._unwritten.steps or self.observer.has_news:
            self._schedule()

    async def _collected(self) -> Progress:
        if self._collect is not None:
            await self._collect()
        return self._gather()

    def _gather(self) -> Progress:
        progress = merged(self._unwritten, self.observer.drain())
        self._unwritten = Progress()
        return progress
