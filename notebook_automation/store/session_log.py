"""A session's execution log, its cells' timeline and its outcomes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from notebook_automation.domain.responses import KEPT
from notebook_automation.domain.session_log import Cell, LogEntry, LogKind, Outcome
from notebook_automation.domain.sessions import SessionLogChange, SessionOutcomeChange

from .changes import announce
from .rows import from_row
from .tables.session_log import cells, outcomes, session_log

_RESPONSE = or_(outcomes.c.more.is_(False), outcomes.c.sent.is_not(None))
_KEPT = or_(outcomes.c.sent.is_(None), outcomes.c.sent <= KEPT, outcomes.c.more.is_(False))


def write(tx: Connection, session_id: str, kind: LogKind, text: str, data: dict[str, Any] | None = None) -> None:
    """Add one entry to a session's log."""
    write_many(tx, session_id, [(time.time(), kind, text, data)])


def write_many(
    tx: Connection, session_id: str, entries: Sequence[tuple[float, LogKind, str, dict[str, Any] | None]]
) -> None:
    """Add entries of (epoch seconds, kind, text, data) in order, and announce once."""
    if not entries:
        return
    # Announcing first: on PostgreSQL that puts writers in order, or a reader could see entry 6 before entry 5.
    announce(tx, session_id, "log", SessionLogChange(entries=len(entries)))
    tx.execute(
        insert(session_log),
        [
            {"session_id": session_id, "at": at, "kind": kind, "text": text, "data": data}
            for at, kind, text, data in entries
        ],
    )


def read(tx: Connection, session_id: str, after: int, limit: int) -> list[LogEntry]:
    """Return up to ``limit`` entries after the number ``after``, oldest first."""
    columns = session_log.c
    query = select(session_log).where(columns.session_id == session_id, columns.seq > after)
    rows = tx.execute(query.order_by(columns.seq).limit(limit))
    return [from_row(LogEntry, row, session_log) for row in rows]


def set_cells(tx: Connection, session_id: str, timeline: Sequence[Cell]) -> None:
    """Make ``timeline`` the session's cells."""
    tx.execute(delete(cells).where(cells.c.session_id == session_id))
    if timeline:
        tx.execute(insert(cells), [_cell_row(session_id, cell) for cell in timeline])


def change_cells(tx: Connection, session_id: str, changed: Sequence[Cell]) -> None:
    """Write ``changed`` over the cells of the same index."""
    for cell in changed:
        values = _cell_row(session_id, cell)
        tx.execute(update(cells).where(cells.c.session_id == session_id, cells.c.index == cell.index).values(values))


def cells_of(tx: Connection, session_id: str) -> list[Cell]:
    """Return the session's cells in order."""
    rows = tx.execute(select(cells).where(cells.c.session_id == session_id).order_by(cells.c.index))
    return [from_row(Cell, row, cells) for row in rows]


def add_outcome(
    tx: Connection, session_id: str, value: Any, *, more: bool, http: dict[str, Any] | None = None,
    sent: int | None = None, withheld: str | None = None,
) -> Outcome:  # fmt: skip
    """Record a value that the session hands out; ``sent`` and ``withheld`` are those of a part of a response."""
    row = {"session_id": session_id, "at": time.time(), "value": value, "more": more, "http": http}
    statement = insert(outcomes).values(**row, sent=sent, withheld=withheld).returning(outcomes)
    outcome = from_row(Outcome, tx.execute(statement).one(), outcomes)
    announce(tx, session_id, "outcome", SessionOutcomeChange(seq=outcome.seq, more=more))
    return outcome


def outcomes_of(tx: Connection, session_id: str) -> list[Outcome]:
    """Return what the session handed out, oldest first; of a long streamed response the beginning and the end."""
    query = select(outcomes).where(outcomes.c.session_id == session_id, _KEPT)
    return [from_row(Outcome, row, outcomes) for row in tx.execute(query.order_by(outcomes.c.seq))]


def response_parts(tx: Connection, session_id: str, *, after: int, limit: int) -> list[Outcome]:
    """Return what answers a sync webhook, after the number ``after``: the parts of a response, the last without more.

    A response of one part is the first outcome with no more to come.
    """
    query = select(outcomes).where(outcomes.c.session_id == session_id, outcomes.c.seq > after, _RESPONSE)
    return [from_row(Outcome, row, outcomes) for row in tx.execute(query.order_by(outcomes.c.seq).limit(limit))]


def last_part(tx: Connection, session_id: str) -> Outcome | None:
    """Return the newest outcome that is, or is a part of, a response to a sync webhook."""
    query = select(outcomes).where(outcomes.c.session_id == session_id, _RESPONSE)
    row = tx.execute(query.order_by(outcomes.c.seq.desc()).limit(1)).first()
    return None if row is None else from_row(Outcome, row, outcomes)


def forget_long_responses(tx: Connection, before: float, *, limit: int) -> int:
    """Delete up to ``limit`` parts of long responses, beyond their beginnings, sent before ``before``; say how many."""
    # The end stays: who asks for all of it later is told that a part is missing, and does not wait for it.
    long = select(outcomes.c.seq).where(outcomes.c.sent > KEPT, outcomes.c.more, outcomes.c.at < before).limit(limit)
    return tx.execute(delete(outcomes).where(outcomes.c.seq.in_(long))).rowcount


def _cell_row(session_id: str, cell: Cell) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "index": cell.index,
        "id": cell.id[:64],
        "source_head": cell.source_head[:200],
        "status": cell.status,
        "started_at": cell.started_at,
        "finished_at": cell.finished_at,
        "execution_count": cell.execution_count,
    }
