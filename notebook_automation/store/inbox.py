"""Deliveries as the inbox shows them: each with what became of it; marked, bookmarked and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, delete, exists, func, literal, or_, select, update

from notebook_automation.domain.events import Event, EventChange, InboxStatus
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting

from .changes import announce
from .events import event_of, get
from .sorted_pages import SortColumns, by_text, sorted_page
from .tables.events import enforcements, events
from .tables.sessions import sessions

_BAD_ENDS = ("failed", "timeout", "abandoned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A delivery, and what became of it."""

    event: Event
    status: InboxStatus


def _ended(*statuses: str) -> ColumnElement[bool]:
    """Return whether a session of the event, or of one that replayed it, has ended in one of these ways."""
    again = events.alias("again")
    ended = sessions.c.status.in_(statuses)
    # One that was collected with others has no session of its own: its enforcement names the one that got them all.
    collected = sessions.c.id == enforcements.c.session_id
    replays = again.c.replay_of == events.c.id
    ways = (
        exists().where(sessions.c.event_id == events.c.id, ended),
        exists().where(enforcements.c.event_id == events.c.id, collected, ended),
        exists().where(replays, sessions.c.event_id == again.c.id, ended),
        exists().where(replays, enforcements.c.event_id == again.c.id, collected, ended),
    )
    return or_(*(way.correlate(events) for way in ways))


_STATUS = case(
    (events.c.inbox_status.is_not(None), events.c.inbox_status),
    (events.c.refusal.is_not(None), literal("failed")),
    (_ended("completed"), literal("processed")),
    (_ended(*_BAD_ENDS), literal("failed")),
    else_=literal("received"),
)
"""What somebody said of it, else what came of it: derived, so that a delivery costs nothing more when it is taken."""
_SORTED: SortColumns = {
    "name": by_text(func.coalesce(events.c.inbox_source, events.c.trigger_ref)),
    "type": by_text(events.c.type),
    "status": by_text(_STATUS),
}


def one(tx: Connection, event_id: str) -> Delivered | None:
    """Return a delivery by its id."""
    row = tx.execute(_deliveries().where(events.c.id == event_id)).first()
    return None if row is None else _delivered(row)


def listed(
    tx: Connection, *, limit: int, cursor: str | None, source: str | None = None, status: str | None = None,
    event_type: str | None = None, bookmarked: bool | None = None, project_id: str | None = None,
    trigger_id: str | None = None, sorting: Sorting = NEWEST_FIRST,
) -> tuple[list[Delivered], str | None]:  # fmt: skip
    """Return a page of deliveries."""
    query = _deliveries()
    wanted = {"inbox_source": source, "type": event_type, "project_id": project_id, "trigger_id": trigger_id}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(events.c[name] == value)
    if status is not None:
        query = query.where(literal(status) == _STATUS)
    if bookmarked is not None:
        query = query.where(events.c.bookmarked_at.is_not(None) if bookmarked else events.c.bookmarked_at.is_(None))
    return sorted_page(tx, query, events.c.id, _delivered, limit=limit, cursor=cursor, sorting=sorting, columns=_SORTED)


def counts(tx: Connection) -> dict[str, int]:
    """Return how many deliveries of each source are kept, by its name."""
    source = events.c.inbox_source
    rows = tx.execute(select(source, func.count()).where(source.is_not(None)).group_by(source).order_by(source))
    return {row[0]: row[1] for row in rows}


def change(tx: Connection, event_id: str, **columns: Any) -> Event | None:
    """Set ``inbox_status`` or ``bookmarked_at`` of an event and announce it; return it, None where it is gone."""
    if columns and tx.execute(update(events).where(events.c.id == event_id).values(**columns)).rowcount == 0:
        return None
    event = get(tx, event_id)
    if event is not None and columns:
        announce(tx, event_id, "updated", EventChange.of(event))
    return event


def remove(tx: Connection, event: Event) -> None:
    """Delete an event and announce it; the sessions of its replays stay."""
    tx.execute(delete(events).where(events.c.id == event.id))
    announce(tx, event.id, "deleted", EventChange.of(event))


def too_many(tx: Connection, *, before: float | None, most: int, limit: int) -> list[Event]:
    """Return up to ``limit`` deliveries that no trigger waited for and that are to go, the oldest first.

    Those are received before ``before`` (epoch seconds), or more than ``most`` (0: any number). A bookmark keeps one.
    """
    kept = select(events.c.id).where(events.c.inbox_source.is_not(None), events.c.bookmarked_at.is_(None))
    reasons: list[ColumnElement[bool]] = []
    if before is not None:
        reasons.append(events.c.received_at < before)
    last = tx.execute(kept.order_by(events.c.id.desc()).offset(most).limit(1)).scalar() if most > 0 else None
    if last is not None:
        reasons.append(events.c.id <= last)
    if not reasons:
        return []
    query = select(events).where(events.c.id.in_(kept.where(or_(*reasons)).order_by(events.c.id).limit(limit)))
    return [event_of(row) for row in tx.execute(query.order_by(events.c.id))]


def _deliveries() -> Select[Any]:
    return select(events, _STATUS.label("became")).where(events.c.source == "webhook")


def _delivered(row: Row[Any]) -> Delivered:
    return Delivered(event=event_of(row), status=row.became)
