"""Sessions: claimed by a supervisor, acquired by a runner, kept by a lease, and ended by whoever has them."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, union_all, update

from notebook_automation.domain.sessions import (
    CLAIMED,
    QUEUED,
    TRANSITIONS,
    CellError,
    Session,
    SessionChange,
    SessionProgress,
    Status,
    check_transition,
)
from notebook_automation.domain.sorting import CREATED, NEWEST_FIRST, Sorting

from . import places, policy_definitions, session_ends
from .changes import announce
from .database import database_time
from .session_rows import session_of, session_row
from .sorted_pages import SortColumns, by_text, sorted_page
from .tables.sessions import sessions
from .tags import tagged

_SORTED: SortColumns = {
    "name": by_text(func.coalesce(sessions.c.trigger_ref, sessions.c.call)),
    "status": by_text(sessions.c.status),
    "duration": sessions.c.finished_at - sessions.c.started_at,
}


def add(tx: Connection, session: Session) -> Session:
    """Insert ``session`` and announce it; return it as it is then: a policy may hold it back, or not let it in."""
    queued = session.status in QUEUED
    limits = policy_definitions.of_sessions(tx, [session]).get(session.id) if queued else None
    if not limits:
        _insert(tx, session)
        return session
    held = places.held(session, limits)
    _insert(tx, held)
    places.enter(tx, [(held, limits)])
    return get(tx, session.id) or held


def _insert(tx: Connection, session: Session) -> None:
    tx.execute(insert(sessions).values(session_row(session)))
    announce(tx, session.id, "created", SessionChange.of(session))


def get(tx: Connection, session_id: str) -> Session | None:
    """Return a session by id."""
    row = tx.execute(select(sessions).where(sessions.c.id == session_id)).first()
    return None if row is None else session_of(row)


def ids_in_project(tx: Connection, session_ids: Collection[str], project_id: str) -> set[str]:
    """Return which of these sessions are of a project."""
    found: set[str] = set()
    ordered = sorted(session_ids)
    # In portions: SQLite takes no list of any length.
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        query = select(sessions.c.id).where(sessions.c.id.in_(some), sessions.c.project_id == project_id)
        found.update(tx.execute(query).scalars())
    return found


def by_request(tx: Connection, started_by: str, key: str) -> Session | None:
    """Return the session that was asked for by this caller with this key."""
    c = sessions.c
    row = tx.execute(select(sessions).where(c.started_by == started_by, c.request_key == key)).first()
    return None if row is None else session_of(row)


def by_token(tx: Connection, token_hash: str) -> Session | None:
    """Return the session whose kernel has the token with this hash, while a runner has it."""
    row = tx.execute(
        select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.status.in_(CLAIMED))
    ).first()
    return None if row is None else session_of(row)


def listed(
    tx: Connection, *, limit: int, cursor: str | None, sorting: Sorting = NEWEST_FIRST, statuses: Collection[str] = (),
    project_id: str | None = None, trigger_id: str | None = None, call: str | None = None,
    parent_id: str | None = None, since_id: str | None = None, until_id: str | None = None,
    tag: str | None = None, unseen: bool = False,
) -> tuple[list[Session], str | None]:  # fmt: skip
    """Return a page of sessions; ``since_id`` and ``until_id`` bound the ids, which are in the order of creation.

    ``unseen``: without those that somebody has acknowledged.
    """
    query = select(sessions)
    narrow: dict[str, str | None] = {"parent_id": parent_id, "trigger_id": trigger_id, "project_id": project_id}
    lead = next((name for name, value in narrow.items() if value is not None), None)
    for name, value in narrow.items():
        if value is not None:
            # An index serves one of them, with call and status: the others must not tempt the planner away from it.
            column = sessions.c[name] if name == lead else func.coalesce(sessions.c[name], "")
            query = query.where(column == value)
    if parent_id is not None:
        # The children of one session are few: they are read whole.
        query = query if call is None else query.where(func.coalesce(sessions.c.call, "") == call)
        query = query.where(func.coalesce(sessions.c.status, "").in_(sorted(statuses))) if statuses else query
        statuses = ()
    elif call is not None:
        query = query.where(sessions.c.call == call)
        statuses = statuses or tuple(TRANSITIONS)
    if tag is not None:
        query = query.where(tagged(sessions.c.tags, tag))
    if unseen:
        query = query.where(sessions.c.acknowledged_by.is_(None))
    if since_id is not None:
        query = query.where(sessions.c.id >= since_id)
    if until_id is not None:
        query = query.where(sessions.c.id < until_id)
    if statuses and sorting.column == CREATED:
        query = _merged(query, sorted(set(statuses)), limit, cursor, sorting.ascending)
    elif statuses:
        query = query.where(sessions.c.status.in_(sorted(set(statuses))))
    return sorted_page(
        tx, query, sessions.c.id, session_of, limit=limit, cursor=cursor, sorting=sorting, columns=_SORTED
    )


def _merged(
    query: Select[Any], statuses: Sequence[str], limit: int, cursor: str | None, ascending: bool
) -> Select[Any]:
    """Return ``query`` for ``statuses``, as a merge of each one's page.

    An index that has the status before the id gives each status in order; asked for all at once a database sorts
    everything it finds first, which with many sessions takes a second.
    """
    if len(statuses) == 1:
        return query.where(sessions.c.status == statuses[0])
    if cursor is not None:
        query = query.where(sessions.c.id > cursor if ascending else sessions.c.id < cursor)
    ids = query.with_only_columns(sessions.c.id).order_by(sessions.c.id.asc() if ascending else sessions.c.id.desc())
    pages = [
        select(ids.where(sessions.c.status == status).limit(limit + 1).subquery(f"of_{number}").c.id)
        for number, status in enumerate(statuses)
    ]
    return select(sessions).where(sessions.c.id.in_(union_all(*pages)))


def recent(tx: Connection, trigger_id: str, limit: int) -> list[Session]:
    """Return a trigger's newest sessions."""
    query = select(sessions).where(sessions.c.trigger_id == trigger_id).order_by(sessions.c.id.desc()).limit(limit)
    return [session_of(row) for row in tx.execute(query)]


