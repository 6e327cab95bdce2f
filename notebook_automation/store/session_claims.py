"""Who has a session: claimed by a supervisor, acquired by a runner, kept by a lease, and taken from who is silent."""

from __future__ import annotations

import heapq
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from notebook_automation.domain.sessions import (
    CLAIMED,
    Session,
    SessionChange,
    Status,
)

from .changes import announce
from .database import database_time
from .session_rows import claimed_by, session_of
from .tables.sessions import sessions


def claim(tx: Connection, owner: str, limit: int, lease: float) -> list[Session]:
    """Take up to ``limit`` requested sessions for ``owner``; their runner has ``lease`` seconds.

    Those that came first are first; one with a priority is treated as if it had come at its ``queue_at``.
    """
    if limit <= 0:
        return []
    values = {"status": "scheduled", "owner": owner, "lease_until": database_time(tx) + lease}
    statement = update(sessions).values(values).returning(sessions)
    overtaking = _overtaking(tx, limit)
    if overtaking:
        chosen = heapq.nsmallest(limit, overtaking | _oldest(tx, limit), key=lambda one: (one[1], one[0]))
        statement = statement.where(sessions.c.id.in_([one[0] for one in chosen]), sessions.c.status == "requested")
    else:
        picked = select(sessions.c.id).where(sessions.c.status == "requested").order_by(sessions.c.id).limit(limit)
        if tx.dialect.name == "sqlite":
            statement = statement.where(sessions.c.id.in_(picked))
        else:
            # Several claimers may run: the rows are locked in a materialised query, since a plain sub-query with LIMIT
            # was seen to take more rows than asked.
            locked = _locking(picked).cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
            statement = statement.where(sessions.c.id == locked.c.id)
    claimed = sorted((session_of(row) for row in tx.execute(statement)), key=lambda session: session.id)
    for session in claimed:
        announce(tx, session.id, "updated", SessionChange.of(session))
    return claimed


def _overtaking(tx: Connection, limit: int) -> set[tuple[str, float]]:
    """Return up to ``limit`` requested sessions with a priority, and as of when each is to be treated."""
    first = select(sessions.c.id, sessions.c.queue_at).where(
        sessions.c.status == "requested", sessions.c.queue_at.is_not(None)
    )
    rows = tx.execute(_locking(first.order_by(sessions.c.queue_at, sessions.c.id).limit(limit)))
    return {(row.id, row.queue_at) for row in rows}


def _oldest(tx: Connection, limit: int) -> set[tuple[str, float]]:
    """Return the same of the oldest. No priority is below the usual, so that none of the first is missing in both."""
    came = func.coalesce(sessions.c.queue_at, sessions.c.created_at)
    oldest = select(sessions.c.id, came).where(sessions.c.status == "requested").order_by(sessions.c.id).limit(limit)
    return {(row[0], row[1]) for row in tx.execute(_locking(oldest))}


def _locking(query: Select[Any]) -> Select[Any]:
    """Return ``query`` so that on PostgreSQL no two claimers get the same rows."""
    return query.with_for_update(skip_locked=True)


def acquire(
    tx: Connection, session_id: str, owner: str, attempt: int, *, token_hash: str, lease: float
) -> Session | None:
    """Acquire the session for an attempt, and return it, now running; None if it is not this attempt's to run."""
    now = database_time(tx)
    statement = (
        update(sessions)
        .where(
            sessions.c.id == session_id,
            sessions.c.owner == owner,
            sessions.c.attempt == attempt,
            sessions.c.status == "scheduled",
        )
        .values(
            status="running",
            started_at=func.coalesce(sessions.c.started_at, now),
            acquired_at=now,
            lease_until=now + lease,
            token_hash=token_hash,
        )
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is None:
        return None
    session = session_of(row)
    announce(tx, session.id, "updated", SessionChange.of(session))
    return session


def renew(tx: Connection, session_id: str, owner: str, attempt: int, lease: float) -> Status | None:
    """Keep the session ``lease`` seconds longer; return its status, or None if it is no longer this attempt's."""
    statement = (
        update(sessions)
        .where(claimed_by(session_id, owner, attempt))
        .values(lease_until=database_time(tx) + lease)
        .returning(sessions.c.status)
    )
    found = tx.execute(statement).scalar()
    return None if found is None else found


def unclaim(tx: Connection, session_id: str, owner: str) -> bool:
    """Queue a claimed session again whose runner could not be started."""
    statement = (
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.owner == owner, sessions.c.status == "scheduled")
        .values(status="requested", owner=None, lease_until=None)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is not None:
        announce(tx, session_id, "updated", SessionChange.of(session_of(row)))
    return row is not None


def claimed(tx: Connection) -> list[Session]:
    """Return the sessions that somebody has, or says to have."""
    return [session_of(row) for row in tx.execute(select(sessions).where(sessions.c.status.in_(sorted(CLAIMED))))]


def take_from(tx: Connection, silent: Session, owner: str) -> Session | None:
    """Let ``owner`` have the session ``silent``, so that whoever had it can write no more; return it.

    None if it has given a sign of life since it was read, or ended.
    """
    statement = (
        update(sessions)
        .where(claimed_by(silent.id, silent.owner or "", silent.attempt), sessions.c.lease_until == silent.lease_until)
        .values(owner=owner)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    return None if row is None else session_of(row)
