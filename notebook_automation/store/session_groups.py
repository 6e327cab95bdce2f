"""Groups of sessions in the database: what was asked for, whose turn it is, how far each is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, select, update

from notebook_automation.domain.session_groups import (
    OPEN,
    GroupCounts,
    GroupState,
    Member,
    MemberState,
    SessionGroup,
    SessionGroupChange,
)
from notebook_automation.domain.sessions import TERMINAL, TRANSITIONS, Session

from .changes import announce
from .database import database_time
from .rows import from_row, page, to_row
from .session_rows import session_of
from .tables.session_groups import session_group_members, session_groups
from .tables.sessions import sessions

_g, _m, _s = session_groups.c, session_group_members.c, sessions.c
_LIVE = sorted(set(TRANSITIONS) - TERMINAL)


def add(tx: Connection, group: SessionGroup, members: Sequence[Member]) -> None:
    """Store a group with all its members, and announce it."""
    tx.execute(insert(session_groups).values(to_row(group, session_groups)))
    tx.execute(insert(session_group_members), [to_row(member, session_group_members) for member in members])
    announce(tx, group.id, "created", SessionGroupChange.of(group))


def get(tx: Connection, group_id: str) -> SessionGroup | None:
    """Return a group by its id."""
    return _group(tx.execute(select(session_groups).where(_g.id == group_id)).first())


def held(tx: Connection, group_id: str) -> SessionGroup | None:
    """Return a group that nobody else changes until the transaction ends."""
    return _group(tx.execute(select(session_groups).where(_g.id == group_id).with_for_update()).first())


def listed(
    tx: Connection, *, limit: int, cursor: str | None, kind: str | None = None, project_id: str | None = None,
    trigger_id: str | None = None, states: Collection[str] = (),
) -> tuple[list[SessionGroup], str | None]:  # fmt: skip
    """Return a page of groups, newest first."""
    query = select(session_groups)
    for name, value in {"kind": kind, "project_id": project_id, "trigger_id": trigger_id}.items():
        if value is not None:
            query = query.where(session_groups.c[name] == value)
    if states:
        query = query.where(_g.state.in_(sorted(states)))
    return page(tx, query, _g.id, lambda row: from_row(SessionGroup, row, session_groups), limit=limit, cursor=cursor)


def members(
    tx: Connection, group_id: str, *, after: int = -1, limit: int, state: MemberState | None = None
) -> list[Member]:
    """Return up to ``limit`` members with a position after ``after``, in order."""
    query = select(session_group_members).where(_m.group_id == group_id, _m.position > after)
    if state is not None:
        query = query.where(_m.state == state)
    rows = tx.execute(query.order_by(_m.position).limit(limit))
    return [from_row(Member, row, session_group_members) for row in rows]


def sessions_of(tx: Connection, group_id: str, positions: Collection[int]) -> list[Session]:
    """Return the sessions of members of a group, in the order in which they were made."""
    query = select(sessions).where(_s.group_id == group_id, _s.group_position.in_(sorted(positions)))
    return [session_of(row) for row in tx.execute(query.order_by(_s.id))]


def settle_member(
    tx: Connection, member: Member, state: MemberState, *, session_id: str | None = None, reason: str | None = None
) -> None:
    """Say what has become of a member whose turn has come."""
    one = (_m.group_id == member.group_id) & (_m.position == member.position)
    statement = update(session_group_members).where(one)
    tx.execute(statement.values(state=state, session_id=session_id, reason=reason))


def cancel_waiting(tx: Connection, group_id: str, reason: str) -> int:
    """Let the members whose turn has not come never have it; return how many."""
    waiting = (_m.group_id == group_id) & (_m.state == "waiting")
    return tx.execute(update(session_group_members).where(waiting).values(state="cancelled", reason=reason)).rowcount


def change(tx: Connection, group: SessionGroup, state: GroupState, **values: Any) -> SessionGroup:
    """Give a group another state, with its time where it is the last, and announce it; return it as it is then."""
    if state not in OPEN:
        values["finished_at"] = database_time(tx)
    tx.execute(update(session_groups).where(_g.id == group.id).values(state=state, **values))
    changed = replace(group, state=state, **values)
    announce(tx, group.id, "updated", SessionGroupChange.of(changed))
    return changed


def under_way(tx: Connection, group_id: str) -> int:
    """Return how many members of a group have a session that has not ended."""
    live = (_s.group_id == group_id) & _s.status.in_(_LIVE)
    return int(tx.execute(select(func.count(func.distinct(_s.group_position))).where(live)).scalar_one())


def has_waiting(tx: Connection, group_id: str) -> bool:
    """Return whether the turn of a member has not come yet."""
    waiting = exists().where(_m.group_id == group_id, _m.state == "waiting")
    return bool(tx.execute(select(waiting)).scalar())


def counts(tx: Connection, group_id: str) -> GroupCounts:
    """Return how far a group is."""
    states = select(_m.state, func.count()).where(_m.group_id == group_id).group_by(_m.state)
    ends = select(_s.status, func.count()).where(_s.group_id == group_id, _s.retried_by.is_(None)).group_by(_s.status)
    return GroupCounts(
        members={row[0]: row[1] for row in tx.execute(states)},
        under_way=under_way(tx, group_id),
        sessions={row[0]: row[1] for row in tx.execute(ends)},
    )


def due(tx: Connection, limit: int) -> list[str]:
    """Return up to ``limit`` groups of which something is to be done now, the oldest first."""
    # Open groups are few, and where there is none, this one question is all.
    rows = tx.execute(select(session_groups).where(_g.finished_at.is_(None)).order_by(_g.id)).all()
    groups = (from_row(SessionGroup, row, session_groups) for row in rows)
    return list(islice((group.id for group in groups if _is_due(tx, group)), limit))


def to_stop(tx: Connection, group: SessionGroup, limit: int) -> list[str]:
    """Return up to ``limit`` sessions of a cancelled group that are to stop and have not been asked to."""
    return list(tx.execute(_to_stop(group.id, group.running_on_cancel == "stop").limit(limit)).scalars())


def remove_ended(tx: Connection, before: float, limit: int) -> int:
    """Delete up to ``limit`` groups that were over before ``before`` (epoch seconds) and have no sessions any more."""
    some = exists().where(_s.group_id == _g.id)
    old = select(session_groups).where(_g.finished_at < before, ~some).order_by(_g.id).limit(limit)
    gone = [from_row(SessionGroup, row, session_groups) for row in tx.execute(old)]
    tx.execute(delete(session_groups).where(_g.id.in_([group.id for group in gone])))
    for group in gone:
        announce(tx, group.id, "deleted", SessionGroupChange.of(group))
    return len(gone)


def may_stop(tx: Connection, group_id: str) -> bool:
    """Return whether a cancelled group has something that is to be stopped, or is over."""
    group = get(tx, group_id)
    return group is not None and group.state == "canceling" and _is_due(tx, group)


def _is_due(tx: Connection, group: SessionGroup) -> bool:
    busy = under_way(tx, group.id)
    if group.state == "canceling":
        return busy == 0 or bool(to_stop(tx, group, 1))
    return busy < group.at_once if has_waiting(tx, group.id) else busy == 0


def _to_stop(group_id: str, also_begun: bool) -> Select[Any]:
    query = select(_s.id).where(_s.group_id == group_id, _s.status.in_(sorted(set(_LIVE) - {"canceling"})))
    # One that has begun waits in the queue too, when it goes on after a wait.
    return (query if also_begun else query.where(_s.started_at.is_(None))).order_by(_s.id)


def _group(row: Row[Any] | None) -> SessionGroup | None:
    return None if row is None else from_row(SessionGroup, row, session_groups)
