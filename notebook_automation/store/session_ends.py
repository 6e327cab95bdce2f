"""Ends of sessions that triggers follow: written with the end, taken by the engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from notebook_automation.domain.after import SessionEnd, parse_after
from notebook_automation.domain.sessions import Session

from .tables.session_ends import session_ends
from .tables.triggers import triggers

AT_ONCE = 0.0
"""When an end is due that nobody has looked at yet, whatever the clocks of servers say."""


def note(tx: Connection, session: Session) -> None:
    """Write down an end for each trigger that follows it; call it in the transaction that ends the session."""
    if session.project_id is None:
        return
    query = select(triggers.c.id, triggers.c.source).where(
        triggers.c.type == "session", triggers.c.project_id == session.project_id, triggers.c.enabled
    )
    rows = []
    for trigger_id, source in tx.execute(query):
        name = parse_after(source["after"]).source_of(session)
        if name is not None:
            rows.append(
                {
                    "trigger_id": trigger_id, "session_id": session.id, "source": name,
                    "ended_at": session.finished_at or session.created_at, "due_at": AT_ONCE,
                }
            )  # fmt: skip
    if rows:
        tx.execute(insert(session_ends), rows)


def due(tx: Connection, now: float, limit: int) -> list[str]:
    """Return up to ``limit`` triggers that have an end to be looked at by ``now`` (epoch seconds)."""
    first = func.min(session_ends.c.due_at)
    query = select(session_ends.c.trigger_id).where(session_ends.c.due_at <= now)
    return list(tx.execute(query.group_by(session_ends.c.trigger_id).order_by(first).limit(limit)).scalars())


def next_due(tx: Connection) -> float | None:
    """Return when an end is to be looked at next, in epoch seconds."""
    return tx.execute(select(func.min(session_ends.c.due_at))).scalar()


def of_triggers(tx: Connection, trigger_ids: Collection[str], limit: int) -> dict[str, list[SessionEnd]]:
    """Return up to ``limit`` ends of each of these triggers, the oldest first."""
    found: dict[str, list[SessionEnd]] = {}
    for trigger_id in trigger_ids:
        query = select(session_ends).where(session_ends.c.trigger_id == trigger_id)
        rows = tx.execute(query.order_by(session_ends.c.ended_at, session_ends.c.session_id).limit(limit))
        found[trigger_id] = [SessionEnd(session_id=r.session_id, source=r.source, ended_at=r.ended_at) for r in rows]
    return found


def forget(tx: Connection, trigger_id: str, session_ids: Collection[str]) -> None:
    """Delete ends that a trigger has followed, or will not."""
    ordered = sorted(session_ids)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        its = (session_ends.c.trigger_id == trigger_id) & session_ends.c.session_id.in_(some)
        tx.execute(delete(session_ends).where(its))


def put_off(tx: Connection, trigger_id: str, ends: Sequence[SessionEnd], within: float) -> None:
    """Let ends wait for others until their time is over."""
    for end in ends:
        its = and_(session_ends.c.trigger_id == trigger_id, session_ends.c.session_id == end.session_id)
        tx.execute(update(session_ends).where(its).values(due_at=end.ended_at + within))
