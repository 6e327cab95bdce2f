"""Retention: what is deleted for real once it is too old or nobody has it any more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from sqlalchemy import Connection

from notebook_automation.domain.api_logs import first_hour
from notebook_automation.domain.errors import Unavailable
from notebook_automation.ports import Blobs
from notebook_automation.settings import Settings
from notebook_automation.store import (
    api_logs,
    artifacts,
    changes,
    checkpoints,
    inbox,
    inquiries,
    notifications,
    session_groups,
    session_log,
    session_removal,
    sessions,
    snapshots,
    steps,
)
from notebook_automation.store.database import Database

IN_USE_SECONDS = 3600.0
"""A blob or snapshot used this recently stays: somebody may be about to refer to it."""
_BATCH = 500
_SESSIONS_AT_ONCE = 100
_log = logging.getLogger(__name__)


class Retention:
    """Deletes what is too old: sessions, deliveries, requests, artifacts, inquiries, notifications; unused content."""

    def __init__(self, database: Database, blobs: Blobs, settings: Settings) -> None:
        self._database = database
        self._blobs = blobs
        self._settings = settings

    async def clean(self, now: float | None = None) -> None:
        """Delete all that is due at ``now`` (epoch seconds), in small transactions. Raises Unavailable."""
        at = time.time() if now is None else now
        before = at - IN_USE_SECONDS
        steps: Sequence[Callable[[], Awaitable[object]]] = (
            lambda: self._remove_expired(at),
            lambda: self._remove_sessions(at),
            lambda: self._remove_checkpoints(at),
            lambda: self._remove_inquiries(at),
            lambda: self._remove_notifications(at),
            lambda: self._remove_deliveries(at),
            lambda: self._remove_api_logs(at),
            lambda: self._database.write(lambda tx: snapshots.forget_unused(tx, before)),
            lambda: self._forget_long_responses(before),
            lambda: self._database.write(lambda tx: changes.forget(tx, at - self._settings.change_keep)),
            lambda: self._forget_blobs(before),
        )
        for step in steps:
            try:
                await step()
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001 - what is wrong with one kind must not keep all others for ever
                _log.exception("Something that is kept no longer could not be deleted")

    async def _remove_expired(self, now: float) -> None:
        while await self._database.write(lambda tx: _remove_expired(tx, now)) == _BATCH:
            pass

    async def _remove_sessions(self, now: float) -> None:
        if self._settings.session_keep <= 0:
            return
        too_old = now - self._settings.session_keep
        while await self._database.write(lambda tx: _remove_sessions(tx, too_old)) == _SESSIONS_AT_ONCE:
            pass
        # After them: a group goes when it has no sessions any more.
        while await self._database.write(lambda tx: session_groups.remove_ended(tx, too_old, _BATCH)) == _BATCH:
            pass

    async def _remove_checkpoints(self, now: float) -> None:
        if self._settings.checkpoint_keep <= 0:
            return
        too_old = now - self._settings.checkpoint_keep
        while await self._database.write(lambda tx: _remove_checkpoints(tx, too_old)) == _SESSIONS_AT_ONCE:
            pass

    async def _remove_inquiries(self, now: float) -> None:
        if self._settings.inquiry_keep <= 0:
            return
        too_old = now - self._settings.inquiry_keep
        while await self._database.write(lambda tx: _remove_inquiries(tx, too_old)) == _SESSIONS_AT_ONCE:
            pass

    async def _forget_long_responses(self, before: float) -> None:
        while (
            await self._database.write(lambda tx: session_log.forget_long_responses(tx, before, limit=_BATCH)) == _BATCH
        ):
            pass

    async def _remove_notifications(self, now: float) -> None:
        if self._settings.notification_keep <= 0:
            return
        too_old = now - self._settings.notification_keep
        while await self._database.write(lambda tx: notifications.remove_before(tx, too_old, _BATCH)) == _BATCH:
            pass

    async def _remove_deliveries(self, now: float) -> None:
        keep, most = self._settings.inbox_keep, self._settings.inbox_max
        before = now - keep if keep > 0 else None
        while await self._database.write(lambda tx: _remove_deliveries(tx, before, most)) == _BATCH:
            pass

    async def _remove_api_logs(self, now: float) -> None:
        keep, most = self._settings.api_log_keep, self._settings.api_log_max
        before = now - keep if keep > 0 else None
        await self._database.write(lambda tx: api_logs.forget_counts(tx, first_hour(now)))
        while (
            await self._database.write(lambda tx: api_logs.remove_old(tx, before=before, most=most, limit=_BATCH))
            == _BATCH
        ):
            pass

    async def _forget_blobs(self, before: float) -> None:
        more = True
        while more:
            gone, more = await self._database.write(lambda tx: _forget_blobs(tx, before))
            # Rows first: content without a row is only waste, a row without content would be a broken artifact.
            await asyncio.to_thread(self._remove, gone)

    async def sweep(self, now: float | None = None) -> None:
        """Delete content that no row names, left by runners that were killed. Looks at every file: call it seldom."""
        before = (time.time() if now is None else now) - IN_USE_SECONDS
        stored = await asyncio.to_thread(lambda: list(self._blobs.stored_before(before)))
        for start in range(0, len(stored), _BATCH):
            some = stored[start : start + _BATCH]
            unused = await self._database.read(lambda tx, some=some: artifacts.without_row(tx, some))  # type: ignore[misc]
            await asyncio.to_thread(self._remove, unused)

    def _remove(self, digests: Iterable[str]) -> None:
        for digest in digests:
            try:
                self._blobs.remove(digest)
            except OSError as error:
                # The sweep tries it again.
                _log.warning("Content %s could not be removed: %s", digest, error)


def _remove_expired(tx: Connection, now: float) -> int:
    expired = artifacts.expired(tx, now, limit=_BATCH)
    artifacts.remove(tx, [artifact.id for artifact in expired])
    return len(expired)


def _remove_sessions(tx: Connection, before: float) -> int:
    ended = session_removal.ended_before(tx, before, limit=_SESSIONS_AT_ONCE)
    for session_id in ended:
        # Its artifacts have a time of their own: they outlive it where they are to be kept longer.
        if (session := sessions.get(tx, session_id)) is not None:
            session_removal.remove(tx, session)
    return len(ended)


def _remove_checkpoints(tx: Connection, before: float) -> int:
    ended = checkpoints.of_ended_before(tx, before, limit=_SESSIONS_AT_ONCE)
    for session_id in ended:
        checkpoints.remove(tx, session_id)
        steps.forget_results(tx, session_id)
    return len(ended)


def _remove_inquiries(tx: Connection, before: float) -> int:
    ended = inquiries.ended_before(tx, before, limit=_SESSIONS_AT_ONCE)
    inquiries.remove(tx, ended)
    return len(ended)


def _remove_deliveries(tx: Connection, before: float | None, most: int) -> int:
    old = inbox.too_many(tx, before=before, most=most, limit=_BATCH)
    for event in old:
        inbox.remove(tx, event)
    return len(old)


def _forget_blobs(tx: Connection, before: float) -> tuple[list[str], bool]:
    """Forget a batch of unused blobs; return them, and whether there may be more."""
    unused = artifacts.unused_blobs(tx, before, limit=_BATCH)
    in_snapshots = snapshots.blobs_in_use(tx) if unused else set()
    gone = [digest for digest in unused if digest not in in_snapshots]
    for digest in gone:
        artifacts.forget_blob(tx, digest)
    # Those of kept snapshots would come first again and again: they count as used.
    artifacts.touch_blobs(tx, [digest for digest in unused if digest in in_snapshots])
    return gone, len(unused) == _BATCH
