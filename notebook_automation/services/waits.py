"""Waits: what the code of a session asks for and blocks on, and who looks at it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.changes import Change
from notebook_automation.domain.errors import Invalid, NotFound
from notebook_automation.domain.events import Event
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.sessions import Session, SessionResource
from notebook_automation.domain.waits import (
    WAIT_ID,
    Subscription,
    Wait,
    WaitKind,
    check_same,
    keys_of,
    status_at_its_time,
    validate_signal_name,
    wake_time,
)
from notebook_automation.ports import Filters
from notebook_automation.store import events, messages, session_log, sessions, subscriptions, triggers, waits
from notebook_automation.store.database import Database

from .changes import Changes
from .credentials import Credentials
from .listeners import Listeners
from .subscriptions import only_its_own, running

LONGEST_LOOK = 30.0
"""Seconds for which one look at a wait may last."""
HOLDS_ITS_KERNEL = (
    "This session waits with its kernel in memory, and is lost if that ends: only a durable session (--durable) waits "
    "without a process."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the code of a session asks at ``position`` (cell, piece, the how manieth call there).

    ``name`` is of a signal or an event, ``subscriptions`` are ids; ``seconds`` until it ends by itself, or the time
    ``until`` (epoch seconds) when it does.
    """

    kind: WaitKind
    position: tuple[int, int, int]
    name: str | None = None
    subscriptions: Sequence[str] = ()
    filter: str | None = None
    seconds: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitView:
    """A wait, and the event that has ended it, as the session may see it."""

    wait: Wait
    event: Event | None = None


class Waits:
    """The service of waits; is notified of each change by ``changes``, so that nothing is polled."""

    def __init__(self, database: Database, filters: Filters, credentials: Credentials, changes: Changes) -> None:
        self._database = database
        self._filters = filters
        self._credentials = credentials
        self._listeners = Listeners(filters, credentials)
        self._looking: dict[str, set[asyncio.Event]] = {}
        changes.on_change(self._on_change)

    async def ask(self, caller: Caller, session_id: str, question: Question) -> WaitView:
        """Return the wait that ``question`` is, answered where that is there already; asked again, it is the same.

        Raises Forbidden, Invalid, Conflict (``session_state``, ``wait_mismatch``), NotFound
        (``subscription_not_found``).
        """
        only_its_own(caller, session_id)
        if question.filter is not None:
            self._filters.check(question.filter)
        wait = await self._database.write(lambda tx: self._asked(tx, session_id, question))
        return await self._view(caller, wait)

    async def look(self, caller: Caller, session_id: str, wait_id: str, seconds: float = 0.0) -> WaitView:
        """Return a wait as soon as it has ended, or as it is after ``seconds``. Raises NotFound."""
        caller.require("read", SessionResource.named(session_id))
        end = time.monotonic() + min(max(seconds, 0.0), LONGEST_LOOK)
        with self._woken_by(session_id) as woken:
            while True:
                woken.clear()
                wait = await self._now(session_id, wait_id)
                left = end - time.monotonic()
                if wait.status != "open" or left <= 0:
                    return await self._view(caller, wait)
                until_its_time = left if wait.wake_at is None else max(0.001, wait.wake_at - time.time())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, until_its_time)):
                        await woken.wait()

    async def listed(self, caller: Caller, session_id: str) -> list[WaitView]:
        """Return what a session has waited for and waits for, oldest first, without the events that have come."""
        session = await self._session(session_id)
        caller.require("read", session.resource)
        found = await self._database.read(lambda tx: waits.of_session(tx, session_id))
        return [WaitView(wait=wait) for wait in found if wait.kind != "send"]

    def _asked(self, tx: Connection, session_id: str, question: Question) -> Wait:
        session = running(tx, session_id)
        wait = _wait(tx, session, question, time.time())
        before = waits.at(tx, session_id, question.position)
        if before is not None:
            check_same(wait, before)
            waits.expire(tx, [session_id], wait.created_at)
            return waits.get(tx, session_id, before.id) or before
        keys = keys_of(wait, session.project_id)
        # Of an event by its name, what came before nobody had asked for.
        taken = [] if wait.kind == "event" else keys
        wait = messages.take(tx, wait, taken, partial(self._listeners.accepts, tx))
        if wait.status == "open" and wait.wake_at is not None and wait.wake_at <= wait.created_at:
            wait = replace(wait, status=status_at_its_time(wait.kind), ended_at=wait.created_at)
        if not session.is_durable and wait.status == "open" and not waits.of_session(tx, session_id):
            session_log.write(tx, session_id, "state", HOLDS_ITS_KERNEL)
        waits.add(tx, wait, keys)
        if wait.status == "open":
            waits.announce(tx, [session_id])
        return wait

    async def _now(self, session_id: str, wait_id: str) -> Wait:
        """Return a wait, ended if its time has come: that of a session which runs is nobody else's to end."""
        wait = await self._database.read(lambda tx: waits.get(tx, session_id, wait_id))
        if wait is not None and wait.status == "open" and wait.wake_at is not None and wait.wake_at <= time.time():
            wait = await self._database.write(lambda tx: _expired(tx, session_id, wait_id))
        if wait is None:
            raise NotFound(f"Session {session_id} has no wait {wait_id!r}.", code="wait_not_found")
        return wait

    async def _view(self, caller: Caller, wait: Wait) -> WaitView:
        event_id = None if wait.answer is None else wait.answer.get("event_id")
        if event_id is None:
            return WaitView(wait=wait)
        event = await self._database.read(lambda tx: events.get(tx, event_id))
        if event is not None and caller.kind != "user":
            event, _ = self._credentials.opened(event)
        return WaitView(wait=wait, event=event)

    async def _session(self, session_id: str) -> Session:
        session = await self._database.read(lambda tx: sessions.get(tx, session_id))
        if session is None:
            raise no_session(session_id)
        return session

    @contextlib.contextmanager
    def _woken_by(self, session_id: str) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        self._looking.setdefault(session_id, set()).add(woken)
        try:
            yield woken
        finally:
            self._looking[session_id].discard(woken)
            if not self._looking[session_id]:
                del self._looking[session_id]

    def _on_change(self, change: Change) -> None:
        for woken in self._looking.get(change.entity, ()):
            woken.set()


