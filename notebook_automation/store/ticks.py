"""What has become of a schedule's ticks: the events by which they came, those that repeat them, and their sessions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from notebook_automation.domain.backfills import RuleRun, TickRecord
from notebook_automation.domain.session_groups import OPEN
from notebook_automation.domain.sessions import Status

from .tables.events import enforcements, events
from .tables.session_groups import session_group_members, session_groups
from .tables.sessions import sessions

_AT_ONCE = 500
_Session = tuple[str, Status]


def records(tx: Connection, trigger_id: str, keys: Collection[str]) -> dict[str, TickRecord]:
    """Return by its key what is known of each tick of a trigger that has come."""
    first: dict[str, str] = {}
    for some in _portions(keys):
        query = select(events.c.dedupe_key, events.c.id).where(events.c.trigger_id == trigger_id)
        first |= {row[0]: row[1] for row in tx.execute(query.where(events.c.dedupe_key.in_(some)))}
    root = _with_repeats(tx, first.values())
    decided = _decided(tx, root)
    ends = _last_sessions(tx, decided.values())
    runs: dict[str, dict[str, RuleRun]] = {}
    for (event_id, rule_ref), session_id in sorted(decided.items(), key=lambda one: one[1]):
        last = ends.get(session_id)
        run = RuleRun(rule_ref=rule_ref, session_id=last[0] if last else session_id, status=last[1] if last else None)
        # Later sessions take the place of earlier ones.
        runs.setdefault(root[event_id], {})[rule_ref] = run
    return {key: TickRecord(event_id=one, runs=tuple(runs.get(one, {}).values())) for key, one in first.items()}


def asked_for(tx: Connection, trigger_id: str) -> set[str]:
    """Return the keys of the ticks that open backfills of a trigger have before them."""
    g, m = session_groups.c, session_group_members.c
    query = select(m.name).join(session_groups, g.id == m.group_id)
    wanted = query.where(g.trigger_id == trigger_id, g.kind == "backfill", g.state.in_(OPEN), m.state == "waiting")
    return set(tx.execute(wanted).scalars())


def _with_repeats(tx: Connection, event_ids: Collection[str]) -> dict[str, str]:
    """Return of each of these events, and of each that repeats one of them, the first."""
    root = {event_id: event_id for event_id in event_ids}
    newest: Sequence[str] = list(root)
    while newest:
        found: dict[str, str] = {}
        for some in _portions(newest):
            query = select(events.c.id, events.c.replay_of).where(events.c.replay_of.in_(some))
            found |= {row.id: root[row.replay_of] for row in tx.execute(query) if row.id not in root}
        root |= found
        newest = list(found)
    return root


def _decided(tx: Connection, event_ids: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the session that each rule made for each of these events."""
    c = enforcements.c
    found: dict[tuple[str, str], str] = {}
    for some in _portions(event_ids):
        query = select(c.event_id, c.rule_ref, c.session_id).where(c.event_id.in_(some), c.session_id.is_not(None))
        found |= {(row.event_id, row.rule_ref): row.session_id for row in tx.execute(query)}
    return found


def _last_sessions(tx: Connection, session_ids: Collection[str]) -> Mapping[str, _Session]:
    """Return by session what it came to in the end: itself, or the newest of those that tried it again."""
    c = sessions.c
    found: dict[str, _Session] = {}
    for some in _portions(session_ids):
        found |= {row.id: (row.id, row.status) for row in tx.execute(select(c.id, c.status).where(c.id.in_(some)))}
    # Tries again share the event of the first: that is how they are found.
    for some in _portions(found):
        of = select(c.event_id).where(c.id.in_(some), c.event_id.is_not(None))
        again = select(c.id, c.status, c.retry_of).where(c.event_id.in_(of), c.retry_of.is_not(None)).order_by(c.id)
        came_from = {session_id: session_id for session_id in some}
        for row in tx.execute(again):
            first = came_from.get(row.retry_of)
            if first is not None:
                came_from[row.id] = first
                found[first] = (row.id, row.status)
    return found


def _portions(ids: Collection[str]) -> Iterator[list[str]]:
    """Return ``ids`` in lists that SQLite takes."""
    ordered = sorted(ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))
