"""Stores what happened: all occurrences that come while one commit is under way share the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.errors import NotFound, Unavailable
from notebook_automation.domain.events import Receipt
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.store.database import Database

from .listeners import Listeners

_BATCH = 512

Waiting = tuple[Occurrence, asyncio.Future[Receipt]]


class EventIntake:
    """The way into the store for events of all kinds.

    ``gone`` is called when an occurrence was refused because its trigger is gone, ``woken`` with the sessions
    that it woke.
    """

    def __init__(
        self, database: Database, listeners: Listeners, *, gone: Callable[[], None],
        woken: Callable[[Sequence[str]], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._listeners = listeners
        self._gone = gone
        self._woken = woken
        self._waiting: deque[Waiting] = deque()
        self._storing: asyncio.Task[None] | None = None

    async def accept(self, occurrence: Occurrence) -> Receipt:
        """Return the receipt of ``occurrence`` once it is on disk; a caller that is cancelled does not take it back.

        Raises NotFound (``trigger_not_found``), Invalid (``value_invalid``), Unavailable.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._waiting.append((occurrence, future))
        # A task of its own: whoever waits may be cancelled, and must not take the others' batch along.
        if self._storing is None or self._storing.done():
            self._storing = loop.create_task(self._store(), name="na-accept")
        return await future

    async def _store(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            if not await self._stored(batch):
                # One of them cannot be stored: the others must not suffer for it.
                for one in batch:
                    await self._stored([one])

    async def _stored(self, batch: Sequence[Waiting]) -> bool:
        """Store ``batch`` and answer those who wait; return False if it is to be tried one by one."""
        occurrences = [occurrence for occurrence, _ in batch]
        try:
            receipts, woken = await self._database.write(lambda tx: self._listeners.accept(tx, occurrences))
        except Exception as error:  # noqa: BLE001 - each who waits must get it
            if len(batch) > 1 and not isinstance(error, Unavailable):
                return False
            for _, future in batch:
                if not future.done():
                    future.set_exception(self._answer(error))
            return True
        if woken:
            self._woken(woken)
        for (_, future), receipt in zip(batch, receipts, strict=True):
            if not future.done():
                future.set_result(receipt)
        return True

    def _answer(self, error: Exception) -> Exception:
        if not isinstance(error, IntegrityError):
            return error
        self._gone()
        return NotFound("The trigger was deleted meanwhile: nothing was stored.", code="trigger_not_found")