def completed_before(tx: Connection, session: Session) -> Session | None:
    """Return the newest session of the same trigger that was made before ``session`` and completed."""
    query = select(sessions).where(sessions.c.trigger_id == session.trigger_id, sessions.c.id < session.id)
    row = tx.execute(query.where(sessions.c.status == "completed").order_by(sessions.c.id.desc()).limit(1)).first()
    return None if row is None else session_of(row)


def statuses(tx: Connection, session_ids: Collection[str]) -> dict[str, Status]:
    """Return statuses by session id."""
    query = select(sessions.c.id, sessions.c.status).where(sessions.c.id.in_(sorted(session_ids)))
    return {row.id: row.status for row in tx.execute(query)}


def claim(tx: Connection, owner: str, limit: int, lease: float) -> list[Session]:
    """Take up to ``limit`` requested sessions for ``owner``; their runner has ``lease`` seconds.

    Those that came first are first; one with a priority is treated as if it had come at its ``queue_at``.
    """
    if limit <= 0:
        return []
    values = {"status": "scheduled", "owner": owner, "lease_until": database_time(tx) + lease}
    statement = update(sessions).values(values).returning(sessions)
    overtaking = _overtaking(tx, limit)
    if overtaking:
        chosen = heapq.nsmallest(limit, overtaking | _oldest(tx, limit), key=lambda one: (one[1], one[0]))
        statement = statement.where(sessions.c.id.in_([one[0] for one in chosen]), sessions.c.status == "requested")
    else:
        picked = select(sessions.c.id).where(sessions.c.status == "requested").order_by(sessions.c.id).limit(limit)
        if tx.dialect.name == "sqlite":
            statement = statement.where(sessions.c.id.in_(picked))
        else:
            # Several claimers may run: the rows are locked in a materialised query, since a plain sub-query with LIMIT
            # was seen to take more rows than asked.
            locked = _locking(picked).cte("picked").prefix_with("MATERIALIZED", dialect="postgresql")
            statement = statement.where(sessions.c.id == locked.c.id)
    claimed = sorted((session_of(row) for row in tx.execute(statement)), key=lambda session: session.id)
    for session in claimed:
        announce(tx, session.id, "updated", SessionChange.of(session))
    return claimed


def _overtaking(tx: Connection, limit: int) -> set[tuple[str, float]]:
    """Return up to ``limit`` requested sessions with a priority, and as of when each is to be treated."""
    first = select(sessions.c.id, sessions.c.queue_at).where(
        sessions.c.status == "requested", sessions.c.queue_at.is_not(None)
    )
    rows = tx.execute(_locking(first.order_by(sessions.c.queue_at, sessions.c.id).limit(limit)))
    return {(row.id, row.queue_at) for row in rows}


def _oldest(tx: Connection, limit: int) -> set[tuple[str, float]]:
    """Return the same of the oldest. No priority is below the usual, so that none of the first is missing in both."""
    came = func.coalesce(sessions.c.queue_at, sessions.c.created_at)
    oldest = select(sessions.c.id, came).where(sessions.c.status == "requested").order_by(sessions.c.id).limit(limit)
    return {(row[0], row[1]) for row in tx.execute(_locking(oldest))}


def _locking(query: Select[Any]) -> Select[Any]:
    """Return ``query`` so that on PostgreSQL no two claimers get the same rows."""
    return query.with_for_update(skip_locked=True)


