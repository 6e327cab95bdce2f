"""Notifications in the database: each is sent by one server, together with what else its recipient is to hear."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from notebook_automation.domain.notifications import (
    OPEN_STATES,
    Notification,
    NotificationChange,
    NotificationState,
    NotifyRule,
    Recipient,
    parse_notify,
)

from .changes import announce_many
from .rows import from_row, page, to_row, upsert
from .tables.notifications import notifications
from .tables.projects import projects
from .tables.sessions import sessions
from .tables.triggers import triggers

Group = tuple[Recipient, str | None]
"""A recipient, and the id of the project whose messages they get together."""


def rules_of(tx: Connection, trigger_id: str) -> tuple[NotifyRule, ...]:
    """Return the rules that hold for a trigger: its own, else its project's."""
    query = select(triggers.c.notify, projects.c.notify.label("default")).join(
        projects, projects.c.id == triggers.c.project_id
    )
    row = tx.execute(query.where(triggers.c.id == trigger_id)).first()
    if row is None:
        return ()
    stored = row.default if row.notify is None else row.notify
    return parse_notify(stored or ())


def of_project(tx: Connection, project_id: str) -> tuple[NotifyRule, ...]:
    """Return the rules of a project, for triggers that have none of their own."""
    stored = tx.execute(select(projects.c.notify).where(projects.c.id == project_id)).scalar()
    return parse_notify(stored or ())


def set_of_project(tx: Connection, project_id: str, rules: Sequence[NotifyRule]) -> None:
    """Let ``rules`` be those of a project."""
    stored = [one.to_dict() for one in rules] or None
    tx.execute(update(projects).where(projects.c.id == project_id).values(notify=stored))


def failed_before(tx: Connection, trigger_id: str, session_id: str) -> bool:
    """Return whether a trigger's last run before this session was no success; tries that were repeated aside."""
    c = sessions.c
    ends = ("completed", "failed", "timeout", "abandoned")
    query = select(c.status).where(c.trigger_id == trigger_id, c.id < session_id)
    query = query.where(c.retried_by.is_(None), c.status.in_(ends)).order_by(c.id.desc()).limit(1)
    return tx.execute(query).scalar() not in (None, "completed")


def add_once(tx: Connection, added: Sequence[Notification]) -> None:
    """Insert notifications, but those of which a recipient has one about this thing for this reason."""
    fresh = []
    for one in added:
        statement = upsert(tx, notifications).values(to_row(one, notifications))
        unique = ["channel", "target", "entity", "activity"]
        statement = statement.on_conflict_do_nothing(index_elements=unique).returning(notifications.c.id)
        # The number of rows of an insert is not told on PostgreSQL.
        if tx.execute(statement).first() is not None:
            fresh.append(one)
    announce_many(tx, [(one.id, "created", NotificationChange.of(one)) for one in fresh])


def get(tx: Connection, notification_id: str) -> Notification | None:
    """Return a notification by its id."""
    row = tx.execute(select(notifications).where(notifications.c.id == notification_id)).first()
    return None if row is None else _notification(row)


def listed(
    tx: Connection, *, limit: int, cursor: str | None, project_id: str | None = None, trigger_id: str | None = None,
    session_id: str | None = None, states: Collection[str] = (), channel: str | None = None,
) -> tuple[list[Notification], str | None]:  # fmt: skip
    """Return a page of notifications, newest first."""
    query = select(notifications)
    given = {"project_id": project_id, "trigger_id": trigger_id, "session_id": session_id, "channel": channel}
    for name, value in given.items():
        if value is not None:
            query = query.where(notifications.c[name] == value)
    if states:
        query = query.where(notifications.c.state.in_(sorted(states)))
    return page(tx, query, notifications.c.id, _notification, limit=limit, cursor=cursor)


def next_due(tx: Connection) -> float | None:
    """Return when the next notification is to be looked at, in epoch seconds; None: never."""
    query = select(func.min(notifications.c.next_at)).where(notifications.c.next_at.is_not(None))
    found: float | None = tx.execute(query).scalar()
    return found


