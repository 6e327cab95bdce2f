"""The inbox: takes deliveries that no trigger waits for, and shows all deliveries with what became of them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy import Connection

from notebook_automation.adapters.link_codes import LinkCodes
from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.correlation import served
from notebook_automation.domain.deliveries import Delivery, read_delivery
from notebook_automation.domain.errors import Conflict, Invalid, TooLarge, UnsupportedMediaType
from notebook_automation.domain.events import EVENT_ID, Event, InboxStatus, Receipt
from notebook_automation.domain.inbox import InboxSource, admitted, source_name, type_of
from notebook_automation.domain.missing import no_event
from notebook_automation.domain.projects import project_or_everything
from notebook_automation.domain.requesters import Requester
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.settings import Settings
from notebook_automation.store import events, inbox
from notebook_automation.store.database import Database
from notebook_automation.store.inbox import Delivered

from .event_history import ruled_trigger, stored_event
from .events import Events
from .projects import Projects

_LARGE = 128 * 1024
"""Bytes of a body from which on it is read in a thread."""
_ANY = "*"


class Inbox:
    """The service of the inbox; what it takes is stored by ``taken``, as any other event."""

    def __init__(
        self, database: Database, projects: Projects, taken: Events, codes: LinkCodes, settings: Settings
    ) -> None:
        self._database = database
        self._projects = projects
        self._taken = taken
        self._codes = codes
        self._settings = settings

    def source(self, name: str) -> InboxSource:
        """Return the source of that name: any may send. Raises Invalid (``inbox_source_invalid``)."""
        checked = source_name(name)
        token = self._codes.code("inbox", checked, self._settings.inbox_salt)
        is_open = checked in self._settings.inbox_open or _ANY in self._settings.inbox_open
        return InboxSource(name=checked, token=token, is_open=is_open)

    async def deliver(self, source: InboxSource, delivery: Delivery, behind: Requester) -> Receipt:
        """Keep a delivery; the receipt is given when it is on disk. What cannot be read is kept as it came.

        Raises InboxClosed, Invalid (``headers_invalid``, ``value_invalid``), TooLarge, Unavailable.
        """
        delivery = admitted(delivery, source)
        if len(delivery.body) > _LARGE:
            event = await asyncio.to_thread(_event, source, delivery)
        else:
            event = _event(source, delivery)
        return await self._taken.record(event, behind)

    async def sources(self, caller: Caller) -> list[InboxSource]:
        """Return who has sent something that is kept, and who may without a token. Their tokens open the inbox."""
        caller.require("configure", EVERYTHING)
        counts = await self._database.read(inbox.counts)
        names = sorted({*counts, *(name for name in self._settings.inbox_open if name != _ANY)})
        found = [self.source(name) for name in names]
        return [_counted(one, counts.get(one.name, 0)) for one in found]

    async def one_source(self, caller: Caller, name: str) -> InboxSource:
        """Return a source with its token; raises Invalid (``inbox_source_invalid``)."""
        caller.require("configure", EVERYTHING)
        counts = await self._database.read(inbox.counts)
        return _counted(self.source(name), counts.get(name, 0))

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, project: str | None = None,
        trigger: str | None = None, sorting: Sorting = NEWEST_FIRST, **wanted: Any,
    ) -> tuple[list[tuple[Delivered, tuple[str, ...]]], str | None]:  # fmt: skip
        """Return a page of deliveries with their sessions' ids; ``wanted`` is as `store.inbox.listed` takes it."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        trigger_id = (await ruled_trigger(self._database, trigger)).trigger.id if trigger else None
        caller.require("read", project_or_everything(project_id))

        def work(tx: Connection) -> tuple[list[tuple[Delivered, tuple[str, ...]]], str | None]:
            found, more = inbox.listed(
                tx, limit=limit, cursor=cursor, project_id=project_id, trigger_id=trigger_id, sorting=sorting, **wanted
            )
            made = events.session_ids(tx, [one.event.id for one in found]) if found else {}
            return [(one, tuple(made[one.event.id])) for one in found], more

        return await self._database.read(work)

    async def get(self, caller: Caller, event_id: str) -> tuple[Delivered, tuple[str, ...]]:
        """Return a delivery with its sessions' ids; raises NotFound (``event_not_found``)."""
        await stored_event(self._database, caller, event_id)

        def work(tx: Connection) -> tuple[Delivered | None, list[str]]:
            return inbox.one(tx, event_id), events.session_ids(tx, [event_id])[event_id]

        found, made = await self._database.read(work)
        if found is None:
            raise no_event(event_id)
        return found, tuple(made)

    async def mark(self, caller: Caller, event_id: str, status: InboxStatus | None) -> None:
        """Say what became of a delivery; None: what came of it says so. Raises NotFound."""
        found, _ = await self.get(caller, event_id)
        caller.require("run", found.event.resource)
        await self._change(event_id, inbox_status=status)

    async def bookmark(self, caller: Caller, event_id: str, *, kept: bool) -> None:
        """Keep an event of any kind for its own sake, or no longer; raises NotFound."""
        event = await stored_event(self._database, caller, event_id)
        caller.require("run", event.resource)
        if kept != (event.bookmarked_at is not None):
            await self._change(event_id, bookmarked_at=time.time() if kept else None)

    async def remove(self, caller: Caller, event_id: str) -> None:
        """Delete a delivery to the inbox; raises NotFound, Conflict (``delivery_of_trigger``)."""
        found, _ = await self.get(caller, event_id)
        event = found.event
        caller.require("configure", event.resource)
        if event.inbox_source is None and event.refusal is None:
            # By it a second delivery of the same is known, and its sessions are explained.
            raise Conflict(
                f"Delivery {event_id} was taken by the trigger {event.trigger_ref or ''} and is part of its history: "
                "mark it as processed instead.",
                code="delivery_of_trigger",
            )
        await self._database.write(lambda tx: inbox.remove(tx, event))

    async def _change(self, event_id: str, **columns: Any) -> None:
        if await self._database.write(lambda tx: inbox.change(tx, event_id, **columns)) is None:
            raise no_event(event_id)


def _event(source: InboxSource, delivery: Delivery) -> Event:
    problem: str | None = None
    try:
        data = read_delivery(delivery)
    except (Invalid, TooLarge, UnsupportedMediaType) as error:
        if error.code == "headers_invalid":
            raise
        # To look at what is wrong with it is what an inbox is for.
        data, problem = read_delivery(delivery, as_bytes=True), error.message
    return Event(
        id=EVENT_ID.new(),
        type=type_of(data),
        source="webhook",
        project_id=None,
        received_at=time.time(),
        data=data,
        config={} if problem is None else {"problem": f"Its body could not be read: {problem}"},
        inbox_source=source.name,
        inbox_status=None if problem is None else "failed",
        correlation_id=served().correlation_id,
    )


def _counted(source: InboxSource, count: int) -> InboxSource:
    return InboxSource(name=source.name, token=source.token, is_open=source.is_open, count=count)
