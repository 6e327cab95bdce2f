"""Queues of policies: who is next takes the places that are free, in the transaction that stores or ends a session.

Whatever is counted here is counted in order: no two transactions decide at the same time (`changes.in_order`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Integer, Select, bindparam, func, select, update

from notebook_automation.domain.policies import Policy, outdated_text, refusal_text, waiting_text
from notebook_automation.domain.policy_decisions import Standing, Waiter, decide
from notebook_automation.domain.sessions import SessionChange

from . import policy_definitions, session_log
from .changes import announce_many, in_order
from .database import database_time
from .session_rows import session_of
from .tables.places import places
from .tables.sessions import sessions

Key = tuple[str, str]
"""A policy's id and the group in which it counts."""
_AT_ONCE = 500
_SOON = 5.0
"""Seconds after which somebody who was not let in may try again, where nobody knows when a session ends."""
_p = places.c


_HERE = (_p.policy_id == bindparam("policy_id"), _p.group_key == bindparam("group_key"))
# Built once: making them costs more than running them.
_TAKEN = select(func.count()).select_from(
    select(_p.session_id).where(*_HERE, _p.status == "taken").limit(bindparam("most", type_=Integer)).subquery()
)
_TIMES = (
    select(_p.taken_at)
    .where(*_HERE, _p.taken_at > bindparam("after"))
    .order_by(_p.taken_at.desc())
    .limit(bindparam("most", type_=Integer))
)
_WAITING = (
    select(_p.session_id, _p.queue_at, _p.due_at, sessions.c.started_at)
    .join(sessions, sessions.c.id == _p.session_id)
    .where(*_HERE, _p.status == "waiting")
    .order_by(_p.queue_at, _p.session_id)
)


