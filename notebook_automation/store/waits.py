"""What sessions wait for: asked once for each place in the notebook, found by its key, ended once.

Whoever ends a wait, opens one or parks a session holds the session's row first (`hold`): else, on PostgreSQL, a session
could fall asleep in the moment in which what it waits for comes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, func, insert, select, tuple_, update

from notebook_automation.domain.sessions import SessionChange
from notebook_automation.domain.waits import WAIT_ID, Wait, WaitStatus, status_at_its_time

from .changes import announce_many
from .columns import Json
from .rows import from_row, to_row
from .session_rows import session_of
from .tables.sessions import sessions
from .tables.waits import messages, subscriptions, wait_keys, waits

_AT_ONCE = 500
"""Ids of one statement: SQLite takes no list of any length."""


def hold(tx: Connection, session_ids: Collection[str]) -> set[str]:
    """Let no other transaction touch these sessions' rows until this one ends; return those that are there.

    Call it before anything is announced: all take rows first and the order of changes after.
    """
    found: set[str] = set()
    for some in _portions(session_ids):
        query = select(sessions.c.id).where(sessions.c.id.in_(some)).order_by(sessions.c.id)
        # Not for key share: rows that name the session may be added meanwhile. SQLite has one writer anyway.
        found.update(tx.execute(query.with_for_update(key_share=True)).scalars())
    return found


def add(tx: Connection, wait: Wait, keys: Sequence[str]) -> None:
    """Insert ``wait``; an open one is found by ``keys`` until it ends."""
    tx.execute(insert(waits).values(to_row(wait, waits)))
    if keys and wait.status == "open":
        tx.execute(insert(wait_keys), [{"wait_id": wait.id, "key": key} for key in dict.fromkeys(keys)])


def get(tx: Connection, session_id: str, wait_id: str) -> Wait | None:
    """Return a wait of a session by id."""
    row = tx.execute(select(waits).where(waits.c.id == wait_id, waits.c.session_id == session_id)).first()
    return None if row is None else _wait(row)


def count_waiting(tx: Connection, session_ids: Collection[str]) -> int:
    """Return how many of these sessions wait for something now."""
    c = waits.c
    query = select(func.count(c.session_id.distinct())).where(c.status == "open")
    return sum(tx.execute(query.where(c.session_id.in_(some))).scalar_one() for some in _portions(session_ids))


def at(tx: Connection, session_id: str, position: tuple[int, int, int]) -> Wait | None:
    """Return what was asked at a place of a session's notebook."""
    c = waits.c
    query = select(waits).where(c.session_id == session_id, c.cell_index == position[0], c.piece == position[1])
    row = tx.execute(query.where(c.nth == position[2])).first()
    return None if row is None else _wait(row)


def of_session(tx: Connection, session_id: str) -> list[Wait]:
    """Return all that a session has asked, in the order in which it did."""
    return [
        _wait(row) for row in tx.execute(select(waits).where(waits.c.session_id == session_id).order_by(waits.c.id))
    ]


def open_of(tx: Connection, session_id: str) -> Wait | None:
    """Return the wait that a session blocks on, the newest open one; None where nothing holds it up.

    To park by it, let `parking.park` come first in the transaction and roll it back if this is None by then.
    """
    return open_of_many(tx, [session_id]).get(session_id)


def open_of_many(tx: Connection, session_ids: Collection[str]) -> dict[str, Wait]:
    """Return the wait that each of these sessions blocks on, by session."""
    found: dict[str, Wait] = {}
    for some in _portions(session_ids):
        query = select(waits).where(waits.c.session_id.in_(some), waits.c.status == "open").order_by(waits.c.id)
        found.update({row.session_id: _wait(row) for row in tx.execute(query)})
    return found


def open_by_keys(tx: Connection, keys: Collection[str], session_ids: Collection[str] | None = None) -> list[Wait]:
    """Return the open waits, newest first, that one of ``keys`` answers; only those of ``session_ids`` if given."""
    query = select(waits).join(wait_keys).where(waits.c.status == "open").distinct()
    found: list[Wait] = []
    for some in _portions(keys):
        narrowed = query.where(wait_keys.c.key.in_(some))
        if session_ids is None:
            found += map(_wait, tx.execute(narrowed))
            continue
        # Thousands may wait for the same: those that are meant are found by their own index.
        for own in _portions(session_ids):
            found += map(_wait, tx.execute(narrowed.where(waits.c.session_id.in_(own))))
    return sorted(found, key=lambda wait: wait.id, reverse=True)


def keys_of_many(tx: Connection, wait_ids: Collection[str]) -> dict[str, list[str]]:
    """Return by what each of these open waits is found."""
    keys: dict[str, list[str]] = {}
    for some in _portions(wait_ids):
        for row in tx.execute(select(wait_keys).where(wait_keys.c.wait_id.in_(some))):
            keys.setdefault(row.wait_id, []).append(row.key)
    return keys


