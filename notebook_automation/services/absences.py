"""Absences: whoever is away says who answers inquiries for them."""

from __future__ import annotations

import time
from collections.abc import Callable

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.errors import Forbidden, Invalid
from notebook_automation.domain.inquiry_turns import Absence
from notebook_automation.store import absences
from notebook_automation.store.database import Database


class Absences:
    """The service of absences: each person sets their own."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def listed(self, caller: Caller) -> list[Absence]:
        """Return all absences that are not over, by person. Raises Forbidden."""
        caller.require("read", EVERYTHING)
        return await self._database.read(lambda tx: absences.present(tx, self._clock()))

    async def set(self, caller: Caller, substitute: str, until: float | None) -> Absence:
        """Let ``substitute`` answer for the caller from now on, until a time (epoch seconds).

        Raises Forbidden, Invalid (``substitute_invalid``, ``time_invalid``).
        """
        person, now, other = _person(caller), self._clock(), substitute.strip()
        if not other or other == person or len(other) > 200 or not other.isprintable() or other.startswith("group:"):
            raise Invalid("Name another person, by login, who answers for you.", code="substitute_invalid")
        if until is not None and until <= now:
            raise Invalid("The end of an absence is in the future.", code="time_invalid", field="until")
        absence = Absence(person=person, substitute=other, from_at=now, until_at=until)
        await self._database.write(lambda tx: absences.write(tx, absence))
        return absence

    async def remove(self, caller: Caller) -> None:
        """The caller is back. Raises Forbidden."""
        person = _person(caller)
        await self._database.write(lambda tx: absences.remove(tx, person))


def _person(caller: Caller) -> str:
    caller.require("answer", EVERYTHING)
    if caller.kind != "user":
        raise Forbidden("Only a person can be away.", code="forbidden")
    return caller.person