def _expired(tx: Connection, session_id: str, wait_id: str) -> Wait | None:
    waits.hold(tx, [session_id])
    waits.expire(tx, [session_id], time.time())
    return waits.get(tx, session_id, wait_id)


def _wait(tx: Connection, session: Session, question: Question, now: float) -> Wait:
    asked: dict[str, Any] = {}
    if question.kind == "next_event":
        known = subscriptions.of_session(tx, session.id)
        unknown = [one for one in question.subscriptions if one not in known]
        if unknown or not question.subscriptions:
            raise NotFound(
                f"This session has no subscription {unknown[0] if unknown else ''!r}: na.next_event takes what "
                "na.subscribe returned, or a list of these. A session that goes on from another one has those that "
                "were open where it goes on.",
                code="subscription_not_found",
            )
        names = [_source(tx, known[one]) for one in question.subscriptions]
        # In a session that goes on from another one by other ids than its variables say.
        asked = {
            "subscriptions": [known[one].id for one in question.subscriptions],
            "filter": question.filter,
            "of": names,
        }
    elif question.kind in ("signal", "event"):
        asked = {"name": validate_signal_name(question.name or "", question.kind)}
    elif question.seconds is None and question.until is None:
        raise Invalid("A sleep needs seconds, or the time until which it lasts.", code="duration_invalid")
    cell_index, piece, nth = question.position
    return Wait(
        id=WAIT_ID.new(), session_id=session.id, cell_index=cell_index, piece=piece, nth=nth, kind=question.kind,
        question=asked, created_at=now, wake_at=wake_time(now, question.seconds, question.until),
    )  # fmt: skip


def _source(tx: Connection, subscription: Subscription) -> str:
    if subscription.trigger_id is None:
        return str(subscription.event_type)
    trigger = triggers.get(tx, subscription.trigger_id)
    return "a deleted trigger" if trigger is None else trigger.name
