"""Events, enforcements and the sessions they make, written together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, union

from notebook_automation.domain.deliveries import kept_form, whole_form
from notebook_automation.domain.events import Event, EventChange, Receipt
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.rules import Enforcement
from notebook_automation.domain.sessions import TERMINAL, Session, SessionChange
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting

from . import batches, places, policy_definitions, session_ends
from .changes import announce_many
from .policy_definitions import Limit
from .rows import from_row, to_row
from .sorted_pages import SortColumns, by_text, sorted_page
from .tables.events import enforcements, events
from .tables.sessions import sessions

_LOOKED_UP_AT_ONCE = 500
_SORTED: SortColumns = {
    "name": by_text(func.coalesce(events.c.trigger_ref, events.c.type)),
    "source": by_text(events.c.source),
}


def accept(tx: Connection, occurrences: Sequence[Occurrence]) -> list[Receipt]:
    """Store ``occurrences`` and return a receipt for each, in order.

    One whose (trigger, dedupe key) is known already, or came twice in this call, stores nothing and gets the receipt
    of the first. So does one whose sender has signed the same before; where that had another dedupe key, it is marked
    as replayed. A handful of statements whatever the number: this is the path that bursts of webhooks take.
    """
    new = [occurrence.event for occurrence in occurrences]
    known, signed = _known(tx, new), _signed(tx, new)
    fresh: list[Occurrence] = []
    receipts: list[Receipt] = []
    for occurrence in occurrences:
        event = occurrence.event
        key = (event.trigger_id, event.dedupe_key)
        if event.dedupe_key is not None and key in known:
            receipts.append(replace(known[key], repeated=True))
            continue
        digest = (event.trigger_id, event.signed_digest)
        if event.signed_digest is not None and digest in signed:
            receipt, first_key = signed[digest]
            receipts.append(replace(receipt, repeated=True, replayed=first_key != event.dedupe_key))
            continue
        receipt = Receipt(event_id=event.id, session_ids=tuple(session.id for session in occurrence.sessions))
        known[key] = receipt
        signed[digest] = (receipt, event.dedupe_key)
        fresh.append(occurrence)
        receipts.append(receipt)
    if not fresh:
        return receipts
    joined = batches.join(tx, fresh)
    _insert(tx, joined.occurrences)
    batches.record(tx, joined)
    return [
        replace(one, session_ids=joined.session_ids[one.event_id]) if one.event_id in joined.session_ids else one
        for one in receipts
    ]


def refuse(tx: Connection, event: Event, keep: int) -> None:
    """Store a refused delivery, and forget all but the newest ``keep`` of its trigger."""
    tx.execute(insert(events), [_row(event)])
    announce_many(tx, [(event.id, "created", EventChange.of(event))])
    refused = (events.c.trigger_id == event.trigger_id) & events.c.refusal.is_not(None)
    newest = select(events.c.id).where(refused).order_by(events.c.id.desc())
    oldest = tx.execute(newest.offset(keep).limit(1)).scalar()
    if oldest is not None:
        tx.execute(delete(events).where(refused, events.c.id <= oldest))


def last_refusals(tx: Connection, trigger_ids: Collection[str]) -> dict[str, Event]:
    """Return the newest refused delivery of each of these triggers that has one."""
    if not trigger_ids:
        return {}
    refused = events.c.refusal.is_not(None) & events.c.trigger_id.in_(trigger_ids)
    newest = select(func.max(events.c.id)).where(refused).group_by(events.c.trigger_id)
    rows = tx.execute(select(events).where(events.c.id.in_(newest)))
    return {row.trigger_id: event_of(row) for row in rows}


def refused(tx: Connection, trigger_id: str, limit: int) -> list[Event]:
    """Return the refused deliveries of a trigger, the newest first."""
    query = select(events).where(events.c.trigger_id == trigger_id, events.c.refusal.is_not(None))
    return [event_of(row) for row in tx.execute(query.order_by(events.c.id.desc()).limit(limit))]


def newest_of(tx: Connection, trigger_id: str) -> Event | None:
    """Return the newest event of a trigger that was taken."""
    query = select(events).where(events.c.trigger_id == trigger_id, events.c.refusal.is_(None))
    row = tx.execute(query.order_by(events.c.id.desc()).limit(1)).first()
    return None if row is None else event_of(row)


def many(tx: Connection, event_ids: Sequence[str]) -> list[Event]:
    """Return those events of these ids that are there, by id."""
    found: list[Event] = []
    for start in range(0, len(event_ids), _LOOKED_UP_AT_ONCE):
        some = events.c.id.in_(event_ids[start : start + _LOOKED_UP_AT_ONCE])
        found += map(event_of, tx.execute(select(events).where(some)))
    return sorted(found, key=lambda event: event.id)


def collected_for(tx: Connection, session: Session) -> list[Event]:
    """Return all events that a session has collected; none where it collects none."""
    batch_id = session.config.get("batch")
    return [] if batch_id is None else many(tx, batches.event_ids(tx, batch_id))


def get(tx: Connection, event_id: str) -> Event | None:
    """Return an event by id."""
    row = tx.execute(select(events).where(events.c.id == event_id)).first()
    return None if row is None else event_of(row)


def listed(
    tx: Connection, *, limit: int, cursor: str | None, project_id: str | None = None, trigger_id: str | None = None,
    type: str | None = None, source: str | None = None, ran: bool | None = None, sorting: Sorting = NEWEST_FIRST,
) -> tuple[list[Event], str | None]:  # fmt: skip
    """Return a page of events; with ``ran``, those that made sessions, or those that made none."""
    query = select(events)
    wanted = {"project_id": project_id, "trigger_id": trigger_id, "type": type, "source": source}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(events.c[name] == value)
    if ran is not None:
        collected = exists().where(enforcements.c.event_id == events.c.id, enforcements.c.session_id.is_not(None))
        made = exists().where(sessions.c.event_id == events.c.id) | collected
        query = query.where(made if ran else ~made)
    return sorted_page(tx, query, events.c.id, event_of, limit=limit, cursor=cursor, sorting=sorting, columns=_SORTED)


def enforcements_of(tx: Connection, event_id: str) -> list[Enforcement]:
    """Return what the rules made of an event."""
    rows = tx.execute(select(enforcements).where(enforcements.c.event_id == event_id).order_by(enforcements.c.id))
    return [from_row(Enforcement, row, enforcements, conditions=tuple(row.conditions)) for row in rows]


def session_ids(tx: Connection, event_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids of the sessions that each event made, or was collected for."""
    made = select(sessions.c.event_id, sessions.c.id).where(sessions.c.event_id.in_(event_ids))
    by_enforcement = select(enforcements.c.event_id, sessions.c.id)
    collected = by_enforcement.join(sessions, sessions.c.id == enforcements.c.session_id)
    rows = tx.execute(union(made, collected.where(enforcements.c.event_id.in_(event_ids))))
    found: dict[str, list[str]] = {event_id: [] for event_id in event_ids}
    for event_id, session_id in sorted(tuple(row) for row in rows):
        found[event_id].append(session_id)
    return found