def acquire(
    tx: Connection, session_id: str, owner: str, attempt: int, *, token_hash: str, lease: float
) -> Session | None:
    """Acquire the session for an attempt, and return it, now running; None if it is not this attempt's to run."""
    now = database_time(tx)
    statement = (
        update(sessions)
        .where(
            sessions.c.id == session_id,
            sessions.c.owner == owner,
            sessions.c.attempt == attempt,
            sessions.c.status == "scheduled",
        )
        .values(
            status="running",
            started_at=func.coalesce(sessions.c.started_at, now),
            acquired_at=now,
            lease_until=now + lease,
            token_hash=token_hash,
        )
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is None:
        return None
    session = session_of(row)
    announce(tx, session.id, "updated", SessionChange.of(session))
    return session


def renew(tx: Connection, session_id: str, owner: str, attempt: int, lease: float) -> Status | None:
    """Keep the session ``lease`` seconds longer; return its status, or None if it is no longer this attempt's."""
    statement = (
        update(sessions)
        .where(_claimed_by(session_id, owner, attempt))
        .values(lease_until=database_time(tx) + lease)
        .returning(sessions.c.status)
    )
    found = tx.execute(statement).scalar()
    return None if found is None else found


def report(tx: Connection, session_id: str, owner: str, attempt: int, values: Mapping[str, Any]) -> bool:
    """Write what a running attempt reports of itself; return False if the session is no longer its own.

    ``values`` may hold current_cell, total_cells, kernel_name, snapshot_id, file_saved_at.
    """
    statement = update(sessions).where(_claimed_by(session_id, owner, attempt)).values(dict(values)).returning(sessions)
    row = tx.execute(statement).first()
    if row is None:
        return False
    announce(tx, session_id, "cell", SessionChange.of(session_of(row)))
    return True


def set_progress(tx: Connection, session_id: str, progress: SessionProgress) -> bool:
    """Write what the session's code reports of its progress; return False if it is over."""
    statement = (
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.status.in_(sorted(CLAIMED)))
        .values(progress=progress)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is None:
        return False
    announce(tx, session_id, "progress", SessionChange.of(session_of(row)))
    return True


def end(
    tx: Connection, session_id: str, status: Status, *, owner: str | None = None, attempt: int | None = None,
    reason: str | None = None, result: Any = None, error: CellError | None = None,
) -> Session | None:  # fmt: skip
    """Bring a session to a terminal ``status``; return it, or None if it is not the caller's to end.

    A runner names (owner, attempt). Without them (an operator, the reaper) any session that may become ``status`` is
    ended. Raises Conflict (``session_state``) where ``status`` may not follow.
    """
    now = tx.execute(select(sessions.c.status).where(sessions.c.id == session_id)).scalar()
    if now is None:
        return None
    condition = sessions.c.id == session_id
    if owner is not None and attempt is not None:
        if now not in CLAIMED:
            return None
        condition = _claimed_by(session_id, owner, attempt)
    else:
        condition = condition & (sessions.c.status == now)
    check_transition(now, status)
    values: dict[str, Any] = {
        "status": status,
        "reason": reason,
        "finished_at": database_time(tx),
        "lease_until": None,
        "token_hash": None,
        "error": None if error is None else asdict(error),
    }
    if result is not None:
        values["result"] = result
    row = tx.execute(update(sessions).where(condition).values(values).returning(sessions)).first()
    if row is None:
        return None
    session = session_of(row)
    session_ends.note(tx, session)
    announce(tx, session_id, "updated", SessionChange.of(session))
    places.leave(tx, session_id)
    return session


def set_retried_by(tx: Connection, session_id: str, retry_id: str) -> None:
    """Record which session the retries of its trigger made after an ended one; its end has been announced already."""
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(retried_by=retry_id))


def change_status(tx: Connection, session_id: str, now: Status, then: Status, reason: str | None) -> bool:
    """Move a session from ``now`` to ``then``; return False if it was in another status."""
    check_transition(now, then)
    statement = (
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.status == now)
        .values(status=then, reason=reason)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is None:
        return False
    announce(tx, session_id, "updated", SessionChange.of(session_of(row)))
    return True


def unclaim(tx: Connection, session_id: str, owner: str) -> bool:
    """Queue a claimed session again whose runner could not be started."""
    statement = (
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.owner == owner, sessions.c.status == "scheduled")
        .values(status="requested", owner=None, lease_until=None)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    if row is not None:
        announce(tx, session_id, "updated", SessionChange.of(session_of(row)))
    return row is not None


def claimed(tx: Connection) -> list[Session]:
    """Return the sessions that somebody has, or says to have."""
    return [session_of(row) for row in tx.execute(select(sessions).where(sessions.c.status.in_(sorted(CLAIMED))))]


def take_from(tx: Connection, silent: Session, owner: str) -> Session | None:
    """Let ``owner`` have the session ``silent``, so that whoever had it can write no more; return it.

    None if it has given a sign of life since it was read, or ended.
    """
    statement = (
        update(sessions)
        .where(_claimed_by(silent.id, silent.owner or "", silent.attempt), sessions.c.lease_until == silent.lease_until)
        .values(owner=owner)
        .returning(sessions)
    )
    row = tx.execute(statement).first()
    return None if row is None else session_of(row)


def _claimed_by(session_id: str, owner: str, attempt: int) -> Any:
    return (
        (sessions.c.id == session_id)
        & (sessions.c.owner == owner)
        & (sessions.c.attempt == attempt)
        & sessions.c.status.in_(sorted(CLAIMED))
    )