def answer(tx: Connection, answers: Mapping[str, dict[str, Any]], now: float) -> None:
    """End these waits, open ones of sessions that are held, with an answer each."""
    if not answers:
        return
    statement = update(waits).where(waits.c.id == bindparam("of"))
    values = {"status": "answered", "answer": bindparam("given", type_=Json), "ended_at": now}
    tx.execute(statement.values(values), [{"of": wait_id, "given": given} for wait_id, given in answers.items()])
    _forget_keys(tx, answers)


def expire(tx: Connection, session_ids: Collection[str], now: float) -> list[Wait]:
    """End the open waits of these sessions whose time has come at ``now`` (epoch seconds); return them."""
    as_it_ends = case((waits.c.kind == "sleep", status_at_its_time("sleep")), else_=status_at_its_time("signal"))
    ended: list[Wait] = []
    for some in _portions(session_ids):
        statement = update(waits).where(waits.c.session_id.in_(some), waits.c.status == "open", waits.c.wake_at <= now)
        ended += map(_wait, tx.execute(statement.values(status=as_it_ends, ended_at=now).returning(waits)))
    _forget_keys(tx, [wait.id for wait in ended])
    return ended


def cancel(tx: Connection, wait_ids: Collection[str], now: float) -> None:
    """End these waits, open ones of sessions that are held, without an answer: none can come any more."""
    for some in _portions(wait_ids):
        tx.execute(update(waits).where(waits.c.id.in_(some)).values(status="cancelled", ended_at=now))
    _forget_keys(tx, wait_ids)


def forget_keys(tx: Connection, keys: Collection[str]) -> None:
    """Nothing comes by these keys any more: waits that have others stay open."""
    for some in _portions(keys):
        tx.execute(delete(wait_keys).where(wait_keys.c.key.in_(some)))


def end_open(tx: Connection, session_id: str, status: WaitStatus = "cancelled", *, now: float) -> None:
    """A session has ended: so have its waits, with ``status``, and what it listened to and was sent is deleted.

    What a durable one listened to has only ended: another may go on from where it did.
    """
    statement = update(waits).where(waits.c.session_id == session_id, waits.c.status == "open")
    ended = tx.execute(statement.values(status=status, ended_at=now).returning(waits)).all()
    _forget_keys(tx, [row.id for row in ended])
    # Most sessions have none: a look costs less than a deletion.
    if tx.execute(select(exists().where(subscriptions.c.session_id == session_id))).scalar():
        _end_subscriptions(tx, session_id, now)
    if tx.execute(select(exists().where(messages.c.session_id == session_id))).scalar():
        tx.execute(delete(messages).where(messages.c.session_id == session_id))


def _end_subscriptions(tx: Connection, session_id: str, now: float) -> None:
    own = subscriptions.c.session_id == session_id
    if tx.execute(select(sessions.c.is_durable).where(sessions.c.id == session_id)).scalar():
        tx.execute(update(subscriptions).where(own, subscriptions.c.ended_at.is_(None)).values(ended_at=now))
    else:
        tx.execute(delete(subscriptions).where(own))


def copy_answered(
    tx: Connection, session_id: str, to: str, after: tuple[int, int], renamed: Mapping[str, str] | None = None
) -> None:
    """Give the session ``to``, which has none yet, the waits that were answered after the piece ``after`` of another.

    The cell that was cut off runs again there, and is to find its answers. ``renamed`` are the subscriptions that it
    has in place of the other's: what came by any other one is left out, as its cell subscribes anew.
    """
    c = waits.c
    place = tuple_(c.cell_index, c.piece) > tuple_(*after)
    ended = select(waits).where(c.session_id == session_id, c.status == "answered", place)
    rows = []
    for row in tx.execute(ended.order_by(c.id)):
        question = dict(row.question)
        if row.kind == "next_event":
            question["subscriptions"] = [(renamed or {}).get(one, "") for one in question["subscriptions"]]
            if not all(question["subscriptions"]):
                continue
        rows.append({**row._mapping, "id": WAIT_ID.new(), "session_id": to, "question": question})
    if rows:
        tx.execute(insert(waits), rows)


def announce(tx: Connection, session_ids: Collection[str]) -> None:
    """Tell that what these sessions wait for has changed."""
    rows = [
        row
        for some in _portions(session_ids)
        for row in tx.execute(select(sessions).where(sessions.c.id.in_(some)).order_by(sessions.c.id))
    ]
    announce_many(tx, [(row.id, "updated", SessionChange.of(session_of(row))) for row in rows])


def _forget_keys(tx: Connection, wait_ids: Collection[str]) -> None:
    for some in _portions(wait_ids):
        tx.execute(delete(wait_keys).where(wait_keys.c.wait_id.in_(some)))


def _portions(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]


def _wait(row: Any) -> Wait:
    return from_row(Wait, row, waits)
