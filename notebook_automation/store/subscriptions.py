"""What sessions have subscribed to, and who is to get an event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, tuple_, update

from notebook_automation.domain.waits import ANY_EVENT, SUBSCRIPTION_ID, Subscription

from .rows import from_row, to_row
from .tables.waits import messages, subscriptions

# A statement as text: this is asked with each commit of events, and hardly ever finds anything.
_ANYBODY = (
    "SELECT EXISTS (SELECT 1 FROM subscriptions WHERE ended_at IS NULL) "
    f"OR EXISTS (SELECT 1 FROM wait_keys WHERE key = '{ANY_EVENT}')"
)


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
    """Return a session's subscriptions by each id that its code may know them by, also those that have ended."""
    rows = tx.execute(select(subscriptions).where(subscriptions.c.session_id == session_id)).all()
    found = {row.known_as: _subscription(row) for row in rows if row.known_as is not None}
    return found | {row.id: _subscription(row) for row in rows}


def carry_over(
    tx: Connection, session_id: str, to: str, kept_to: tuple[int, int], saved_at: float, moved: Mapping[int, int],
    now: float,
) -> dict[str, str]:  # fmt: skip
    """Let the session ``to``, which has none yet, listen from ``now`` on to what another did after a piece.

    That is ``kept_to``, whose state was saved at ``saved_at``: what has ended since was open then. ``moved`` are cells
    of other places in the new notebook, where ``kept_to`` is. Return the new subscriptions' ids by the old ones'.
    """
    c = subscriptions.c
    query = select(subscriptions).where(c.session_id == session_id, or_(c.ended_at.is_(None), c.ended_at > saved_at))
    new: dict[str, str] = {}
    for row in tx.execute(query.order_by(c.id)).all():
        cell_index = moved.get(row.cell_index, row.cell_index)
        if (cell_index, row.piece) <= kept_to:
            new[row.id] = SUBSCRIPTION_ID.new()
            known_as = row.known_as or row.id
            other = {"session_id": to, "cell_index": cell_index, "created_at": now, "ended_at": None}
            tx.execute(insert(subscriptions).values({**row._mapping, **other, "id": new[row.id], "known_as": known_as}))
    return new


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
