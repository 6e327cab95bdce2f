"""Spans of traces: what took from when to when below what. Those of sessions have ids that follow from its id."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from .events import Event
from .session_log import Cell
from .sessions import Session
from .steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that has ended; times are epoch seconds. ``traceparent`` is its own place, None: any below ``parent``.

    ``error`` says what went wrong.
    """

    name: str
    start: float
    end: float
    parent: str | None
    traceparent: str | None = None
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    error: str | None = None


def session_place(session_id: str, traceparent: str | None) -> str:
    """Return the place of a session's span: in the trace of the request that led to it, else in one of its own.

    It is known before the session runs, so that the spans of its code hang on it.
    """
    if traceparent is None:
        return f"00-{_digest(session_id)[:32]}-{_digest(session_id, 'span')[:16]}-01"
    version, trace, _, flags = traceparent.split("-")
    return f"{version}-{trace}-{_digest(session_id, 'span')[:16]}-{flags}"


def intake_span(event: Event, start: float, end: float) -> Span:
    """Return the span of an event that was stored between two moments, in epoch seconds."""
    known = {"event.id": event.id, "event.type": event.type, "event.source": event.source, "trigger": event.trigger_ref}
    attributes = {name: value for name, value in known.items() if value is not None}
    return Span(name="store event", start=start, end=end, parent=event.traceparent, attributes=attributes)


def session_spans(session: Session, cells: list[Cell], steps: list[Step]) -> list[Span]:
    """Return the spans of a session that has ended: its own, and those of its cells and steps."""
    end = session.finished_at or session.created_at
    own = session_place(session.id, session.traceparent)
    known: dict[str, str | int | None] = {
        "session.id": session.id, "session.status": session.status, "session.call": session.call,
        "session.project": session.project, "session.attempt": session.attempt, "trigger": session.trigger_ref,
        "event.id": session.event_id, "correlation_id": session.correlation_id,
    }  # fmt: skip
    good = session.status == "completed"
    spans = [
        Span(
            name=f"session {session.call}", start=session.started_at or session.created_at, end=end,
            parent=session.traceparent, traceparent=own,
            attributes={name: value for name, value in known.items() if value is not None},
            error=None if good else session.reason or session.status,
        )
    ]  # fmt: skip
    places: dict[int, str] = {}
    for cell in cells:
        if cell.started_at is None:
            continue
        places[cell.index] = _below(own, session.id, "cell", str(cell.index))
        spans.append(
            Span(
                name=f"cell {cell.index + 1}", start=cell.started_at, end=cell.finished_at or end, parent=own,
                traceparent=places[cell.index], attributes={"cell.index": cell.index, "cell.status": cell.status},
                error="The cell raised an error." if cell.status == "error" else None,
            )
        )  # fmt: skip
    spans += [
        Span(
            name=f"step {step.name}", start=step.started_at, end=step.finished_at or end,
            parent=places.get(step.cell_index, own), error=None if step.error is None else step.error["type"],
            attributes={"step.name": step.name, "step.tries": step.tries, "step.status": step.status},
        )
        for step in steps
    ]  # fmt: skip
    return spans


def _below(place: str, *of: str) -> str:
    version, trace, _, flags = place.split("-")
    return f"{version}-{trace}-{_digest(*of)[:16]}-{flags}"


def _digest(*of: str) -> str:
    return hashlib.sha256("\n".join(of).encode()).hexdigest()