def lost(tx: Connection, now: float, limit: int) -> list[Notification]:
    """Return notifications that were being sent, and of which nothing was heard in time."""
    c = notifications.c
    query = select(notifications).where(c.next_at <= now, c.state == "processing").order_by(c.id).limit(limit)
    return [_notification(row) for row in tx.execute(query)]


def due_groups(tx: Connection, now: float, limit: int) -> list[Group]:
    """Return for whom the time of something has come at ``now`` (epoch seconds), who waits longest first."""
    c = notifications.c
    query = select(c.channel, c.target, c.project_id).where(c.next_at <= now, c.state.in_(OPEN_STATES))
    query = query.group_by(c.channel, c.target, c.project_id).order_by(func.min(c.next_at)).limit(limit)
    return [(Recipient(row.channel, row.target), row.project_id) for row in tx.execute(query)]


def open_of(tx: Connection, group: Group, limit: int) -> list[Notification]:
    """Return what ``group`` is to hear of and has not, oldest first: also what was to be gathered for longer."""
    query = select(notifications).where(_of(group), notifications.c.state.in_(OPEN_STATES))
    return [_notification(row) for row in tx.execute(query.order_by(notifications.c.id).limit(limit))]


def last_sent(tx: Connection, group: Group) -> float | None:
    """Return when something was last sent to ``group``, in epoch seconds."""
    query = select(func.max(notifications.c.ended_at)).where(_of(group), notifications.c.state == "sent")
    found: float | None = tx.execute(query).scalar()
    return found


def held_until(tx: Connection, group: Group) -> float | None:
    """Return until when ``group`` is to be left alone, in epoch seconds: what could not be sent is tried again then."""
    query = select(func.max(notifications.c.next_at)).where(_of(group), notifications.c.state == "queued")
    found: float | None = tx.execute(query).scalar()
    return found


def put_off(tx: Connection, group: Group, until: float) -> None:
    """Let what ``group`` is to hear of wait until a time (epoch seconds)."""
    c = notifications.c
    waiting = _of(group) & c.state.in_(OPEN_STATES) & (c.next_at < until)
    tx.execute(update(notifications).where(waiting).values(state="queued", next_at=until))


def change(tx: Connection, some: Sequence[Notification], state: NotificationState, **values: Any) -> bool:
    """Give notifications another state and ``values``, and announce it.

    False, and nothing is announced, where one of them is not as in ``some`` any more: roll back.
    """
    by_state: dict[NotificationState, list[str]] = {}
    for one in some:
        by_state.setdefault(one.state, []).append(one.id)
    for before, ids in by_state.items():
        for start in range(0, len(ids), 500):
            portion = ids[start : start + 500]
            same = notifications.c.id.in_(portion) & (notifications.c.state == before)
            if tx.execute(update(notifications).where(same).values(state=state, **values)).rowcount != len(portion):
                return False
    announce_many(tx, [(one.id, "updated", NotificationChange(**{**_carried(one), "state": state})) for one in some])
    return True


def remove_before(tx: Connection, before: float, limit: int) -> int:
    """Delete up to ``limit`` notifications that ended and were made before ``before`` (epoch seconds); return how
    many."""
    c = notifications.c
    old = select(c.id).where(c.created_at < before, c.next_at.is_(None)).limit(limit)
    return tx.execute(delete(notifications).where(c.id.in_(old))).rowcount


def _carried(one: Notification) -> dict[str, Any]:
    return {
        "channel": one.channel, "reason": one.activity, "project": one.project, "trigger": one.trigger_ref,
        "state": one.state,
    }  # fmt: skip


def _of(group: Group) -> Any:
    recipient, project_id = group
    c = notifications.c
    of_project = c.project_id.is_(None) if project_id is None else c.project_id == project_id
    return (c.channel == recipient.channel) & (c.target == recipient.target) & of_project


def _notification(row: Row[Any]) -> Notification:
    return from_row(Notification, row, notifications, content=row.content or {})
