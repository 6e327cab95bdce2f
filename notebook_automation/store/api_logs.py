"""Rows of the API log, and the counts that its statistics are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, delete, insert, or_, select

from notebook_automation.domain.api_logs import API_LOG_ID, ApiLog, Counted, CountKey
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting

from .rows import from_row, to_row, upsert
from .sorted_pages import SortColumns, by_text, sorted_page
from .tables.api_logs import api_counts, api_logs

_SORTED: SortColumns = {
    "duration": api_logs.c.duration_ms,
    "status": api_logs.c.status_code,
    "path": by_text(api_logs.c.path),
    "user": by_text(api_logs.c.user_id),
}
_KEY = ("hour", "method", "route", "status_code", "bucket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests: those that fit all that is said. ``path`` is a part of it, ``status_class`` 4 means 4xx.

    Times are epoch seconds, of when they began; ``min_ms`` is how long they took at least.
    """

    method: str | None = None
    path: str | None = None
    route: str | None = None
    status_code: int | None = None
    status_class: int | None = None
    user_id: str | None = None
    client: str | None = None
    correlation_id: str | None = None
    since: float | None = None
    until: float | None = None
    min_ms: float | None = None


def add(tx: Connection, logs: Sequence[ApiLog], counted: Sequence[Counted]) -> None:
    """Store requests, and add to the counts."""
    if logs:
        tx.execute(insert(api_logs), [to_row(one, api_logs) for one in logs])
    if not counted:
        return
    statement = upsert(tx, api_counts)
    statement = statement.on_conflict_do_update(
        index_elements=[api_counts.c[name] for name in _KEY],
        set_={
            "count": api_counts.c.count + statement.excluded.count,
            "total_ms": api_counts.c.total_ms + statement.excluded.total_ms,
        },
    )
    rows = [
        {**{name: getattr(one.key, name) for name in _KEY}, "count": one.count, "total_ms": one.total_ms}
        for one in counted
    ]
    # In one order everywhere: two servers that wait for each other's rows would be broken off.
    tx.execute(statement, sorted(rows, key=lambda row: [str(row[name]) for name in _KEY]))


def get(tx: Connection, log_id: str) -> ApiLog | None:
    """Return the request with this id."""
    row = tx.execute(select(api_logs).where(api_logs.c.id == log_id)).first()
    return None if row is None else from_row(ApiLog, row, api_logs)


def listed(
    tx: Connection, wanted: Wanted, *, limit: int, cursor: str | None, sorting: Sorting = NEWEST_FIRST
) -> tuple[list[ApiLog], str | None]:
    """Return a page of requests."""
    return sorted_page(
        tx, _matching(wanted), api_logs.c.id, lambda row: from_row(ApiLog, row, api_logs), limit=limit, cursor=cursor,
        sorting=sorting, columns=_SORTED,
    )  # fmt: skip


def remove(tx: Connection, log_id: str) -> bool:
    """Delete a request; return whether there was one."""
    return tx.execute(delete(api_logs).where(api_logs.c.id == log_id)).rowcount > 0


def remove_old(tx: Connection, *, before: float | None, most: int, limit: int) -> int:
    """Delete up to ``limit`` requests, the oldest first; return how many.

    Those began before ``before`` (epoch seconds), or are more than ``most`` (0: any number).
    """
    reasons = [] if before is None else [api_logs.c.id < API_LOG_ID.floor(before)]
    ids = select(api_logs.c.id)
    last = tx.execute(ids.order_by(api_logs.c.id.desc()).offset(most).limit(1)).scalar() if most > 0 else None
    if last is not None:
        reasons.append(api_logs.c.id <= last)
    if not reasons:
        return 0
    old = ids.where(or_(*reasons)).order_by(api_logs.c.id).limit(limit)
    return tx.execute(delete(api_logs).where(api_logs.c.id.in_(old))).rowcount


def forget_counts(tx: Connection, before_hour: int) -> None:
    """Delete the counts of the hours before ``before_hour`` (since the epoch)."""
    tx.execute(delete(api_counts).where(api_counts.c.hour < before_hour))


def counted_since(tx: Connection, first_hour: int) -> list[Counted]:
    """Return the counts from ``first_hour`` (since the epoch) on."""
    rows = tx.execute(select(api_counts).where(api_counts.c.hour >= first_hour))
    return [
        Counted(CountKey(*(row._mapping[name] for name in _KEY)), row._mapping["count"], row.total_ms) for row in rows
    ]


def _matching(wanted: Wanted) -> Select[tuple[object, ...]]:
    query = select(api_logs)
    for name in ("method", "route", "status_code", "user_id", "client", "correlation_id"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(api_logs.c[name] == value)
    if wanted.path is not None:
        query = query.where(api_logs.c.path.contains(wanted.path, autoescape=True))
    if wanted.status_class is not None:
        first = wanted.status_class * 100
        query = query.where(api_logs.c.status_code >= first, api_logs.c.status_code < first + 100)
    # By the id, which is made of that time: the rows are in its order.
    if wanted.since is not None:
        query = query.where(api_logs.c.id >= API_LOG_ID.floor(wanted.since))
    if wanted.until is not None:
        query = query.where(api_logs.c.id < API_LOG_ID.floor(wanted.until))
    return query if wanted.min_ms is None else query.where(api_logs.c.duration_ms >= wanted.min_ms)