def reasons(tx: Connection, event_ids: Sequence[str]) -> dict[str, str]:
    """Return why the first rule that ran nothing did so, by event; an event without such a rule is absent."""
    columns = (enforcements.c.event_id, enforcements.c.reason)
    silent = enforcements.c.session_id.is_(None) & enforcements.c.reason.is_not(None)
    rows = tx.execute(
        select(*columns).where(silent, enforcements.c.event_id.in_(event_ids)).order_by(enforcements.c.id)
    )
    found: dict[str, str] = {}
    for event_id, reason in rows:
        found.setdefault(event_id, reason)
    return found


def _row(event: Event) -> dict[str, Any]:
    row = to_row(event, events)
    if event.source == "webhook":
        row["data"] = kept_form(event.data)
    return row


def event_of(row: Row[Any]) -> Event:
    """Return the event in a row of its table."""
    if row.source == "webhook":
        return from_row(Event, row, events, data=whole_form(row.data))
    return from_row(Event, row, events)


def _known(tx: Connection, new: Sequence[Event]) -> dict[tuple[str | None, str | None], Receipt]:
    keys = {(event.trigger_id, event.dedupe_key) for event in new if event.dedupe_key is not None}
    ordered = sorted(keys, key=str)
    found: list[Any] = []
    for start in range(0, len(keys), _LOOKED_UP_AT_ONCE):
        some = ordered[start : start + _LOOKED_UP_AT_ONCE]
        # Triggers times keys may be more than was asked for, but is two short lists: SQLite takes no expression of a
        # thousand ORs.
        condition = events.c.trigger_id.in_({pair[0] for pair in some}) & events.c.dedupe_key.in_(
            {pair[1] for pair in some}
        )
        found += tx.execute(select(events.c.id, events.c.trigger_id, events.c.dedupe_key).where(condition)).all()
    rows = [row for row in found if (row.trigger_id, row.dedupe_key) in keys]
    made = session_ids(tx, [row.id for row in rows]) if rows else {}
    return {(row.trigger_id, row.dedupe_key): Receipt(event_id=row.id, session_ids=tuple(made[row.id])) for row in rows}