def settle(
    tx: Connection, keys: Iterable[Key], *, now: float | None = None, new: Collection[str] = frozenset()
) -> list[str]:
    """Decide anew who may go in the queues ``keys``, at ``now`` (the database's time).

    Returns the sessions that are queued to run by it. ``new`` are sessions that have come in this transaction.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return []
    in_order(tx)
    return _Settling(tx, database_time(tx) if now is None else now, frozenset(new)).settle(wanted)


def due(tx: Connection, now: float, limit: int) -> list[Key]:
    """Return up to ``limit`` queues whose first may go by ``now`` (epoch seconds), the earliest first."""
    query = select(_p.policy_id, _p.group_key).where(_p.due_at <= now).order_by(_p.due_at).limit(limit)
    return [(row[0], row[1]) for row in tx.execute(query)]


def next_due(tx: Connection) -> float | None:
    """Return when the first of any queue may go, in epoch seconds; None where none waits for a time."""
    found: float | None = tx.execute(select(func.min(_p.due_at)).where(_p.due_at.is_not(None))).scalar()
    return found


def next_free(tx: Connection, keys: Collection[Key], now: float) -> dict[Key, float]:
    """Return by queue when somebody might be let in: where that is known, because of a period; else soon."""
    policies = policy_definitions.now(tx, {key[0] for key in keys})
    found: dict[Key, float] = {}
    for key in keys:
        policy = policies[key[0]]
        found[key] = now + _SOON
        if policy is not None and policy.period is not None:
            query = select(_p.taken_at).where(*_in(key), _p.taken_at > now - policy.period)
            times = tx.execute(query.order_by(_p.taken_at.desc()).limit(policy.threshold)).scalars().all()
            found[key] = now if len(times) < policy.threshold else times[-1] + policy.period
    return found


def portions(ids: Iterable[str]) -> Iterator[list[str]]:
    """Return ``ids`` in lists that a database takes."""
    ordered = sorted(ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


class _Settling:
    """One transaction's decisions."""

    def __init__(self, tx: Connection, now: float, new: frozenset[str]) -> None:
        self._tx = tx
        self._now = now
        self._new = new
        self._policies: dict[str, Policy | None] = {}
        self._work: list[Key] = []
        self._queued: list[str] = []
        self._due_of_first: float | None = None

    def settle(self, keys: Sequence[Key]) -> list[str]:
        self._work = list(reversed(keys))
        while self._work:
            self._settle(self._work.pop())
        return self._queued

    def _settle(self, key: Key) -> None:
        policy = self._policy(key)
        standing = self._standing(key, policy)
        if not standing.waiting:
            return
        decision = decide(policy, standing, self._now)
        if decision.refuse and policy is not None:
            self._refuse(key, policy, decision.refuse)
        if decision.admit:
            self._admit(key, decision.admit)
        if decision.stop and policy is not None:
            self._stop(key, policy, decision.stop)
        moved = bool(decision.admit or decision.refuse)
        # Also where a policy that had a period has none any more.
        timed = policy is not None and (policy.period is not None or self._due_of_first is not None)
        if timed and (moved or self._due_of_first != decision.look_at):
            self._look_at(key, decision.look_at)

    def _policy(self, key: Key) -> Policy | None:
        if key[0] not in self._policies:
            self._policies.update(policy_definitions.now(self._tx, [key[0]]))
        return self._policies[key[0]]

    # what is -----------------------------------------------------------------------------------------------------

    def _standing(self, key: Key, policy: Policy | None) -> Standing:
        if policy is None:
            return Standing(waiting=self._waiting(key, None))
        newest_count = policy.method == "cancel" and policy.cancels == "running"
        times: list[float] = []
        taken = 0
        if policy.period is None:
            taken = int(self._tx.execute(_TAKEN, {**_of(key), "most": policy.threshold}).scalar_one())
        else:
            given = {**_of(key), "after": self._now - policy.period, "most": policy.threshold}
            times = list(self._tx.execute(_TIMES, given).scalars())
        free = policy.threshold - (taken + len(times))
        return Standing(
            taken=taken,
            times=times,
            waiting=self._waiting(key, None if newest_count else max(0, free) + 1, new=policy.method == "cancel"),
            holders=self._holders(key) if newest_count else (),
        )

    def _waiting(self, key: Key, limit: int | None, *, new: bool = False) -> list[Waiter]:
        """Return who waits, in order: the first ``limit``, and with ``new`` all who have just come."""
        rows = list(self._tx.execute(_WAITING if limit is None else _WAITING.limit(limit), _of(key)))
        self._due_of_first = rows[0].due_at if rows else None
        if new and limit is not None and len(rows) == limit and self._new:
            known = {row.session_id for row in rows}
            for some in portions(self._new - known):
                rows += self._tx.execute(_WAITING.where(_p.session_id.in_(some)), _of(key))
            rows.sort(key=lambda row: (row.queue_at, row.session_id))
        return [Waiter(row.session_id, row.session_id in self._new, row.started_at is not None) for row in rows]

    def _holders(self, key: Key) -> list[str]:
        query = select(_p.session_id).join(sessions, sessions.c.id == _p.session_id)
        found = self._tx.execute(query.where(*_in(key, "taken"), sessions.c.status != "canceling"))
        return list(found.scalars())

    # what becomes of it ------------------------------------------------------------------------------------------

    def _admit(self, key: Key, ids: Sequence[str]) -> None:
        for some in portions(ids):
            mine = (_p.policy_id == key[0]) & _p.session_id.in_(some)
            self._tx.execute(update(places).where(mine).values(status="taken", taken_at=self._now, due_at=None))
            go_on = self._next_places(some)
            self._run([one for one in some if one not in go_on])

    def _next_places(self, ids: Sequence[str]) -> set[str]:
        """Let sessions that another policy limits too queue there; return them."""
        query = select(places).where(_p.session_id.in_(ids), _p.status == "ahead").order_by(_p.session_id, _p.step)
        moved: set[str] = set()
        for row in self._tx.execute(query).all():
            if row.session_id in moved:
                continue
            moved.add(row.session_id)
            one = (_p.session_id == row.session_id) & (_p.policy_id == row.policy_id)
            self._tx.execute(update(places).where(one).values(status="waiting"))
            key = (row.policy_id, row.group_key)
            policy = self._policy(key)
            reason = None if policy is None else waiting_text(policy, row.policy_ref, row.group)
            self._tx.execute(update(sessions).where(sessions.c.id == row.session_id).values(reason=reason))
            if key not in self._work:
                self._work.append(key)
        return moved

    def _run(self, ids: Sequence[str]) -> None:
        held = sessions.c.id.in_(ids) & (sessions.c.status == "scheduling")
        statement = update(sessions).where(held).values(status="requested", reason=None, wake_at=None)
        self._queued += self._announce(statement.returning(sessions))

    def _refuse(self, key: Key, policy: Policy, ids: Sequence[str]) -> None:
        newest_count = policy.cancels == "running"
        text = (outdated_text if newest_count else refusal_text)(policy, *self._named(key, ids[0]))
        self._cancel(ids, text, key, "refused")

    def _stop(self, key: Key, policy: Policy, ids: Sequence[str]) -> None:
        text = outdated_text(policy, *self._named(key, ids[0]))
        for some in portions(ids):
            begun = sessions.c.id.in_(some) & sessions.c.status.in_(("scheduled", "running"))
            stopping = update(sessions).where(begun).values(status="canceling", reason=text).returning(sessions)
            for session_id in self._announce(stopping):
                session_log.write(self._tx, session_id, "stop_request", text)
        self._cancel(ids, text, key, "left", status="requested")

    def _cancel(
        self, ids: Sequence[str], text: str, key: Key, becomes: Literal["refused", "left"], *,
        status: str = "scheduling",
    ) -> None:  # fmt: skip
        """End sessions that are in ``status`` and that no process has."""
        for some in portions(ids):
            queued = sessions.c.id.in_(some) & (sessions.c.status == status)
            values = {"status": "cancelled", "reason": text, "finished_at": self._now, "wake_at": None}
            ended = self._announce(update(sessions).where(queued).values(values).returning(sessions))
            for session_id in ended:
                session_log.write_many(
                    self._tx, session_id,
                    [(self._now, "stop_request", text, None), (self._now, "completion", "cancelled", {"reason": text})],
                )  # fmt: skip
            theirs = _p.session_id.in_(ended)
            free = select(_p.policy_id, _p.group_key).where(theirs, _p.status == "taken").distinct()
            self._work += [(row[0], row[1]) for row in self._tx.execute(free).all()]
            self._tx.execute(update(places).where(theirs).values(status="left", due_at=None))
            self._tx.execute(update(places).where(theirs, _p.policy_id == key[0]).values(status=becomes))

    def _look_at(self, key: Key, at: float | None) -> None:
        """Let the first of the queue be looked at again then; and nobody else."""
        self._tx.execute(update(places).where(*_in(key, "waiting"), _p.due_at.is_not(None)).values(due_at=None))
        if at is None:
            return
        first = select(_p.session_id).where(*_in(key, "waiting")).order_by(_p.queue_at, _p.session_id).limit(1)
        session_id = self._tx.execute(first).scalar()
        this = (_p.session_id == session_id) & (_p.policy_id == key[0])
        self._tx.execute(update(places).where(this).values(due_at=at))

    def _named(self, key: Key, session_id: str) -> tuple[str, Any]:
        query: Select[Any] = select(_p.policy_ref, _p.group)
        row = self._tx.execute(query.where(_p.session_id == session_id, _p.policy_id == key[0])).one()
        return row.policy_ref, row.group

    def _announce(self, changing: Any) -> list[str]:
        changed = sorted((session_of(row) for row in self._tx.execute(changing)), key=lambda one: one.id)
        announce_many(self._tx, [(one.id, "updated", SessionChange.of(one)) for one in changed])
        return [one.id for one in changed]


def _of(key: Key) -> dict[str, Any]:
    return {"policy_id": key[0], "group_key": key[1]}


def _in(key: Key, status: str | None = None) -> list[Any]:
    conditions = [_p.policy_id == key[0], _p.group_key == key[1]]
    return conditions if status is None else [*conditions, _p.status == status]
