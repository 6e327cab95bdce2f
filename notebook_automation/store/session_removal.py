"""Ended sessions, found by their age and deleted."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from notebook_automation.domain.sessions import TERMINAL, Session, SessionChange

from .changes import announce
from .tables.sessions import sessions


def ended_before(tx: Connection, before: float, *, limit: int) -> list[str]:
    """Return the ids of up to ``limit`` sessions that ended before ``before`` (epoch seconds), the oldest first."""
    query = select(sessions.c.id).where(sessions.c.status.in_(sorted(TERMINAL)), sessions.c.finished_at < before)
    return [row[0] for row in tx.execute(query.order_by(sessions.c.id).limit(limit))]


def remove(tx: Connection, session: Session) -> None:
    """Delete a session with its log, cells and outcomes, and announce it; its artifacts are not touched."""
    tx.execute(delete(sessions).where(sessions.c.id == session.id))
    announce(tx, session.id, "deleted", SessionChange.of(session))
