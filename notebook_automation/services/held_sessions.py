"""Sessions that are held back until their time: tries that wait, and those that collect events until they start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.sessions import Session
from notebook_automation.ports import Filters
from notebook_automation.settings import Settings
from notebook_automation.store import batches, events, parking, places, sessions
from notebook_automation.store.database import Database

from . import notices
from .mapped_parameters import MappedParameters


class HeldSessions:
    """Starts sessions at their time; what is mapped from collected events is evaluated with ``filters`` then."""

    def __init__(self, database: Database, filters: Filters, settings: Settings | None = None) -> None:
        self._database = database
        self._settings = settings or Settings()
        self._mapped = MappedParameters(filters)

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Start up to ``limit`` sessions whose time has come at ``now`` (epoch seconds), the earliest first, at once.

        Returns those that are queued now, and whether there may be more. Raises Unavailable.
        """

        def work(tx: Connection) -> tuple[list[str], bool]:
            due = parking.due(tx, now, limit, of=("scheduling",))
            started = set(self.start(tx, due))
            return [session_id for session_id in due if session_id in started], len(due) == limit

        return await self._database.write(work)

    async def next_time(self) -> float | None:
        """Return when the next one is to start, in epoch seconds; None where none is. Raises Unavailable."""
        return await self._database.read(lambda tx: parking.next_wake(tx, of=("scheduling",)))

    def start(self, tx: Connection, session_ids: Sequence[str]) -> list[str]:
        """Queue those of these sessions that are held back, with what they have collected; return those that run.

        One whose parameters cannot be made of that has failed.
        """
        # Before the sessions: who adds an event locks them in this order, too.
        batches.close(tx, session_ids)
        found = parking.held_among(tx, session_ids)
        filled = [(one, self._filled(tx, one)) for one in found if "batch" in one.config and one.retry_of is None]
        # Policies look at the parameters that they have now.
        places.prepare(tx, [one for _, one in filled if one is not None])
        failed = {one.id for one, then in filled if then is None}
        woken = parking.wake(tx, [one.id for one in found if one.id not in failed], of=("scheduling",))
        return [one.id for one in woken if one.status == "requested"]

    def _filled(self, tx: Connection, session: Session) -> Session | None:
        """Return a session that collects with what it has collected, as it is stored now; None where it has failed."""
        ids = batches.event_ids(tx, session.config["batch"])
        if not ids:
            # Retention has deleted them: what the first one gave stays.
            return session
        try:
            parameters = self._parameters(tx, session, ids)
        except Invalid as error:
            reason = f"The parameters could not be made from the events collected ({len(ids)}): {error.message}"
            ended = sessions.end(tx, session.id, "failed", reason=reason)
            if ended is not None:
                notices.session_ended(tx, ended, self._settings, tried_again=False)
            return None
        parking.set_input(tx, session.id, event_id=ids[-1], parameters=parameters)
        return replace(session, event_id=ids[-1], parameters=parameters)

    def _parameters(self, tx: Connection, session: Session, ids: Sequence[str]) -> dict[str, Any]:
        definition = session.config.get("rule") or session.config["trigger"]
        mapping = definition["mapping"]
        if not mapping:
            return merged(None, definition["parameters"])
        found = events.many(tx, ids if self._mapped.reads_all(mapping) else ids[-1:])
        return self._mapped.of_collected(definition, found)
