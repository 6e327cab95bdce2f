"""Requests that are asked again with their key: what they ask for is stored once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.request_keys import RequestKey
from notebook_automation.domain.sessions import Session
from notebook_automation.store import sessions
from notebook_automation.store.database import Database


async def stored_once(
    database: Database, session: Session, request: RequestKey, add: Callable[[Connection, Session], Session]
) -> Session:
    """``add`` ``session`` to the store, or return the one that its caller asked for before by ``request``.

    Raises RequestKeyReused, Unavailable, what ``add`` raises.
    """
    keyed = replace(session, request_key=request.key, request_digest=request.digest)
    try:
        found = await database.write(lambda tx: _found_or_added(tx, keyed, add))
    except IntegrityError:
        # Another server got the same request in the same moment.
        found = await database.write(lambda tx: _found_or_added(tx, keyed, add))
    request.check(found.request_digest)
    return found


def _found_or_added(tx: Connection, session: Session, add: Callable[[Connection, Session], Session]) -> Session:
    found = sessions.by_request(tx, session.started_by, session.request_key or "")
    return add(tx, session) if found is None else found
