"""What sessions have subscribed to, and who is to get an event."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, tuple_, update

from notebook_automation.domain.waits import ANY_EVENT, Subscription

from .rows import from_row, to_row
from .tables.waits import messages, subscriptions

# A statement as text: this is asked with each commit of events, and hardly ever finds anything.
_ANYBODY = f"SELECT EXISTS (SELECT 1 FROM subscriptions) OR EXISTS (SELECT 1 FROM wait_keys WHERE key = '{ANY_EVENT}')"


def anybody_listens(tx: Connection) -> bool:
    """Return whether any session listens to any event."""
    return bool(tx.exec_driver_sql(_ANYBODY).scalar())


def add(tx: Connection, subscription: Subscription) -> None:
    """Insert ``subscription``."""
    tx.execute(insert(subscriptions).values(to_row(subscription, subscriptions)))


def at(tx: Connection, session_id: str, position: tuple[int, int, int]) -> Subscription | None:
    """Return the subscription that was made at a place of a session's notebook, ended or not."""
    c = subscriptions.c
    query = select(subscriptions).where(c.session_id == session_id, c.cell_index == position[0])
    row = tx.execute(query.where(c.piece == position[1], c.nth == position[2])).first()
    return None if row is None else _subscription(row)


def of_session(tx: Connection, session_id: str) -> dict[str, Subscription]:
    """Return a session's subscriptions by id, also those that have ended."""
    rows = tx.execute(select(subscriptions).where(subscriptions.c.session_id == session_id))
    return {row.id: _subscription(row) for row in rows}


def to(tx: Connection, trigger_ids: Collection[str], names: Collection[tuple[str, str]]) -> list[Subscription]:
    """Return the subscriptions to one of these triggers, or to one of these events of (project's id, type)."""
    c = subscriptions.c
    wanted = []
    if trigger_ids:
        wanted.append(c.trigger_id.in_(sorted(trigger_ids)))
    if names:
        wanted.append(tuple_(c.project_id, c.event_type).in_(sorted(names)))
    if not wanted:
        return []
    query = select(subscriptions).where(or_(*wanted), c.ended_at.is_(None)).order_by(c.id)
    return [_subscription(row) for row in tx.execute(query)]


def end(tx: Connection, session_id: str, subscription_id: str, now: float) -> None:
    """Let nothing more come by a subscription; what has come by it and was not taken is deleted."""
    c = subscriptions.c
    statement = update(subscriptions).where(c.id == subscription_id, c.session_id == session_id, c.ended_at.is_(None))
    tx.execute(statement.values(ended_at=now))
    untaken = (messages.c.key == subscription_id) & messages.c.wait_id.is_(None)
    tx.execute(delete(messages).where(messages.c.session_id == session_id, untaken))


def _subscription(row: Any) -> Subscription:
    return from_row(Subscription, row, subscriptions)
