"""The stream of changes: one pump reads what was committed, whoever committed it, and hands it to all who listen."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.changes import Change
from notebook_automation.domain.errors import Unavailable
from notebook_automation.store import changes
from notebook_automation.store.database import Database

_log = logging.getLogger(__name__)
BUFFER = 2000
"""Changes kept for a listener that does not keep up; one that falls behind further is dropped and may resume."""


class Listener:
    """One who listens: ``lagging`` is true once it fell too far behind and gets nothing more."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Change | None] = asyncio.Queue(BUFFER)
        self.lagging = False

    def put(self, change: Change | None) -> None:
        """Hand over one change, None for the end."""
        try:
            self.queue.put_nowait(change)
        except asyncio.QueueFull:
            self.lagging = True


class Changes:
    """Pumps changes from the database to listeners.

    ``poke`` says that something was committed here; what other processes commit is found within ``poll`` seconds.
    """

    def __init__(self, database: Database, *, poll: float = 0.1) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._hooks: list[Callable[[Change], None]] = []
        self._pump = Rounds(self._hand_out_new, seconds=poll, what="Changes could not be handed out")
        self.seq = 0

    def on_change(self, hook: Callable[[Change], None]) -> None:
        """Call ``hook`` for every change, in order, in the event loop."""
        self._hooks.append(hook)

    async def start(self) -> None:
        """Begin to pump, from now on."""
        self.seq = await self._database.read(changes.last_seq)
        self._pump.start("na-changes")

    async def stop(self) -> None:
        """End the pump and every listener's stream."""
        await self._pump.stop()
        for listener in list(self._listeners):
            listener.put(None)

    def poke(self) -> None:
        """Look for changes now."""
        self._pump.wake()

    async def after(self, seq: int) -> tuple[bool, list[Change]]:
        """Return whether all changes after ``seq`` are still kept, and those up to now.

        Raises Unavailable.
        """
        first = await self._database.read(changes.first_seq)
        if seq < first - 1 and first > 0:
            return False, []
        found: list[Change] = []
        while True:
            since = found[-1].seq if found else seq
            part = await self._database.read(lambda tx, since=since: changes.after(tx, since))  # type: ignore[misc]
            found.extend(part)
            if not part or len(found) > BUFFER:
                return len(found) <= BUFFER, found

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Listener]:
        """Give a listener that gets every change from now on."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def _hand_out_new(self) -> None:
        try:
            committed = await self._database.read(lambda tx: changes.after(tx, self.seq))
        except Unavailable:
            # Asked ten times a second: who writes says it.
            return
        for change in committed:
            self.seq = change.seq
            self._hand_out(change)
        if len(committed) >= 500:
            self._pump.wake()

    def _hand_out(self, change: Change) -> None:
        for hook in self._hooks:
            try:
                hook(change)
            except Exception:  # noqa: BLE001 - the others must get it
                _log.exception("A change of %s %s could not be taken up.", change.channel, change.entity)
        for listener in list(self._listeners):
            if not listener.lagging:
                listener.put(change)
