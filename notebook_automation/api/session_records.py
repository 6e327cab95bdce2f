"""What a session records over REST: its log, cells and outcomes, its progress, and what its own code may know."""

from __future__ import annotations

from typing import Any

import msgspec

from notebook_automation.domain.responses import validate_response
from notebook_automation.domain.session_log import Outcome
from notebook_automation.domain.times import rfc3339

from .events import event_model
from .models import sessions as models
from .models.paging import Page
from .routing import Reply, Request, Route
from .sessions import TAG, session_model


async def get_log(request: Request) -> Page[models.LogEntry]:
    """Return a part of a session's log, oldest first."""
    query: models.LogQuery = request.query
    found = await request.services.sessions.log(
        request.caller, request.path["id"], after=query.after, limit=query.limit
    )
    items = [
        models.LogEntry(seq=entry.seq, at=rfc3339(entry.at) or "", kind=entry.kind, text=entry.text, data=entry.data)
        for entry in found
    ]
    return models.LogPage(items=items, next_cursor=str(items[-1].seq) if len(items) == query.limit else None)


async def list_cells(request: Request) -> Page[models.Cell]:
    """Return a session's cells and when they ran."""
    found = await request.services.sessions.cells(request.caller, request.path["id"])
    return models.CellPage(
        items=[
            models.Cell(
                index=cell.index,
                id=cell.id,
                source_head=cell.source_head,
                status=cell.status,
                started_at=rfc3339(cell.started_at),
                finished_at=rfc3339(cell.finished_at),
                execution_count=cell.execution_count,
            )
            for cell in found
        ]
    )


async def list_outcomes(request: Request) -> Page[models.Outcome]:
    """Return what a session has handed out, oldest first."""
    found = await request.services.sessions.outcomes(request.caller, request.path["id"])
    return models.OutcomePage(items=[_outcome_model(outcome) for outcome in found])


async def add_outcome(request: Request) -> models.Outcome:
    """Record a value that the code of a running session hands out."""
    body: models.OutcomeBody = request.body
    http: dict[str, Any] | None = None
    if body.http is not None:
        http = validate_response(msgspec.to_builtins(body.http))
    outcome = await request.services.session_code.add_outcome(
        request.caller, request.path["id"], body.value, more=body.more, http=http
    )
    return _outcome_model(outcome)


async def set_progress(request: Request) -> Reply:
    """Record how far the code of a running session is."""
    body: models.ProgressBody = request.body
    await request.services.session_code.set_progress(request.caller, request.path["id"], body.value, body.message)
    return Reply(status=204)


async def get_context(request: Request) -> models.Context:
    """Return what the code of a session may know."""
    view, event, variables, collected = await request.services.session_code.context(request.caller, request.path["id"])
    return models.Context(
        session=session_model(view),
        event=None if event is None else event_model(event, [view.session.id]),
        events=[event_model(one, [view.session.id]) for one in collected],
        parameters=view.session.parameters,
        variables=variables,
    )


def _outcome_model(outcome: Outcome) -> models.Outcome:
    return models.Outcome(
        seq=outcome.seq, at=rfc3339(outcome.at) or "", value=outcome.value, more=outcome.more, http=outcome.http
    )


ROUTES = (
    Route(
        tag=TAG, method="GET", path="sessions/{id}/log", permission="read", summary="Read a session's log",
        handle=get_log, query=models.LogQuery, answer=models.LogPage,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/{id}/cells", permission="read",
        summary="Read a session's timeline of cells", handle=list_cells, answer=models.CellPage,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/{id}/outcomes", permission="read",
        summary="List what a session handed out", handle=list_outcomes, answer=models.OutcomePage,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/outcomes", permission="report",
        summary="Hand a value out (session only)", handle=add_outcome, body=models.OutcomeBody,
        answer=models.Outcome, status=201,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/progress", permission="report",
        summary="Tell progress (session only)", handle=set_progress, body=models.ProgressBody, status=204,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/{id}/context", permission="read",
        summary="Read what a session's code may know", handle=get_context, answer=models.Context, is_private=True,
    ),
)  # fmt: skip
