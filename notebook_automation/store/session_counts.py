"""How many sessions there are, by status."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from notebook_automation.domain.sessions import Status

from .tables.sessions import sessions


def count(tx: Connection, statuses: Collection[str], since_id: str | None = None, *, unseen: bool = False) -> int:
    """Return how many sessions are in ``statuses``, those with an id from ``since_id`` on.

    ``unseen``: without those that somebody has acknowledged.
    """
    query = select(func.count()).select_from(sessions).where(sessions.c.status.in_(sorted(statuses)))
    if since_id is not None:
        query = query.where(sessions.c.id >= since_id)
    if unseen:
        query = query.where(sessions.c.acknowledged_by.is_(None))
    return int(tx.execute(query).scalar_one())


def status_counts(
    tx: Connection, *, project_id: str | None = None, trigger_id: str | None = None, since_id: str | None = None
) -> dict[Status, int]:
    """Return how many sessions there are in each status; a status that none is in is absent."""
    query = select(sessions.c.status, func.count()).group_by(sessions.c.status)
    for name, value in (("project_id", project_id), ("trigger_id", trigger_id)):
        if value is not None:
            query = query.where(sessions.c[name] == value)
    if since_id is not None:
        query = query.where(sessions.c.id >= since_id)
    return {row[0]: row[1] for row in tx.execute(query)}


def oldest_queued(tx: Connection) -> float | None:
    """Return since when (epoch seconds) the first of the sessions that wait for a runner waits; None: none does."""
    query = select(sessions.c.created_at).where(sessions.c.status == "requested").order_by(sessions.c.id).limit(1)
    return tx.execute(query).scalar()
