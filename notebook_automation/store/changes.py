"""Every change of an entity, numbered in the transaction that makes it: what streams of changes resume from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from notebook_automation.domain.changes import Change, change_type, declared_changes

from .tables.changes import changes

_ORDER_LOCK = 0x6E61_0001


def announce(tx: Connection, entity: str, activity: str, content: object) -> None:
    """Record a change of ``entity`` in the transaction that makes it; ``content`` is what its noun declared for it."""
    announce_many(tx, [(entity, activity, content)])


def announce_many(tx: Connection, announced: Sequence[tuple[str, str, object]]) -> None:
    """Record several changes at once, each (entity, activity, content)."""
    if not announced:
        return
    # Numbers are given out before commit: without this a reader could see 6 before 5, and never 5.
    in_order(tx)
    now = time.time()
    tx.execute(insert(changes), [_row(*one, now) for one in announced])


def in_order(tx: Connection) -> None:
    """Let no other transaction announce anything until this one ends; what the others did before is seen from now on.

    On SQLite there is one writer at a time anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(_ORDER_LOCK)))


def after(tx: Connection, seq: int, limit: int = 500) -> list[Change]:
    """Return up to ``limit`` changes after ``seq``, oldest first."""
    c = changes.c
    query = select(c.seq, c.channel, c.entity, c.activity, c.content, c.created_at).where(c.seq > seq)
    # By position: a busy server reads a few of these for every event that it accepts.
    return [
        Change(
            seq=number,
            channel=channel,
            entity=entity,
            activity=activity,
            content=msgspec.convert(content, _content_type(channel, activity)),
            created_at=at,
        )
        for number, channel, entity, activity, content, at in tx.execute(query.order_by(c.seq).limit(limit))
    ]


def last_seq(tx: Connection) -> int:
    """Return the newest change's number, 0 where there is none."""
    return int(tx.execute(select(func.max(changes.c.seq))).scalar() or 0)


def first_seq(tx: Connection) -> int:
    """Return the oldest kept change's number, 0 where there is none."""
    return int(tx.execute(select(func.min(changes.c.seq))).scalar() or 0)


def forget(tx: Connection, before: float) -> int:
    """Delete changes made before ``before`` (epoch seconds) but the newest; return how many."""
    newest = last_seq(tx)
    return tx.execute(delete(changes).where(changes.c.created_at < before, changes.c.seq < newest)).rowcount


def _row(entity: str, activity: str, content: object, now: float) -> dict[str, Any]:
    declared = change_type(content)
    if activity not in declared.activities:
        raise ValueError(f"{type(content).__name__} is not what {activity!r} carries.")
    return {
        "channel": declared.channel,
        "entity_type": declared.channel,
        "entity": entity,
        "activity": activity,
        "state": "created",
        "content": content,
        "created_at": now,
    }


@cache
def _content_type(channel: str, activity: str) -> type[Any]:
    return next(one.content for one in declared_changes() if one.channel == channel and activity in one.activities)
