"""Freshness in the database: when each trigger was fresh last, what runs, and of what was told already."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from notebook_automation.domain.freshness import LAST, Breach, Freshness, parse_freshness

from .rows import from_row, to_row, upsert
from .tables.breaches import breaches
from .tables.sessions import sessions
from .tables.triggers import triggers

_s, _t = sessions.c, triggers.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An enabled trigger with a freshness: when a session of it completed last, when it was changed last."""

    trigger_id: str
    freshness: Freshness
    last_completed: float | None
    changed_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A session that runs."""

    session_id: str
    trigger_id: str
    started_at: float


def watched(tx: Connection) -> list[Watched]:
    """Return all triggers that are to be fresh."""
    done = select(_s.finished_at).where(_s.trigger_id == _t.id, _s.status == "completed")
    last = done.order_by(_s.id.desc()).limit(1).correlate(triggers).scalar_subquery().label("last")
    query = select(_t.id, _t.freshness, _t.updated_at, last).where(_t.freshness.is_not(None), _t.enabled)
    return [
        Watched(
            trigger_id=row.id, freshness=parse_freshness(row.freshness), last_completed=row.last,
            changed_at=row.updated_at,
        )
        for row in tx.execute(query.order_by(_t.id))
    ]  # fmt: skip


def running(tx: Connection, trigger_ids: Collection[str]) -> list[Running]:
    """Return the sessions of these triggers that run."""
    query = select(_s.id, _s.trigger_id, _s.started_at).where(_s.trigger_id.in_(sorted(trigger_ids)))
    rows = tx.execute(query.where(_s.status == "running", _s.started_at.is_not(None)).order_by(_s.id))
    return [Running(session_id=row.id, trigger_id=row.trigger_id, started_at=row.started_at) for row in rows]


def last_durations(tx: Connection, trigger_id: str) -> list[float]:
    """Return how many seconds each of a trigger's last completed sessions took."""
    query = select(_s.started_at, _s.finished_at).where(_s.trigger_id == trigger_id, _s.status == "completed")
    rows = tx.execute(query.where(_s.started_at.is_not(None)).order_by(_s.id.desc()).limit(LAST))
    return [max(0.0, row.finished_at - row.started_at) for row in rows]


def open_now(tx: Connection, trigger_ids: Collection[str] | None = None) -> list[Breach]:
    """Return what is not fresh and was told; of these triggers, or of all."""
    query = select(breaches).order_by(breaches.c.since)
    if trigger_ids is not None:
        query = query.where(breaches.c.trigger_id.in_(sorted(trigger_ids)))
    return [from_row(Breach, row, breaches) for row in tx.execute(query)]


def begin(tx: Connection, breach: Breach) -> bool:
    """Write down a breach; return False if it is known."""
    statement = upsert(tx, breaches).values(to_row(breach, breaches)).on_conflict_do_nothing()
    return tx.execute(statement.returning(breaches.c.kind)).first() is not None


def end(tx: Connection, breach: Breach) -> None:
    """Forget a breach: it is fresh again."""
    b = breaches.c
    tx.execute(delete(breaches).where(b.trigger_id == breach.trigger_id, b.kind == breach.kind, b.key == breach.key))
