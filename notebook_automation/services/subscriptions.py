"""Subscriptions: what the code of a session listens to from a moment on, whether it waits then or not."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden
from notebook_automation.domain.sessions import TERMINAL, Session, SessionResource
from notebook_automation.domain.waits import SUBSCRIPTION_ID, Subscription, validate_signal_name
from notebook_automation.ports import Filters
from notebook_automation.store import sessions, subscriptions, triggers, waits
from notebook_automation.store.database import Database


class Subscriptions:
    """The service of subscriptions."""

    def __init__(self, database: Database, filters: Filters) -> None:
        self._database = database
        self._filters = filters

    async def subscribe(
        self, caller: Caller, session_id: str, position: tuple[int, int, int], source: str, filter: str | None
    ) -> Subscription:
        """Let a session listen to the trigger ``source`` of its project, or to the event of that name.

        At the same place it gets the same subscription again. Raises Forbidden, Invalid, Conflict (``wait_mismatch``).
        """
        only_its_own(caller, session_id)
        if filter is not None:
            self._filters.check(filter)
        validate_signal_name(source, "event")

        def work(tx: Connection) -> Subscription:
            session = running(tx, session_id)
            new = _subscription(tx, session, position, source, filter)
            before = subscriptions.at(tx, session_id, position)
            if before is None:
                subscriptions.add(tx, new)
                return new
            _check_same_subscription(new, before)
            return before

        return await self._database.write(work)

    async def unsubscribe(self, caller: Caller, session_id: str, subscription_id: str) -> None:
        """Let nothing more come by a subscription of a session. Raises Forbidden."""
        only_its_own(caller, session_id)

        def work(tx: Connection) -> None:
            waits.hold(tx, [session_id])
            found = subscriptions.of_session(tx, session_id).get(subscription_id)
            if found is not None:
                subscriptions.end(tx, session_id, found.id, time.time())

        await self._database.write(work)


def only_its_own(caller: Caller, session_id: str) -> None:
    """Raise Forbidden unless ``caller`` is the code of this session: nobody else waits in it."""
    caller.require("report", SessionResource.named(session_id))
    if caller.kind == "user":
        raise Forbidden(
            f"Only the code of session {session_id} can wait in it; jupyter automation session signal sends it a "
            "signal.",
            code="forbidden",
        )


def running(tx: Connection, session_id: str) -> Session:
    """Return a session whose code runs, held. Raises Conflict (``session_state``)."""
    waits.hold(tx, [session_id])
    session = sessions.get(tx, session_id)
    if session is None or session.status in TERMINAL:
        raise Conflict(f"Session {session_id} is over: nothing can be waited for in it.", code="session_state")
    return session


def _subscription(
    tx: Connection, session: Session, position: tuple[int, int, int], source: str, filter: str | None
) -> Subscription:
    if session.project_id is None:
        raise Conflict("The project of this session is not there any more.", code="project_not_found")
    trigger = triggers.get(tx, source if "/" in source else f"{session.project}/{source}")
    own = trigger is not None and trigger.project_id == session.project_id
    cell_index, piece, nth = position
    return Subscription(
        id=SUBSCRIPTION_ID.new(), session_id=session.id, cell_index=cell_index, piece=piece, nth=nth,
        project_id=session.project_id, created_at=time.time(), filter=filter,
        trigger_id=trigger.id if trigger is not None and own else None, event_type=None if own else source,
    )  # fmt: skip


def _check_same_subscription(new: Subscription, before: Subscription) -> None:
    asked, found = ((one.trigger_id, one.event_type, one.filter) for one in (new, before))
    if asked != found:
        raise Conflict(
            "When this cell ran before, it subscribed to something else here: what decides which way the code goes "
            "must not change between two runs of a cell. Record it by na.step, or put it in a cell of its own.",
            code="wait_mismatch",
        )
