"""Why something ran, or did not: gathers what is recorded of an event, a session or a trigger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.events import Event
from notebook_automation.domain.filters import Explanation
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.policies import Place
from notebook_automation.domain.rules import Enforcement
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.why import EventMet, RuleMet, Why, why_of_event, why_of_session, why_of_trigger
from notebook_automation.ports import Filters
from notebook_automation.store import batches, events, places, sessions
from notebook_automation.store.database import Database

from .credentials import Credentials, masked_explanation
from .event_history import stored_event
from .projects import Projects
from .trigger_views import TriggerViews

_NEWEST = 20
"""Events of a trigger that are looked at."""
_EXPLAINED = 100
"""Conditions that one answer explains; of others what was decided is told."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What is recorded of an event, before its conditions are explained."""

    event: Event
    enforcements: Sequence[Enforcement]
    sessions: dict[str, Session]
    places: dict[str, list[Place]]
    collected: dict[str, int]


class WhyService:
    """The service that explains; what a filter came to is worked out again, on the event as it was."""

    def __init__(self, database: Database, projects: Projects, filters: Filters, views: TriggerViews) -> None:
        self._database = database
        self._filters = filters
        self._views = views
        self._credentials = Credentials(projects.cipher)

    async def tell(self, caller: Caller, key: str) -> Why:
        """Return why: ``key`` is the id of an event or a session, the id or ``project/name`` of a trigger.

        Raises NotFound, Forbidden.
        """
        if key.startswith("evt_"):
            return await self.of_event(caller, key)
        if key.startswith("ses_"):
            return await self.of_session(caller, key)
        return await self.of_trigger(caller, key)

    async def of_event(self, caller: Caller, event_id: str) -> Why:
        """Return why an event ran what it did. Raises NotFound (``event_not_found``)."""
        event = await stored_event(self._database, caller, event_id)
        recorded = await self._database.read(lambda tx: _recorded(tx, event))
        return why_of_event(await asyncio.to_thread(self._met, recorded, [_EXPLAINED]))

    async def of_session(self, caller: Caller, session_id: str) -> Why:
        """Return why a session was started, or has not begun. Raises NotFound (``session_not_found``)."""

        def work(tx: Connection) -> tuple[Session, _Recorded | None, list[Place], int] | None:
            session = sessions.get(tx, session_id)
            if session is None:
                return None
            event = events.get(tx, session.event_id) if session.event_id else None
            recorded = None if event is None else _recorded(tx, event, of_session=session)
            own = places.of_sessions(tx, [session_id]).get(session_id, [])
            return session, recorded, own, _collected(tx, session)

        found = await self._database.read(work)
        if found is None:
            raise no_session(session_id)
        session, recorded, own, collected = found
        caller.require("read", session.resource)
        met = None if recorded is None else await asyncio.to_thread(self._met, recorded, [_EXPLAINED])
        return why_of_session(session, met, own, collected)

    async def of_trigger(self, caller: Caller, key: str) -> Why:
        """Return why a trigger ran last, or does not run. Raises NotFound (``trigger_not_found``)."""
        view = await self._views.get(caller, key)
        trigger = view.trigger
        caller.require("read", trigger.resource)

        def work(tx: Connection) -> tuple[list[_Recorded], list[Event]]:
            found, _ = events.listed(tx, limit=_NEWEST, cursor=None, trigger_id=trigger.id)
            taken = [_recorded(tx, one) for one in found if one.refusal is None]
            return taken, events.refused(tx, trigger.id, _NEWEST)

        recorded, refused = await self._database.read(work)
        budget = [_EXPLAINED]
        newest = await asyncio.to_thread(lambda: [self._met(one, budget) for one in recorded])
        return why_of_trigger(trigger, [problem.message for problem in view.problems], newest, refused)

    def _met(self, recorded: _Recorded, budget: list[int]) -> EventMet:
        opened, secrets = self._credentials.opened(recorded.event)
        variables = {"data": opened.data, "event_type": recorded.event.type}

        def explained(enforcement: Enforcement) -> tuple[Explanation, ...]:
            if budget[0] < len(enforcement.conditions) or enforcement.status == "disabled":
                return ()
            budget[0] -= len(enforcement.conditions)
            texts = enforcement.conditions
            return tuple(masked_explanation(self._filters.explain(text, variables), secrets) for text in texts)

        return EventMet(
            event=recorded.event,
            rules=tuple(
                RuleMet(
                    enforcement=one,
                    explanations=explained(one),
                    session=recorded.sessions.get(one.session_id or ""),
                    places=tuple(recorded.places.get(one.session_id or "", ())),
                    collected=recorded.collected.get(one.session_id or "", 0),
                )
                for one in recorded.enforcements
            ),
        )


def _recorded(tx: Connection, event: Event, *, of_session: Session | None = None) -> _Recorded:
    """Read what became of an event; of one session, only the rule that made it."""
    enforcements = events.enforcements_of(tx, event.id)
    if of_session is not None:
        names = {of_session.id, of_session.retry_of} - {None}
        enforcements = [one for one in enforcements if one.id == of_session.enforcement_id or one.session_id in names]
    made = [one.session_id for one in enforcements if one.session_id is not None]
    found = {one.id: one for session_id in made if (one := sessions.get(tx, session_id)) is not None}
    collected = {one.id: _collected(tx, one) for one in found.values()}
    return _Recorded(event, enforcements, found, places.of_sessions(tx, list(found)) if found else {}, collected)


def _collected(tx: Connection, session: Session) -> int:
    batch_id = session.config.get("batch")
    return 0 if batch_id is None else batches.count(tx, batch_id)
