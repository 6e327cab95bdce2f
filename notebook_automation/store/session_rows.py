"""Between rows of the table of sessions and sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row

from notebook_automation.domain.sessions import CLAIMED, CellError, Session

from .rows import from_row, to_row
from .tables.sessions import sessions


def session_row(session: Session) -> dict[str, Any]:
    """Return the row of the table that a session is."""
    row = to_row(session, sessions)
    row["error"] = None if session.error is None else asdict(session.error)
    return row


def session_of(row: Row[Any]) -> Session:
    """Return the session that a row of the table is."""
    error = None if row.error is None else CellError(**row.error)
    return from_row(
        Session, row, sessions, error=error, tags=tuple(row.tags or ()), skip_tags=tuple(row.skip_tags or ()),
        env=row.env or {}, is_durable=bool(row.is_durable),
        crashes=row.crashes or 0, ran_before=row.ran_before or 0.0, tries=row.tries or 0, priority=row.priority or 0,
    )  # fmt: skip


def claimed_by(session_id: str, owner: str, attempt: int) -> ColumnElement[bool]:
    """Return the condition that the session is this attempt's, and not over."""
    return (
        (sessions.c.id == session_id)
        & (sessions.c.owner == owner)
        & (sessions.c.attempt == attempt)
        & sessions.c.status.in_(sorted(CLAIMED))
    )