def _signed(tx: Connection, new: Sequence[Event]) -> dict[tuple[str | None, str | None], tuple[Receipt, str | None]]:
    """Return the receipt and the dedupe key of what was signed as ``new`` are, by trigger and digest."""
    digests = sorted({event.signed_digest for event in new if event.signed_digest is not None})
    found: list[Any] = []
    for start in range(0, len(digests), _LOOKED_UP_AT_ONCE):
        condition = events.c.signed_digest.in_(digests[start : start + _LOOKED_UP_AT_ONCE])
        triggers = {event.trigger_id for event in new if event.signed_digest is not None}
        columns = (events.c.id, events.c.trigger_id, events.c.signed_digest, events.c.dedupe_key)
        found += tx.execute(select(*columns).where(condition, events.c.trigger_id.in_(triggers))).all()
    made = session_ids(tx, [row.id for row in found]) if found else {}
    return {
        (row.trigger_id, row.signed_digest): (
            Receipt(event_id=row.id, session_ids=tuple(made[row.id])), row.dedupe_key
        )
        for row in found
    }  # fmt: skip


def _insert(tx: Connection, occurrences: Sequence[Occurrence]) -> None:
    tx.execute(insert(events), [_row(occurrence.event) for occurrence in occurrences])
    limits = policy_definitions.of_sessions(tx, limited) if (limited := _limited(tx, occurrences)) else {}
    entering: list[tuple[Session, Sequence[Limit]]] = []
    made: list[dict[str, Any]] = []
    # Their parameters could not be made.
    stillborn: list[Session] = []
    decided: list[dict[str, Any]] = []
    changes: list[tuple[str, str, object]] = []
    for occurrence in occurrences:
        event = occurrence.event
        changes.append((event.id, "created", EventChange.of(event)))
        for session in occurrence.sessions:
            if session.id in limits:
                session = places.held(session, limits[session.id])
                entering.append((session, limits[session.id]))
            made.append(to_row(session, sessions))
            changes.append((session.id, "created", SessionChange.of(session)))
            if session.status in TERMINAL:
                stillborn.append(session)
        decided.extend(to_row(enforcement, enforcements) for enforcement in occurrence.enforcements)
    if made:
        tx.execute(insert(sessions), made)
    if decided:
        tx.execute(insert(enforcements), decided)
    for session in stillborn:
        session_ends.note(tx, session)
    announce_many(tx, changes)
    if entering:
        places.enter(tx, entering)


def _limited(tx: Connection, occurrences: Sequence[Occurrence]) -> list[Session]:
    """Return the sessions that a policy may hold back: by the definitions they were made with, or where a project has
    some."""
    made = [one for occurrence in occurrences for one in occurrence.sessions if one.status == "requested"]
    if made and policy_definitions.any_project_has_some(tx):
        return made
    return [one for one in made if one.is_limited]
