"""Places of sessions under policies: taken when a session is stored, left when it ends or waits without a process."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from notebook_automation.domain.policies import Place, PlaceStatus, group_key, waiting_text
from notebook_automation.domain.sessions import TERMINAL, Session, SessionChange, Status

from . import policy_definitions
from .changes import announce_many
from .policy_definitions import Limit
from .policy_queues import Key, portions, settle
from .rows import from_row, to_row
from .session_rows import session_of
from .tables.places import places
from .tables.sessions import sessions

_p = places.c
_LIVE: tuple[PlaceStatus, ...] = ("ahead", "waiting", "taken")


def held(session: Session, limits: Sequence[Limit]) -> Session:
    """Return ``session`` as it is stored before `enter` lets it in: it waits under the first of its policies."""
    first = limits[0]
    reason = waiting_text(first.policy, first.ref, first.policy.group_of(session.parameters))
    return replace(session, status="scheduling", reason=session.reason if session.wake_at is not None else reason)


def enter(tx: Connection, entering: Sequence[tuple[Session, Sequence[Limit]]]) -> list[str]:
    """Give sessions that were just stored as `held` their places, and let in whose turn it is; return those.

    One that is to run at a time of its own (``wake_at``) gets no place before that.
    """
    rows = [place for session, limits in entering for place in _places(session, limits, _begins(session))]
    _add(tx, rows)
    waiting = {place.key for place in rows if place.status == "waiting"}
    return settle(tx, waiting, new={session.id for session, _ in entering})


def prepare(tx: Connection, sessions_due: Sequence[Session]) -> None:
    """Give sessions whose parameters were made only now the places that they have ahead; `reenter` queues them."""
    limits = policy_definitions.of_sessions(tx, sessions_due)
    if limits:
        tx.execute(delete(places).where(_p.session_id.in_(sorted(limits)), _p.status.in_(_LIVE)))
        limited = (one for one in sessions_due if one.id in limits)
        _add(tx, [place for one in limited for place in _places(one, limits[one.id], "ahead")])


def leave(tx: Connection, session_id: str) -> None:
    """A session has ended: what it had is free for the next."""
    live = (_p.session_id == session_id) & _p.status.in_(_LIVE)
    found = tx.execute(select(_p.policy_id, _p.group_key, _p.status).where(live)).all()
    if not found:
        return
    tx.execute(update(places).where(live).values(status="left", due_at=None))
    settle(tx, [(row.policy_id, row.group_key) for row in found if row.status != "ahead"])


def step_out(tx: Connection, session_id: str) -> None:
    """A session waits without a process: it counts no more among those that run at once, and queues again later."""
    taken = (_p.session_id == session_id) & (_p.status == "taken")
    found = [(row.policy_id, row.group_key) for row in tx.execute(select(places).where(taken)).all()]
    policies = policy_definitions.now(tx, {key[0] for key in found}) if found else {}
    freed = [key for key in found if (policy := policies[key[0]]) is None or policy.period is None]
    if freed:
        some = taken & _p.policy_id.in_([key[0] for key in freed])
        tx.execute(update(places).where(some).values(status="ahead"))
        settle(tx, freed)


def reenter(tx: Connection, woken: Sequence[Session]) -> dict[str, Session]:
    """Let sessions that were just queued to go on wait for their turns; return those that policies limit, as they are.

    They keep the order in which they came at first.
    """
    found: dict[str, list[Key]] = {}
    for some in portions(session.id for session in woken):
        ahead = select(places).where(_p.session_id.in_(some), _p.status == "ahead")
        for row in tx.execute(ahead.order_by(_p.session_id, _p.step)):
            found.setdefault(row.session_id, []).append((row.policy_id, row.group_key))
    if not found:
        return {}
    keys: set[Key] = set()
    for session_id, theirs in found.items():
        keys.add(theirs[0])
        first = (_p.session_id == session_id) & (_p.policy_id == theirs[0][0])
        tx.execute(update(places).where(first).values(status="waiting"))
    for some in portions(found):
        queued = sessions.c.id.in_(some) & (sessions.c.status == "requested")
        tx.execute(update(sessions).where(queued).values(status="scheduling"))
    settle(tx, keys)
    rows = [row for some in portions(found) for row in tx.execute(select(sessions).where(sessions.c.id.in_(some)))]
    return {row.id: session_of(row) for row in rows}


def of_sessions(tx: Connection, session_ids: Collection[str]) -> dict[str, list[Place]]:
    """Return the places of sessions that have some, by session; with their positions where they wait."""
    found: dict[str, list[Place]] = {}
    for some in portions(session_ids):
        for row in tx.execute(select(places).where(_p.session_id.in_(some)).order_by(_p.session_id, _p.step)):
            place = from_row(Place, row, places, position=_position(tx, row) if row.status == "waiting" else None)
            found.setdefault(place.session_id, []).append(place)
    return found


def queue_of(tx: Connection, policy_id: str) -> tuple[int, int]:
    """Return how many sessions a policy counts as running, and how many wait for it."""
    counted = select(_p.status, func.count()).where(_p.policy_id == policy_id, _p.status.in_(("taken", "waiting")))
    numbers: dict[str, int] = {row[0]: row[1] for row in tx.execute(counted.group_by(_p.status))}
    return numbers.get("taken", 0), numbers.get("waiting", 0)


def queued(tx: Connection, policy_id: str, limit: int) -> list[tuple[Place, Session]]:
    """Return the first ``limit`` of those that wait for a policy, each with its position in the queue of its group."""
    # Positions are counted before the limit: those of a group are not the first of all.
    position = func.row_number().over(partition_by=_p.group_key, order_by=(_p.queue_at, _p.session_id))
    waiting = select(_p.session_id, position.label("position")).where(_p.policy_id == policy_id, _p.status == "waiting")
    numbered = waiting.subquery()
    query = (
        select(places, numbered.c.position)
        .join(numbered, numbered.c.session_id == _p.session_id)
        .where(_p.policy_id == policy_id)
        .order_by(_p.queue_at, _p.session_id)
        .limit(limit)
    )
    found = [from_row(Place, row, places, position=row.position) for row in tx.execute(query)]
    wanted = select(sessions).where(sessions.c.id.in_([place.session_id for place in found]))
    theirs = {row.id: session_of(row) for row in tx.execute(wanted)}
    return [(place, theirs[place.session_id]) for place in found]


def definitions_changed(tx: Connection, before: Mapping[str, object], trigger_ids: Collection[str]) -> None:
    """Let the queues of these triggers, whose policies were ``before`` another, be what their policies say now.

    Sessions that have not begun queue up where there was no policy before, or it counted otherwise.
    """
    after = policy_definitions.now(tx, trigger_ids)
    keys: set[Key] = set()
    for trigger_id in trigger_ids:
        old, new = before.get(trigger_id), after[trigger_id]
        if old == new:
            continue
        if new is not None and (old is None or getattr(old, "parameters", None) != new.parameters):
            keys |= _count_anew(tx, sessions.c.trigger_id == trigger_id)
        else:
            live = select(_p.policy_id, _p.group_key).where(_p.policy_id == trigger_id, _p.status == "waiting")
            keys |= {(row[0], row[1]) for row in tx.execute(live.distinct())}
    settle(tx, keys)


def count_project_anew(tx: Connection, project_id: str) -> None:
    """Let the queues of a project, whose policies have changed, be what they say now."""
    settle(tx, _count_anew(tx, sessions.c.project_id == project_id))


def _count_anew(tx: Connection, which: ColumnElement[bool]) -> set[Key]:
    """Give all sessions that have not ended, of ``which``, the places that they should have; return their queues."""
    open_statuses = sessions.c.status.in_(sorted({"requested", "scheduling", "scheduled", "running", "canceling"}))
    parked = sessions.c.status == "waiting"
    query = select(sessions).where(which, or_(open_statuses, parked))
    found = [session_of(row) for row in tx.execute(query.order_by(sessions.c.id))]
    limits = policy_definitions.of_sessions(tx, found)
    rows: list[Place] = []
    for some in portions(session.id for session in found):
        tx.execute(delete(places).where(_p.session_id.in_(some), _p.status.in_(_LIVE)))
    for some in portions(limits):
        never_begun = and_(sessions.c.id.in_(some), sessions.c.status == "requested")
        tx.execute(update(sessions).where(never_begun).values(status="scheduling"))
    _let_go(tx, [one.id for one in found if one.id not in limits and one.status == "scheduling" and not one.wake_at])
    for session in found:
        if session.id in limits:
            rows += _places(session, limits[session.id], _begins(session))
    _add(tx, rows)
    return {place.key for place in rows if place.status == "waiting"}


def _let_go(tx: Connection, ids: Sequence[str]) -> None:
    """Queue sessions that no policy limits any more."""
    for some in portions(ids):
        statement = update(sessions).where(sessions.c.id.in_(some)).values(status="requested", reason=None)
        changed = [session_of(row) for row in tx.execute(statement.returning(sessions))]
        announce_many(tx, [(one.id, "updated", SessionChange.of(one)) for one in changed])


def _begins(session: Session) -> PlaceStatus:
    """Return the status of a session's first place, by that of the session."""
    begins: Mapping[Status, PlaceStatus] = {
        "requested": "waiting", "scheduled": "taken", "running": "taken", "canceling": "taken", "waiting": "ahead"
    }  # fmt: skip
    if session.status in TERMINAL:
        return "left"
    return begins.get(session.status, "ahead" if session.wake_at is not None else "waiting")


def _places(session: Session, limits: Sequence[Limit], first: PlaceStatus) -> list[Place]:
    came = session.queue_at if session.queue_at is not None else session.created_at
    return [
        Place(
            session_id=session.id,
            policy_id=limit.policy_id,
            policy_ref=limit.ref,
            step=step,
            group=limit.policy.group_of(session.parameters),
            status="ahead" if step and first == "waiting" else first,
            queue_at=came,
            taken_at=session.acquired_at or session.started_at if first == "taken" else None,
        )
        for step, limit in enumerate(limits)
    ]


def _add(tx: Connection, added: Sequence[Place]) -> None:
    if added:
        tx.execute(insert(places), [{**to_row(place, places), "group_key": group_key(place.group)} for place in added])


def _position(tx: Connection, this: Row[Any]) -> int:
    """Return how many are before one that waits, and itself."""
    before = and_(
        _p.policy_id == this.policy_id,
        _p.group_key == this.group_key,
        _p.status == "waiting",
        or_(
            _p.queue_at < this.queue_at,
            and_(_p.queue_at == this.queue_at, _p.session_id < this.session_id),
        ),
    )
    return int(tx.execute(select(func.count()).where(before)).scalar_one()) + 1
