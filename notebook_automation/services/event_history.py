"""What has happened: events as they are stored, what came of each, and what a filter or a mapping makes of one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.events import Event, why_nothing_ran
from notebook_automation.domain.filters import Explanation
from notebook_automation.domain.missing import no_event, no_trigger
from notebook_automation.domain.projects import project_or_everything
from notebook_automation.domain.rules import Enforcement
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.ports import Filters
from notebook_automation.store import events, triggers
from notebook_automation.store.database import Database

from .credentials import Credentials, masked_explanation
from .matching import RuledTrigger, ruled
from .projects import Projects


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """An enforcement with the values its conditions saw."""

    enforcement: Enforcement
    explanations: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEvent:
    """An event with the ids of its sessions; where it has none, ``reason`` says why."""

    event: Event
    session_ids: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a filter comes to on a recorded event."""

    event: Event
    explanation: Explanation


class EventHistory:
    """The service that shows events and explains them."""

    def __init__(self, database: Database, projects: Projects, filters: Filters) -> None:
        self._database = database
        self._projects = projects
        self._filters = filters
        self._credentials = Credentials(projects.cipher)

    async def get(self, caller: Caller, event_id: str) -> tuple[Event, list[Decided], list[str]]:
        """Return an event, why each rule did or did not run, and its sessions' ids; raises NotFound."""
        event = await stored_event(self._database, caller, event_id)

        def work(tx: Connection) -> tuple[list[Enforcement], list[str]]:
            return events.enforcements_of(tx, event_id), events.session_ids(tx, [event_id])[event_id]

        enforcements, session_ids = await self._database.read(work)
        opened, secrets = self._credentials.opened(event)
        variables = {"data": opened.data, "event_type": event.type}
        decided = [
            Decided(
                enforcement=enforcement,
                explanations=tuple(
                    masked_explanation(self._filters.explain(text, variables), secrets)
                    for text in enforcement.conditions
                ),
            )
            for enforcement in enforcements
        ]
        return event, decided, session_ids

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, project: str | None = None,
        trigger: str | None = None, type: str | None = None, source: str | None = None, ran: bool | None = None,
        sorting: Sorting = NEWEST_FIRST,
    ) -> tuple[list[ListedEvent], str | None]:  # fmt: skip
        """Return a page of events with their sessions' ids; ``ran``: whether sessions came of them."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        trigger_id = (await ruled_trigger(self._database, trigger)).trigger.id if trigger else None
        caller.require("read", project_or_everything(project_id))

        def work(tx: Connection) -> tuple[list[ListedEvent], str | None]:
            found, more = events.listed(
                tx, limit=limit, cursor=cursor, project_id=project_id, trigger_id=trigger_id, type=type, source=source,
                ran=ran, sorting=sorting,
            )  # fmt: skip
            made = events.session_ids(tx, [event.id for event in found]) if found else {}
            silent = [event.id for event in found if not made[event.id]]
            reasons = events.reasons(tx, silent) if silent else {}
            return [
                ListedEvent(
                    event=event,
                    session_ids=tuple(made[event.id]),
                    reason=None if made[event.id] else reasons.get(event.id) or why_nothing_ran(event),
                )
                for event in found
            ], more

        return await self._database.read(work)

    async def tried(
        self, caller: Caller, text: str, *, trigger: str | None, source: str | None, limit: int
    ) -> list[Tried]:
        """Return what a filter comes to on the newest events: of ``trigger``, or all that came by ``source``.

        Raises Invalid (``filter_invalid``, with line and column), NotFound.
        """
        trigger_id = (await ruled_trigger(self._database, trigger)).trigger.id if trigger else None
        caller.require("read", EVERYTHING)
        self._filters.check(text)

        def work(tx: Connection) -> list[Event]:
            # Refused deliveries have no data; there are not many of them.
            found, _ = events.listed(tx, limit=limit * 2, cursor=None, trigger_id=trigger_id, source=source)
            return [one for one in found if one.refusal is None][:limit]

        found = await self._database.read(work)
        return await asyncio.to_thread(lambda: [self._tried(text, one) for one in found])

    def _tried(self, text: str, event: Event) -> Tried:
        opened, secrets = self._credentials.opened(event)
        explanation = self._filters.explain(text, {"data": opened.data, "event_type": event.type})
        return Tried(event=event, explanation=masked_explanation(explanation, secrets))

    def explain(self, text: str, data: Any, event_type: str) -> Explanation:
        """Return clause by clause what a filter comes to on an event. Raises Invalid (``filter_invalid``)."""
        self._filters.check(text)
        return self._filters.explain(text, {"data": data, "event_type": event_type})

    def mapped(self, mapping: Mapping[str, str], data: Any, event_type: str) -> dict[str, Any]:
        """Return what each expression makes of an event. Raises Invalid (``filter_invalid``, ``mapping_failed``)."""
        for text in mapping.values():
            self._filters.check_value(text)
        variables = {"data": data, "event_type": event_type}
        return {name: self._filters.evaluate_value(text, variables) for name, text in mapping.items()}


async def stored_event(database: Database, caller: Caller, event_id: str) -> Event:
    """Return an event that ``caller`` may read; raises NotFound (``event_not_found``), Forbidden."""
    event = await database.read(lambda tx: events.get(tx, event_id))
    if event is None:
        raise no_event(event_id)
    caller.require("read", event.resource)
    return event


async def ruled_trigger(database: Database, key: str) -> RuledTrigger:
    """Return the trigger with this id, or project and name; raises NotFound (``trigger_not_found``)."""

    def work(tx: Connection) -> RuledTrigger | None:
        trigger = triggers.get(tx, key)
        return None if trigger is None else ruled(trigger, triggers.rules_of(tx, trigger.id))

    ready = await database.read(work)
    if ready is None:
        raise no_trigger(key)
    return ready
