"""Trees of sessions: which one started which, those that have not ended, and those that are to be cancelled.

Who starts a session holds the one that starts it (`waits.hold`), and who cancels a tree holds all of it: so a session
that is started meanwhile is cancelled, too, or refused.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select, update

from notebook_automation.domain.session_trees import below, reason_of_parent_end
from notebook_automation.domain.sessions import TERMINAL, Session

from .policy_queues import portions
from .tables.sessions import sessions
from .waits import hold

_c = sessions.c
_STOPPED = sorted({*TERMINAL, "canceling"})


def level_of(tx: Connection, session: Session, most: int) -> int:
    """Return on which level of its tree a session is, from 1; no more than ``most`` + 1."""
    level, above = 1, session.parent_id
    while above is not None and level <= most:
        level += 1
        above = tx.execute(select(_c.parent_id).where(_c.id == above)).scalar()
    return level


def count_unended(tx: Connection, root_id: str) -> int:
    """Return how many sessions below the topmost one of a tree have not ended."""
    query = select(func.count()).select_from(sessions).where(_c.root_id == root_id, _c.finished_at.is_(None))
    return int(tx.execute(query).scalar_one())


def unended_below(tx: Connection, session: Session) -> set[str]:
    """Return the sessions that ``session`` has started, and what these have, that have not ended."""
    query = select(_c.id, _c.parent_id).where(_c.root_id == (session.root_id or session.id), _c.finished_at.is_(None))
    parents: dict[str, str | None] = {row.id: row.parent_id for row in tx.execute(query)}
    unended = set(parents)
    if session.root_id is None:
        return unended
    # Those between may have ended.
    while missing := {one for one in parents.values() if one is not None and one not in parents}:
        parents.update(dict.fromkeys(missing))
        for some in portions(missing):
            rows = tx.execute(select(_c.id, _c.parent_id).where(_c.id.in_(some)))
            parents.update({row.id: row.parent_id for row in rows})
    return below(session.id, parents, unended)


def hold_tree(tx: Connection, session: Session) -> set[str]:
    """Hold ``session`` and all below it that has not ended, also what is being started now; return their ids."""
    held: set[str] = set()
    while missing := {session.id, *unended_below(tx, session)} - held:
        held |= missing
        # Somebody may have started another before this one was held: look again.
        hold(tx, missing)
    return held


def mark(tx: Connection, session_ids: Collection[str], reason: str) -> None:
    """From now on these sessions, which are held, start no others, and are `to_cancel` for this reason."""
    for some in portions(session_ids):
        unended = _c.id.in_(some) & _c.finished_at.is_(None) & _c.stop_reason.is_(None)
        tx.execute(update(sessions).where(unended).values(stop_reason=reason))


def to_cancel(tx: Connection, limit: int) -> dict[str, str]:
    """Return up to ``limit`` sessions that are to be cancelled, the oldest first, and why."""
    waiting = _c.finished_at.is_(None) & _c.status.not_in(_STOPPED)
    marked = select(_c.id, _c.stop_reason).where(_c.stop_reason.is_not(None), waiting).order_by(_c.id).limit(limit)
    found = {row.id: row.stop_reason for row in tx.execute(marked)}
    left = limit - len(found)
    if left <= 0:
        return found
    parents = sessions.alias("parents")
    orphans = (
        select(_c.id, parents.c.id.label("parent"), parents.c.status.label("ended"))
        .join(parents, parents.c.id == _c.parent_id)
        .where(_c.on_parent_end == "cancel", waiting, parents.c.status.in_(sorted(TERMINAL)))
    )
    for row in tx.execute(orphans.order_by(_c.id).limit(left)):
        found.setdefault(row.id, reason_of_parent_end(row.parent, row.ended))
    return found
