"""What a request led to: the events and the sessions that keep its correlation id."""

from __future__ import annotations

from sqlalchemy import Connection, select

from .tables.events import events
from .tables.sessions import sessions

_MOST = 50


def of_request(tx: Connection, correlation_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ids of events and of sessions, oldest first; of very many only the first."""
    found = select(events.c.id).where(events.c.correlation_id == correlation_id).order_by(events.c.id).limit(_MOST)
    event_ids = tuple(tx.execute(found).scalars())
    # By themselves, so that each goes by its own index.
    alone = select(sessions.c.id).where(sessions.c.correlation_id == correlation_id, sessions.c.event_id.is_(None))
    made = select(sessions.c.id).where(sessions.c.event_id.in_(event_ids), sessions.c.correlation_id == correlation_id)
    ids = {*tx.execute(alone.limit(_MOST)).scalars(), *tx.execute(made.limit(_MOST)).scalars()}
    return event_ids, tuple(sorted(ids))
