"""Messages for sessions: kept in the order in which they come, each taken by one wait, by which its session wakes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, insert, select, update

from notebook_automation.domain.waits import Message, Wait

from . import parking, requesters, waits
from .rows import from_row, to_row
from .tables.waits import messages

Accepts = Callable[[Wait, Message], bool]
"""Whether a wait takes a message that has one of its keys: a filter of its own may say no."""


def deliver(tx: Connection, new: Sequence[Message], accepts: Accepts) -> list[str]:
    """Keep ``new`` messages, end the waits that they answer, and wake their sessions; return those that were woken.

    Who is behind the first of them is the requester of a session that has none.

    The sessions must be held (`waits.hold`). Call `Dispatcher.queued` with what is returned after the commit.
    """
    if not new:
        return []
    kept = _inserted(tx, new)
    requesters.set_off(tx, {one.session_id: one.requester for one in reversed(new) if one.requester is not None})
    answered: dict[str, Message] = {}
    used: set[int] = set()
    for wait, candidates in _answerable(tx, kept):
        taken = next((one for one in candidates if one.seq not in used and accepts(wait, one)), None)
        if taken is not None:
            answered[wait.id] = taken
            used.add(taken.seq)
    waits.answer(tx, {wait_id: message.answer for wait_id, message in answered.items()}, time.time())
    _mark(tx, {message.seq: wait_id for wait_id, message in answered.items()})
    told = {message.session_id for message in answered.values()}
    woken = [session.id for session in parking.wake(tx, sorted(told))]
    waits.announce(tx, told - set(woken))
    return woken


def take(tx: Connection, wait: Wait, keys: Sequence[str], accepts: Accepts) -> Wait:
    """Return ``wait``, which is new, answered by the first message with one of ``keys`` that it takes, if there is one.

    The wait must be added after this.
    """
    c = messages.c
    query = select(messages).where(c.session_id == wait.session_id, c.key.in_(keys), c.wait_id.is_(None))
    found = (from_row(Message, row, messages) for row in tx.execute(query.order_by(c.seq)).all())
    taken = next((message for message in found if accepts(wait, message)), None) if keys else None
    if taken is None:
        return wait
    _mark(tx, {taken.seq: wait.id})
    return replace(wait, status="answered", answer=taken.answer, ended_at=wait.created_at)


def _inserted(tx: Connection, new: Sequence[Message]) -> list[Message]:
    rows = [{name: value for name, value in to_row(message, messages).items() if name != "seq"} for message in new]
    statement = insert(messages).returning(messages.c.seq, sort_by_parameter_order=True)
    return [replace(message, seq=row[0]) for message, row in zip(new, tx.execute(statement, rows), strict=True)]


def _answerable(tx: Connection, kept: Sequence[Message]) -> Iterator[tuple[Wait, list[Message]]]:
    """Yield the open waits that some of these messages are for, newest first, each with them."""
    by_place: dict[tuple[str, str], list[Message]] = {}
    for message in kept:
        by_place.setdefault((message.session_id, message.key), []).append(message)
    found = waits.open_by_keys(tx, {key for _, key in by_place}, {session_id for session_id, _ in by_place})
    if not found:
        return
    keys = waits.keys_of_many(tx, [wait.id for wait in found])
    for wait in found:
        candidates = [one for key in keys[wait.id] for one in by_place.get((wait.session_id, key), [])]
        yield wait, sorted(candidates, key=lambda message: message.seq)


def _mark(tx: Connection, takers: Mapping[int, str]) -> None:
    if takers:
        statement = update(messages).where(messages.c.seq == bindparam("of")).values(wait_id=bindparam("taker"))
        tx.execute(statement, [{"of": seq, "taker": wait_id} for seq, wait_id in takers.items()])
