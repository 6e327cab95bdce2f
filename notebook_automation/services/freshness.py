"""Freshness: once for each breach an event that triggers may listen to, and a message to those who want to hear."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.events import EVENT_ID, Event
from notebook_automation.domain.freshness import EVENT_TYPES, Breach, late_at, stale_at, why_late, why_stale
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.requesters import NOBODY
from notebook_automation.domain.times import rfc3339
from notebook_automation.domain.triggers import Trigger, TriggerChange
from notebook_automation.settings import Settings
from notebook_automation.store import breaches, triggers
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from . import notices
from .listeners import Listeners
from .matching import Matching, ruled
from .trigger_events import trigger_event


@dataclass(frozen=True, slots=True, kw_only=True)
class _Possible:
    """What is a breach from a time on; ``facts`` are told with it."""

    breach: Breach
    why: str
    facts: Mapping[str, Any]


class FreshnessTimes:
    """What the engine does about triggers that are to be fresh; ``clock`` is the time of day, in epoch seconds."""

    def __init__(
        self, database: Database, matching: Matching, listeners: Listeners, settings: Settings,
        *, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._database = database
        self._matching = matching
        self._listeners = listeners
        self._settings = settings
        self._clock = clock

    async def next_time(self) -> float | None:
        """Return when something will not be fresh any more, or is to be noted as fresh again. Raises Unavailable."""

        def work(tx: Connection) -> float | None:
            possible, known = _possible(tx), breaches.open_now(tx)
            if _over(possible, known, self._clock()):
                return 0.0
            told = {_key(one) for one in known}
            return min((one.breach.since for one in possible if _key(one.breach) not in told), default=None)

        return await self._database.read(work)

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Tell of up to ``limit`` breaches at ``now``; return the sessions queued by it, and whether there are more."""

        def work(tx: Connection) -> tuple[list[str], bool]:
            possible, known = _possible(tx), breaches.open_now(tx)
            for over in _over(possible, known, now):
                breaches.end(tx, over)
                _changed(tx, triggers.get(tx, over.trigger_id))
            told = {_key(one) for one in known}
            due = [one for one in possible if one.breach.since <= now and _key(one.breach) not in told]
            queued: list[str] = []
            for one in due[:limit]:
                queued += self._tell(tx, one, now)
            return queued, len(due) > limit

        try:
            return await self._database.write(work)
        except IntegrityError as error:
            # Only where several servers share a database.
            raise Unavailable("A trigger was changed meanwhile. Try again.", code="trigger_changed") from error

    def _tell(self, tx: Connection, one: _Possible, now: float) -> list[str]:
        trigger = triggers.get(tx, one.breach.trigger_id)
        if trigger is None or not breaches.begin(tx, one.breach):
            return []
        kind = one.breach.kind
        data = {"trigger": trigger.ref, "trigger_id": trigger.id, "why": one.why, **one.facts}
        receipts, woken = self._listeners.accept(tx, self._occurrences(tx, trigger, EVENT_TYPES[kind], data, now))
        if kind == "stale":
            notices.trigger_stale(tx, trigger, one.why, one.breach.since, self._settings)
        else:
            notices.session_late(tx, trigger, one.breach.key, one.why, self._settings)
        _changed(tx, trigger)
        return [*(queued for receipt in receipts for queued in receipt.session_ids), *woken]

    def _occurrences(
        self, tx: Connection, trigger: Trigger, type: str, data: dict[str, Any], now: float
    ) -> list[Occurrence]:
        found = triggers.listening(tx, trigger.project_id, type)
        listening = [ruled(one, triggers.rules_of(tx, one.id)) for one in found]
        if not listening:
            event = Event(
                id=EVENT_ID.new(), type=type, source="emit", project_id=trigger.project_id, received_at=now, data=data
            )
            return [Occurrence(event=event)]
        return [
            replace(
                self._matching.occurrence(
                    trigger_event(ready, type, "emit", data), ready, started_by=ready.trigger.ref, behind=NOBODY
                ),
                is_first=number == 0,
            )
            for number, ready in enumerate(listening)
        ]


def _possible(tx: Connection) -> list[_Possible]:
    """Return what is, or will be, a breach, with the time from which on it is."""
    watched = {one.trigger_id: one for one in breaches.watched(tx)}
    found: list[_Possible] = []
    for one in watched.values():
        at = stale_at(one.freshness, one.last_completed, one.changed_at)
        if at is not None:
            breach = Breach(trigger_id=one.trigger_id, kind="stale", key="", since=at)
            facts = {"last_completed": rfc3339(one.last_completed), "within": one.freshness.within}
            found.append(_Possible(breach=breach, why=why_stale(one.freshness, one.last_completed), facts=facts))
    timed = [key for key, one in watched.items() if one.freshness.slower_than is not None]
    usual: dict[str, list[float]] = {}
    for run in breaches.running(tx, timed) if timed else ():
        before = usual.setdefault(run.trigger_id, breaches.last_durations(tx, run.trigger_id))
        freshness = watched[run.trigger_id].freshness
        at = late_at(freshness, run.started_at, before)
        if at is not None:
            breach = Breach(trigger_id=run.trigger_id, kind="late", key=run.session_id, since=at)
            facts = {"session_id": run.session_id, "started_at": rfc3339(run.started_at)}
            found.append(_Possible(breach=breach, why=why_late(freshness, before), facts=facts))
    return found


def _over(possible: list[_Possible], known: list[Breach], now: float) -> list[Breach]:
    """Return those of ``known`` that are no breaches any more."""
    still = {_key(one.breach) for one in possible if one.breach.since <= now}
    return [one for one in known if _key(one) not in still]


def _key(breach: Breach) -> tuple[str, str, str]:
    return (breach.trigger_id, breach.kind, breach.key)


def _changed(tx: Connection, trigger: Trigger | None) -> None:
    """Let whoever shows the trigger fetch it again: its warning has come or gone."""
    if trigger is not None:
        announce(tx, trigger.id, "updated", TriggerChange.of(trigger))
