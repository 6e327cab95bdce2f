"""Session triggers: what follows sessions that have ended, one by one or all of several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.after import INCOMPLETE, After, SessionEnd, joined
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.times import rfc3339
from notebook_automation.store import session_ends, sessions, triggers
from notebook_automation.store.database import Database

from .chains import Chains
from .listeners import Listeners
from .matching import RuledTrigger, ruled
from .trigger_events import trigger_event

_TOGETHER = 500
"""Ends of one trigger that are looked at in one transaction."""


class SessionEnds:
    """What the engine does about ends that session triggers follow. What is done is done once, in one transaction."""

    def __init__(self, database: Database, chains: Chains, listeners: Listeners) -> None:
        self._database = database
        self._chains = chains
        self._listeners = listeners

    async def next_time(self) -> float | None:
        """Return when an end is to be looked at next, in epoch seconds; None: there is none. Raises Unavailable."""
        return await self._database.read(session_ends.next_due)

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Follow the ends of up to ``limit`` triggers that are due at ``now``; return the sessions queued by it."""

        def work(tx: Connection) -> tuple[list[str], bool]:
            due = session_ends.due(tx, now, limit)
            ends = session_ends.of_triggers(tx, due, _TOGETHER)
            rules = triggers.rules_of_many(tx, due)
            ready = {one.id: ruled(one, rules[one.id]) for one in triggers.many(tx, due)}
            made = [
                one for key, its in ends.items() if key in ready for one in self._followed(tx, ready[key], its, now)
            ]
            receipts, woken = self._listeners.accept(tx, made)
            started = [queued for receipt in receipts if not receipt.repeated for queued in receipt.session_ids]
            return [*started, *woken], bool(due)

        try:
            return await self._database.write(work)
        except IntegrityError as error:
            # Only where several servers share a database.
            raise Unavailable("A trigger was changed meanwhile. Try again.", code="trigger_changed") from error

    def _followed(
        self, tx: Connection, ready: RuledTrigger, ends: Sequence[SessionEnd], now: float
    ) -> list[Occurrence]:
        """Return what ``ends`` come to; those that are done with are forgotten."""
        after, trigger = ready.trigger.after, ready.trigger
        found = {end.session_id: session for end in ends if (session := sessions.get(tx, end.session_id)) is not None}
        done = {end.session_id for end in ends}
        if after is None or not trigger.enabled:
            session_ends.forget(tx, trigger.id, done)
            return []
        wanted = [end for end in ends if _is_last(found.get(end.session_id)) and end.source in after.of]
        if after.within is None:
            session_ends.forget(tx, trigger.id, done)
            return [self._followed_by(tx, ready, (end,), found) for end in wanted]
        parts = joined(wanted, after.of, after.within, now)
        session_ends.put_off(tx, trigger.id, parts.open, after.within)
        session_ends.forget(tx, trigger.id, done - {end.session_id for end in parts.open})
        made = [self._followed_by(tx, ready, ends, found) for ends in parts.complete]
        return [*made, *_incomplete(ready, after, parts.incomplete, found)]

    def _followed_by(
        self, tx: Connection, ready: RuledTrigger, ends: Sequence[SessionEnd], found: Mapping[str, Session]
    ) -> Occurrence:
        before = [found[end.session_id] for end in ends]
        data = {
            "session": _shown(before[-1]),
            "sessions": {end.source: _shown(session) for end, session in zip(ends, before, strict=True)},
        }
        return self._chains.following(
            tx, ready, before, type=before[-1].status, source="session", data=data, key=f"end:{before[-1].id}"
        )


def _incomplete(
    ready: RuledTrigger, after: After, ends: Sequence[SessionEnd], found: Mapping[str, Session]
) -> list[Occurrence]:
    """Return the record of ends that waited for others in vain."""
    if not ends:
        return []
    ended = {end.source: _shown(found[end.session_id]) for end in ends}
    missing = [name for name in after.of if name not in ended]
    last = max(ends, key=lambda end: end.ended_at)
    data = {"sessions": ended, "missing": missing}
    return [Occurrence(event=trigger_event(ready, INCOMPLETE, "session", data, f"{INCOMPLETE}:{last.session_id}"))]


def _is_last(session: Session | None) -> bool:
    """Return whether a session is there that will not be tried again."""
    return session is not None and (session.retried_by is None or session.status == "completed")


def _shown(session: Session) -> dict[str, Any]:
    """Return what filters, mappings and notebooks read of a session that has ended."""
    error = session.error
    return {
        "id": session.id,
        "status": session.status,
        "trigger": session.trigger_ref,
        "call": session.call,
        "parameters": session.parameters,
        "tags": list(session.tags),
        "result": session.result,
        "reason": session.reason,
        "error": None if error is None else {"ename": error.ename, "evalue": error.evalue},
        "created_at": rfc3339(session.created_at),
        "started_at": rfc3339(session.started_at),
        "finished_at": rfc3339(session.finished_at),
        "duration": session.duration,
    }
