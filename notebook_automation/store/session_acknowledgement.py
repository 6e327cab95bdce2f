"""Who has seen that a session failed."""

from __future__ import annotations

from sqlalchemy import Connection, update

from notebook_automation.domain.sessions import SessionChange

from .changes import announce
from .sessions import get
from .tables.sessions import sessions


def acknowledge(tx: Connection, session_id: str, by: str | None) -> None:
    """Record who has seen a session's failure, None for nobody, and announce it."""
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(acknowledged_by=by))
    if (session := get(tx, session_id)) is not None:
        announce(tx, session_id, "updated", SessionChange.of(session))
