"""Events that are collected for one session: added to the batch that is open for them, and read by the session."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from notebook_automation.domain.collecting import BATCH_ID, Held, is_full, starts_at
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.sessions import Session, SessionChange

from .changes import announce_many
from .rows import upsert
from .session_rows import session_of
from .tables.batches import batches, collected_events
from .tables.sessions import sessions

_Pair = tuple[str, str]
"""A rule's id and the digest of a key."""


@dataclass(slots=True)
class _Batch:
    """One that takes events; ``is_new``: its session is stored with them."""

    id: str
    session_id: str
    opened_at: float
    events: int
    size: int
    is_new: bool
    starts_at: float = 0.0

    @property
    def reason(self) -> str:
        """What its session says while it waits."""
        many = "1 event" if self.events == 1 else f"{self.events} events"
        return f"Collects events for one run: {many} so far."


@dataclass(slots=True)
class Joined:
    """What is to be stored: ``occurrences`` whose sessions are those that they started, and what `record` writes."""

    occurrences: list[Occurrence]
    rows: list[dict[str, Any]] = field(default_factory=list)
    session_ids: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each event that was collected: what it is for."""
    touched: dict[str, _Batch] = field(default_factory=dict)
    last: dict[_Pair, _Batch] = field(default_factory=dict)


def join(tx: Connection, fresh: Sequence[Occurrence]) -> Joined:
    """Let what is collected join the session that waits for it, or open a batch with its own.

    Call `record` with the result when the occurrences in it are stored.
    """
    if not any(one.held for one in fresh):
        return Joined(list(fresh))
    # In one order, so that two servers do not wait for each other.
    first = {(held.rule_id, held.key): held for one in reversed(fresh) for held in reversed(one.held)}
    open_now = _locked(tx, first)
    joined = Joined([])
    for one in fresh:
        joined.occurrences.append(_placed(one, open_now, joined) if one.held else one)
    new = {batch.session_id: batch for batch in joined.touched.values() if batch.is_new}
    joined.occurrences = [_with_times(one, new) if one.held else one for one in joined.occurrences]
    return joined


def record(tx: Connection, joined: Joined) -> None:
    """Write which events are collected, and when what waits for them starts now."""
    if not joined.rows:
        return
    tx.execute(insert(collected_events), joined.rows)
    statement = update(batches).where(batches.c.rule_id == bindparam("of_rule"), batches.c.key == bindparam("of_key"))
    names = ("id", "session_id", "opened_at", "events", "size")
    tx.execute(
        statement.values({name: bindparam(f"new_{name}") for name in names}),
        [
            {"of_rule": rule_id, "of_key": key, **{f"new_{name}": getattr(batch, name) for name in names}}
            for (rule_id, key), batch in joined.last.items()
        ],
    )
    changes: list[tuple[str, str, object]] = []
    for batch in (one for one in joined.touched.values() if not one.is_new):
        waits = (sessions.c.id == batch.session_id) & (sessions.c.status == "scheduling")
        values = {"wake_at": batch.starts_at, "reason": batch.reason}
        row = tx.execute(update(sessions).where(waits).values(values).returning(sessions)).first()
        if row is not None:
            changes.append((batch.session_id, "updated", SessionChange.of(session_of(row))))
    announce_many(tx, changes)


def close(tx: Connection, session_ids: Collection[str]) -> None:
    """Let these sessions take no further events."""
    if not session_ids:
        return
    taken = batches.c.session_id.in_(sorted(session_ids))
    in_order = select(batches.c.key).where(taken).order_by(batches.c.rule_id, batches.c.key)
    if tx.execute(in_order.with_for_update()).all():
        tx.execute(delete(batches).where(taken))


def event_ids(tx: Connection, batch_id: str) -> list[str]:
    """Return the ids of the events of a batch, in the order in which they came."""
    query = select(collected_events.c.event_id).where(collected_events.c.batch_id == batch_id)
    return [row[0] for row in tx.execute(query.order_by(collected_events.c.event_id))]


def count(tx: Connection, batch_id: str) -> int:
    """Return how many events a batch has."""
    query = select(func.count()).select_from(collected_events).where(collected_events.c.batch_id == batch_id)
    return int(tx.execute(query).scalar_one())


def _locked(tx: Connection, first: Mapping[_Pair, Held]) -> dict[_Pair, _Batch | None]:
    """Return the open batch of each pair, or None; until the commit nobody else adds to one or closes it."""
    found: dict[_Pair, _Batch] = {}
    for pair in sorted(first):
        values = {"rule_id": pair[0], "key": pair[1], "id": "", "session_id": "", "events": 0, "size": 0}
        statement = upsert(tx, batches).values(opened_at=0.0, **values)
        same = {"events": batches.c.events}
        row = tx.execute(
            statement.on_conflict_do_update(index_elements=["rule_id", "key"], set_=same).returning(batches)
        ).one()
        found[pair] = _Batch(row.id, row.session_id, row.opened_at, row.events, row.size, is_new=False)
    waiting = _waiting(tx, (batch.session_id for batch in found.values() if batch.session_id))
    return {pair: batch if batch.session_id in waiting else None for pair, batch in found.items()}


def _waiting(tx: Connection, session_ids: Iterable[str]) -> set[str]:
    """Return which of these sessions still wait; nobody cancels them until the commit."""
    ids = sorted(set(session_ids))
    if not ids:
        return set()
    waits = sessions.c.id.in_(ids) & (sessions.c.status == "scheduling")
    return {row[0] for row in tx.execute(select(sessions.c.id).where(waits).order_by(sessions.c.id).with_for_update())}


def _placed(occurrence: Occurrence, open_now: dict[_Pair, _Batch | None], joined: Joined) -> Occurrence:
    """Return ``occurrence`` with the sessions that its event is collected for."""
    event = occurrence.event
    instead: dict[str, str] = {}
    for held in occurrence.held:
        pair, at = (held.rule_id, held.key), event.received_at
        batch = open_now[pair]
        if batch is None or is_full(held.collecting, events=batch.events, size=batch.size):
            batch = _Batch(BATCH_ID.new(), held.session_id, at, 0, 0, is_new=True)
            open_now[pair] = batch
        batch.events += 1
        batch.size += held.size
        batch.starts_at = starts_at(
            held.collecting, first=batch.opened_at, last=at, events=batch.events, size=batch.size
        )
        instead[held.session_id] = batch.session_id
        joined.touched[batch.id] = joined.last[pair] = batch
        joined.rows.append({"batch_id": batch.id, "event_id": event.id})
    enforcements = tuple(
        replace(one, session_id=instead.get(one.session_id or "", one.session_id)) for one in occurrence.enforcements
    )
    joined.session_ids[event.id] = tuple(instead.get(one.id, one.id) for one in occurrence.sessions)
    own = tuple(one for one in occurrence.sessions if instead.get(one.id, one.id) == one.id)
    return replace(occurrence, enforcements=enforcements, sessions=own)


def _with_times(occurrence: Occurrence, new: Mapping[str, _Batch]) -> Occurrence:
    """Return ``occurrence`` whose sessions wait for their time."""

    def waiting(session: Session) -> Session:
        batch = new.get(session.id)
        if batch is None:
            return session
        config = {**session.config, "batch": batch.id}
        return replace(session, status="scheduling", wake_at=batch.starts_at, reason=batch.reason, config=config)

    return replace(occurrence, sessions=tuple(waiting(one) for one in occurrence.sessions))
