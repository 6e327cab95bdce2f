"""Sessions: stored, found, told how far they are, and ended by whoever has them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert, select, update

from notebook_automation.domain.sessions import (
    CLAIMED,
    QUEUED,
    CellError,
    Session,
    SessionChange,
    SessionProgress,
    Status,
    check_transition,
)

from . import places, policy_definitions, session_ends
from .changes import announce
from .database import database_time
from .session_rows import claimed_by, session_of, session_row
from .tables.sessions import sessions


def add(tx: Connection, session: Session) -> Session:
    """Insert ``session`` and announce it; return it as it is then: a policy may hold it back, or not let it in."""
    return add_many(tx, [session])[0]


def add_many(tx: Connection, added: Sequence[Session]) -> list[Session]:
    """Insert and announce sessions; return them as `add` does."""
    queued = [session for session in added if session.status in QUEUED]
    limits = policy_definitions.of_sessions(tx, queued) if queued else {}
    held = [places.held(one, limits[one.id]) if one.id in limits else one for one in added]
    for session in held:
        _insert(tx, session)
    if not limits:
        return held
    places.enter(tx, [(one, limits[one.id]) for one in held if one.id in limits])
    return [(get(tx, one.id) or one) if one.id in limits else one for one in held]


def _insert(tx: Connection, session: Session) -> None:
    tx.execute(insert(sessions).values(session_row(session)))
    announce(tx, session.id, "created", SessionChange.of(session))


def get(tx: Connection, session_id: str) -> Session | None:
    """Return a session by id."""
    row = tx.execute(select(sessions).where(sessions.c.id == session_id)).first()
    return None if row is None else session_of(row)


def ids_in_project(tx: Connection, session_ids: Collection[str], project_id: str) -> set[str]:
    """Return which of these sessions are of a project."""
    found: set[str] = set()
    ordered = sorted(session_ids)
    # In portions: SQLite takes no list of any length.
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        query = select(sessions.c.id).where(sessions.c.id.in_(some), sessions.c.project_id == project_id)
        found.update(tx.execute(query).scalars())
    return found


def by_request(tx: Connection, started_by: str, key: str) -> Session | None:
    """Return the session that was asked for by this caller with this key."""
    c = sessions.c
    row = tx.execute(select(sessions).where(c.started_by == started_by, c.request_key == key)).first()
    return None if row is None else session_of(row)


def by_token(tx: Connection, token_hash: str) -> Session | None:
    """Return the session whose kernel has the token with this hash, while a runner has it."""
    row = tx.execute(
        select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.status.in_(CLAIMED))
    ).first()
    return None if row is None else session_of(row)


def recent(tx: Connection, trigger_id: str, limit: int) -> list[Session]:
    """Return a trigger's newest sessions."""
    query = select(sessions).where(sessions.c.trigger_id == trigger_id).order_by(sessions.c.id.desc()).limit(limit)
    return [session_of(row) for row in tx.execute(query)]


def completed_before(tx: Connection, session: Session) -> Session | None:
    """Return the newest session of the same trigger that was made before ``session`` and completed."""
    query = select(sessions).where(sessions.c.trigger_id == session.trigger_id, sessions.c.id < session.id)
    row = tx.execute(query.where(sessions.c.status == "completed").order_by(sessions.c.id.desc()).limit(1)).first()
    return None if row is None else session_of(row)


def statuses(tx: Connection, session_ids: Collection[str]) -> dict[str, Status]:
    """Return statuses by session id."""
    query = select(sessions.c.id, sessions.c.status).where(sessions.c.id.in_(sorted(session_ids)))
    return {row.id: row.status for row in tx.execute(query)}


def report(tx: Connection, session_id: str, owner: str, attempt: int, values: Mapping[str, Any]) -> bool:
    """Write what a running attempt reports of itself; return False if the session is no longer its own.

    ``values`` may hold current_cell, total_cells, kernel_name, snapshot_id, file_saved_at.
    """
    statement = update(sessions).where(claimed_by(session_id, owner, attempt)).values(dict(values)).returning(sessions)
    row = tx.execute(statement).first()
    if row is None:
        return False
    announce(tx, session_id, "cell", SessionChange.of(session_of(row)))
    return True


def set_progress(tx: Connection, session_id: str, progress: SessionProgress) -> bool:
    """Write what the session's code reports of its progress; return False if it is over."""
    statement = (
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.status.in_(sorted(CLAIMED)))
        .values(progress=progress)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is None:
        return False
    announce(tx, session_id, "progress", SessionChange.of(session_of(row)))
    return True


def end(
    tx: Connection, session_id: str, status: Status, *, owner: str | None = None, attempt: int | None = None,
    reason: str | None = None, result: Any = None, error: CellError | None = None,
) -> Session | None:  # fmt: skip
    """Bring a session to a terminal ``status``; return it, or None if it is not the caller's to end.

    A runner names (owner, attempt). Without them (an operator, the reaper) any session that may become ``status`` is
    ended. Raises Conflict (``session_state``) where ``status`` may not follow.
    """
    now = tx.execute(select(sessions.c.status).where(sessions.c.id == session_id)).scalar()
    if now is None:
        return None
    condition = sessions.c.id == session_id
    if owner is not None and attempt is not None:
        if now not in CLAIMED:
            return None
        condition = claimed_by(session_id, owner, attempt)
    else:
        condition = condition & (sessions.c.status == now)
    check_transition(now, status)
    values: dict[str, Any] = {
        "status": status,
        "reason": reason,
        "finished_at": database_time(tx),
        "lease_until": None,
        "token_hash": None,
        "error": None if error is None else asdict(error),
    }
    if result is not None:
        values["result"] = result
    row = tx.execute(update(sessions).where(condition).values(values).returning(sessions)).first()
    if row is None:
        return None
    session = session_of(row)
    session_ends.note(tx, session)
    announce(tx, session_id, "updated", SessionChange.of(session))
    places.leave(tx, session_id)
    return session


def set_retried_by(tx: Connection, session_id: str, retry_id: str) -> None:
    """Record which session the retries of its trigger made after an ended one; its end has been announced already."""
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(retried_by=retry_id))


def change_status(tx: Connection, session_id: str, now: Status, then: Status, reason: str | None) -> bool:
    """Move a session from ``now`` to ``then``; return False if it was in another status."""
    check_transition(now, then)
    statement = (
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.status == now)
        .values(status=then, reason=reason)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is None:
        return False
    announce(tx, session_id, "updated", SessionChange.of(session_of(row)))
    return True
