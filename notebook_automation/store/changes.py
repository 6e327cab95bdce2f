"""Every change of an entity, numbered: what change streams resume from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select

from .schema import notifications

_ORDER_LOCK = 0x6E61_0001

Channel = Literal["projects", "triggers", "events", "sessions", "artifacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One change: ``seq`` grows with every one, ``created_at`` is epoch seconds."""

    seq: int
    channel: str
    entity: str
    activity: str
    content: dict[str, Any]
    created_at: float


def announce(
    tx: Connection, channel: Channel, entity: str, activity: str, content: dict[str, Any] | None = None
) -> None:
    """Record a change of ``entity`` in the transaction that makes it."""
    announce_many(tx, [(channel, entity, activity, content or {})])


def announce_many(tx: Connection, changes: Sequence[tuple[Channel, str, str, dict[str, Any]]]) -> None:
    """Record several changes at once."""
    if tx.dialect.name == "postgresql":
        # Numbers are given out before commit: without this lock a reader could see 6 before 5, and never 5.
        tx.execute(select(func.pg_advisory_xact_lock(_ORDER_LOCK)))
    now = time.time()
    tx.execute(
        insert(notifications),
        [
            {
                "channel": channel,
                "entity_type": channel,
                "entity": entity,
                "activity": activity,
                "state": "created",
                "content": content,
                "created_at": now,
            }
            for channel, entity, activity, content in changes
        ],
    )


def after(tx: Connection, seq: int, limit: int = 500) -> list[Notification]:
    """Return up to ``limit`` changes after ``seq``, oldest first."""
    c = notifications.c
    query = select(c.seq, c.channel, c.entity, c.activity, c.content, c.created_at).where(c.seq > seq)
    # By position: a busy server reads a few of these for every event that it accepts.
    return [
        Notification(seq=number, channel=channel, entity=entity, activity=activity, content=content, created_at=at)
        for number, channel, entity, activity, content, at in tx.execute(query.order_by(c.seq).limit(limit))
    ]


def last_seq(tx: Connection) -> int:
    """Return the newest change's number, 0 where there is none."""
    return int(tx.execute(select(func.max(notifications.c.seq))).scalar() or 0)


def first_seq(tx: Connection) -> int:
    """Return the oldest kept change's number, 0 where there is none."""
    return int(tx.execute(select(func.min(notifications.c.seq))).scalar() or 0)


def forget(tx: Connection, before: float) -> int:
    """Delete changes made before ``before`` (epoch seconds) but the newest; return how many."""
    newest = last_seq(tx)
    return tx.execute(
        delete(notifications).where(notifications.c.created_at < before, notifications.c.seq < newest)
    ).rowcount
