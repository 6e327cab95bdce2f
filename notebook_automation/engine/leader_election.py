"""Elects the leader: of all servers on one database exactly one ticks, dispatches and cleans up, by a lease."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sqlalchemy import Connection

from notebook_automation.adapters.process_names import has_ended, own_name
from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.silence import Silence
from notebook_automation.store import leases
from notebook_automation.store.database import Database

_log = logging.getLogger(__name__)
NAME = "engine"
"""The lease's name in the database."""


class LeaderDuty(Protocol):
    """Work that only the leader does."""

    async def start(self) -> None:
        """Begin. Raises Unavailable where that cannot be now: it is tried again."""

    async def stop(self) -> None:
        """End, leaving nothing half done; also where it has not begun."""


class LeaderElection:
    """Starts ``duties`` when this server gets the lease (``seconds`` long), and stops them when another has it.

    Another takes it over when it was not renewed for ``seconds`` while that one looked, or when the process that has
    it has ended. A database that is away changes nothing.
    """

    def __init__(
        self, database: Database, duties: Sequence[LeaderDuty], *, seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._database = database
        self._duties = duties
        self._seconds = seconds
        self._clock = clock
        self._silence = Silence(seconds / 2)
        self._rounds = Rounds(self._elect, seconds=seconds / 3, what="The engine's lease could not be renewed")
        self.owner = f"{own_name()}:{secrets.token_hex(4)}"
        self.active = False
        self.decided = asyncio.Event()

    async def start(self) -> None:
        """Try for the lease from now on; ``decided`` is set once it is known who has it."""
        self._rounds.start("na-election")

    async def stop(self) -> None:
        """Stop the duties and give the lease back, so that another server need not wait."""
        await self._rounds.stop()
        await self._become(False)
        with contextlib.suppress(Unavailable):
            await self._database.write(lambda tx: leases.give_back(tx, NAME, self.owner))

    async def _elect(self) -> None:
        try:
            leads = await self._database.write(self._take)
        except Unavailable as error:
            # What runs here goes on: nobody else can be let in unless the database answers again.
            _log.warning("The engine's lease could not be renewed: %s", error)
            return
        try:
            await self._become(leads)
        except Exception as error:  # noqa: BLE001 - whatever keeps a duty from its work, it is tried again
            _log.warning("The engine could not take up its work, and tries again: %s", error, exc_info=error)
            await self._become(False)
        finally:
            self.decided.set()

    def _take(self, tx: Connection) -> bool:
        held = leases.held(tx, NAME)
        silent = self._silence.look(self._clock(), {} if held is None else {NAME: held})
        gone = held is not None and (silent[NAME] >= self._seconds or has_ended(held.owner))
        return leases.take(tx, NAME, self.owner, self._seconds, from_silent=held if gone else None)

    async def _become(self, active: bool) -> None:
        if active == self.active:
            return
        self.active = active
        _log.info("The engine is %s here (%s).", "active" if active else "not active", self.owner)
        if active:
            for duty in self._duties:
                await duty.start()
            return
        for duty in reversed(self._duties):
            try:
                await duty.stop()
            except Exception:  # noqa: BLE001 - the others must stop all the same
                _log.exception("A part of the engine did not stop cleanly")
