"""Sessions that no process has for a while: parked, woken, and queued again after their process was lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from notebook_automation.domain.sessions import Session, SessionChange, check_transition

from . import places
from .changes import announce, announce_many
from .database import database_time
from .session_rows import session_of
from .tables.sessions import sessions

_HELD: tuple[str, ...] = ("waiting", "scheduling")
"""Statuses in which a session goes on by itself when its time has come."""
_AT_ONCE = 500
"""Triggers that one query names."""


def park(tx: Connection, session: Session, owner: str, *, wake_at: float | None) -> Session | None:
    """Let a running session wait without a process, and return it; None if it is not, or no longer, this attempt's.

    What its kernel asks for from now on is refused. ``wake_at`` (epoch seconds) is when it goes on by itself.
    """
    check_transition("running", "waiting")
    parked = _let_go(tx, session, owner, {"status": "waiting", "wake_at": wake_at})
    if parked is not None:
        places.step_out(tx, parked.id)
    return parked


def queue_again(tx: Connection, session: Session, owner: str, *, crashed: bool, reason: str) -> Session | None:
    """Queue a running session that is to go on from its last checkpoint; None if it is not, or no longer, ``owner``'s.

    ``crashed``: it counts as lost once more at the same place.
    """
    check_transition("running", "requested")
    values: dict[str, Any] = {"status": "requested", "attempt": session.attempt + 1, "reason": reason}
    if crashed:
        values["crashes"] = func.coalesce(sessions.c.crashes, 0) + 1
    return _let_go(tx, session, owner, values)


def wake(tx: Connection, session_ids: Sequence[str], *, of: Collection[str] = _HELD) -> list[Session]:
    """Queue those of these sessions that wait without a process, in one of the statuses ``of``; return them, as they
    are then.

    One that a policy limits waits for its turn (``scheduling``) where others have all places. Call it in the
    transaction of what they waited for, and dispatch them when it is committed.
    """
    if not session_ids:
        return []
    statement = (
        update(sessions)
        .where(sessions.c.id.in_(sorted(session_ids)), sessions.c.status.in_(of))
        .values(
            status="requested",
            wake_at=None,
            reason=None,
            # A session that was held back has its first attempt before it.
            attempt=case((sessions.c.status == "waiting", sessions.c.attempt + 1), else_=sessions.c.attempt),
        )
        .returning(sessions)
    )
    woken = sorted((session_of(row) for row in tx.execute(statement)), key=lambda session: session.id)
    announce_many(tx, [(session.id, "updated", SessionChange.of(session)) for session in woken])
    limited = places.reenter(tx, woken) if woken else {}
    return [limited.get(session.id, session) for session in woken]


def due(tx: Connection, now: float, limit: int, *, of: Collection[str] = _HELD) -> list[str]:
    """Return up to ``limit`` sessions whose time has come at ``now`` (epoch seconds), the earliest first."""
    query = select(sessions.c.id).where(sessions.c.wake_at <= now, sessions.c.status.in_(of))
    return [row[0] for row in tx.execute(query.order_by(sessions.c.wake_at, sessions.c.id).limit(limit))]


def next_wake(tx: Connection, *, of: Collection[str] = _HELD) -> float | None:
    """Return when the next session is to go on by itself, in epoch seconds; None where none is."""
    query = select(func.min(sessions.c.wake_at)).where(sessions.c.wake_at.is_not(None), sessions.c.status.in_(of))
    found: float | None = tx.execute(query).scalar()
    return found


def held_among(tx: Connection, session_ids: Sequence[str]) -> list[Session]:
    """Return those of these sessions that are held back until their time; nobody cancels them until the commit."""
    held = (
        sessions.c.id.in_(sorted(session_ids)) & (sessions.c.status == "scheduling") & sessions.c.wake_at.is_not(None)
    )
    query = select(sessions).where(held).order_by(sessions.c.id)
    return [session_of(row) for row in tx.execute(query.with_for_update())] if session_ids else []


def set_input(tx: Connection, session_id: str, *, event_id: str, parameters: dict[str, Any]) -> None:
    """Write what a session that has collected events starts with, and the last of them."""
    values = {"event_id": event_id, "parameters": parameters}
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(values))


def held_back(tx: Connection, trigger_ids: Collection[str]) -> list[Session]:
    """Return the next tries of these triggers that are held back until their time, oldest first."""
    found: list[Session] = []
    ordered = sorted(trigger_ids)
    for start in range(0, len(ordered), _AT_ONCE):
        some = sessions.c.trigger_id.in_(ordered[start : start + _AT_ONCE])
        held = select(sessions).where(some, sessions.c.status == "scheduling", sessions.c.tries > 0)
        found += map(session_of, tx.execute(held))
    return sorted(found, key=lambda session: session.id)


def move(tx: Connection, session: Session, *, project_id: str, project: str, call: str) -> None:
    """Let a session that is held back run ``call`` in a project; nothing where it is not held back any more."""
    values = {"project_id": project_id, "project": project, "call": call}
    held = (sessions.c.id == session.id) & (sessions.c.status == "scheduling")
    row = tx.execute(update(sessions).where(held).values(values).returning(sessions)).first()
    if row is not None:
        announce(tx, session.id, "updated", SessionChange.of(session_of(row)))


def survived(tx: Connection, session_id: str) -> None:
    """A cell has finished: earlier losses of the session do not count any more."""
    tx.execute(update(sessions).where(sessions.c.id == session_id, sessions.c.crashes > 0).values(crashes=0))


def _let_go(tx: Connection, session: Session, owner: str, values: dict[str, Any]) -> Session | None:
    now = database_time(tx)
    statement = (
        update(sessions)
        .where(
            sessions.c.id == session.id,
            sessions.c.owner == owner,
            sessions.c.attempt == session.attempt,
            sessions.c.status == "running",
        )
        .values(
            owner=None,
            lease_until=None,
            token_hash=None,
            acquired_at=None,
            ran_before=func.coalesce(sessions.c.ran_before, 0) + (now - sessions.c.acquired_at),
            **values,
        )
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is None:
        return None
    let_go = session_of(row)
    announce(tx, let_go.id, "updated", SessionChange.of(let_go))
    return let_go
