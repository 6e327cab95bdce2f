"""The steps of sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, tuple_, update

from notebook_automation.domain.steps import SessionStepsChange, Step

from .changes import announce
from .rows import from_row, to_row
from .tables.steps import steps

Sealed = Callable[[Step], str | None]
Opened = Callable[[Step, str], bytes]


def write(tx: Connection, session_id: str, changed: Sequence[Step], sealed: Sealed) -> None:
    """Write ``changed`` over what is known of the same steps; ``sealed`` gives what is stored of a step's result."""
    if not changed:
        return
    latest = {step.place: step for step in changed}
    announce(tx, session_id, "steps", SessionStepsChange(steps=len(latest)))
    columns = tuple_(steps.c.cell_index, steps.c.piece, steps.c.name, steps.c.nth)
    places = sorted(latest)
    for begin in range(0, len(places), 200):
        some = places[begin : begin + 200]
        tx.execute(delete(steps).where(steps.c.session_id == session_id, columns.in_(some)))
        tx.execute(insert(steps), [_row(session_id, latest[place], sealed) for place in some])


def of_session(
    tx: Connection, session_id: str, opened: Opened | None = None, *, since: tuple[int, int] = (0, 0)
) -> list[Step]:
    """Return a session's steps in the notebook's order, from the piece ``since`` (cell index, piece) on.

    ``opened`` gives the result of a step from what is stored of it; without it results are left out.
    """
    columns = steps.c
    query = select(steps).where(
        columns.session_id == session_id, tuple_(columns.cell_index, columns.piece) >= tuple_(*since)
    )
    rows = tx.execute(query.order_by(columns.cell_index, columns.piece, columns.started_at, columns.name, columns.nth))
    return [_step(row, opened) for row in rows]


def forget_results(tx: Connection, session_id: str) -> None:
    """Delete what a session's steps have returned; that they were done, and what is shown of it, stays."""
    tx.execute(update(steps).where(steps.c.session_id == session_id).values(result=None, content=None))


def _row(session_id: str, step: Step, sealed: Sealed) -> dict[str, Any]:
    return {**to_row(step, steps), "session_id": session_id, "result": sealed(step)}


def _step(row: Row[Any], opened: Opened | None) -> Step:
    step = from_row(Step, row, steps, result=None)
    stored = row._mapping["result"]
    return step if stored is None or opened is None else replace(step, result=opened(step, stored))
