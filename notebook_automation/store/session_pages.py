"""Pages of sessions, by what they are of and in any order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select, union_all

from notebook_automation.domain.sessions import (
    TRANSITIONS,
    Session,
)
from notebook_automation.domain.sorting import CREATED, NEWEST_FIRST, Sorting

from .session_rows import session_of
from .sorted_pages import SortColumns, by_text, sorted_page
from .tables.sessions import sessions
from .tags import tagged

_SORTED: SortColumns = {
    "name": by_text(func.coalesce(sessions.c.trigger_ref, sessions.c.call)),
    "status": by_text(sessions.c.status),
    "duration": sessions.c.finished_at - sessions.c.started_at,
}


def listed(
    tx: Connection, *, limit: int, cursor: str | None, sorting: Sorting = NEWEST_FIRST, statuses: Collection[str] = (),
    project_id: str | None = None, trigger_id: str | None = None, call: str | None = None,
    parent_id: str | None = None, root_id: str | None = None, since_id: str | None = None,
    until_id: str | None = None, group_id: str | None = None, tag: str | None = None, unseen: bool = False,
) -> tuple[list[Session], str | None]:  # fmt: skip
    """Return a page of sessions; ``since_id`` and ``until_id`` bound the ids, which are in the order of creation.

    ``unseen``: without those that somebody has acknowledged.
    """
    query = select(sessions)
    narrow: dict[str, str | None] = {
        "parent_id": parent_id, "group_id": group_id, "root_id": root_id, "trigger_id": trigger_id,
        "project_id": project_id,
    }  # fmt: skip
    lead = next((name for name, value in narrow.items() if value is not None), None)
    for name, value in narrow.items():
        if value is not None:
            # An index serves one of them, with call and status: the others must not tempt the planner away from it.
            column = sessions.c[name] if name == lead else func.coalesce(sessions.c[name], "")
            query = query.where(column == value)
    if parent_id is not None or group_id is not None or root_id is not None:
        # The children of one session are few, so is its tree, and those of a group are bounded: they are read whole.
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
