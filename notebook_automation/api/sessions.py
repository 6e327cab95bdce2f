"""Sessions over REST: started, followed, cancelled, retried, and what their own code tells of them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, get_args

import msgspec

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.session_log import Outcome as HandedOut
from notebook_automation.domain.sessions import CellError, Session, Status
from notebook_automation.domain.times import from_rfc3339, rfc3339
from notebook_automation.services.responses import validate_response
from notebook_automation.services.sessions import SessionView

from .events import event_model
from .models import sessions as models
from .models.paging import Page
from .requests import Reply, Request


async def listed(request: Request) -> Page[models.Session]:
    """Return a page of sessions, newest first unless `order` says otherwise."""
    query: models.SessionQuery = request.query
    found, more = await request.services.sessions.listed(
        request.caller, limit=query.limit, cursor=query.cursor, ascending=query.order == "asc",
        statuses=_statuses(query.status), project=query.project, trigger=query.trigger, call=query.call,
        parent=query.parent, since=_time(query.since), until=_time(query.until),
    )  # fmt: skip
    return models.SessionPage(items=[session_model(view) for view in found], next_cursor=more)


async def shown(request: Request) -> models.Session:
    """Return one session."""
    return session_model(await request.services.sessions.get(request.caller, request.path["id"]))


async def started(request: Request) -> Reply:
    """Queue a run of a notebook or function."""
    body: models.SessionBody = request.body
    projects = request.services.projects
    if body.notebook is not None:
        if body.project is not None:
            raise Invalid("Name the notebook by its path, or a call in a project: not both.", code="session_invalid")
        project, relative = await projects.of_notebook(request.caller, body.notebook)
        call = body.call or relative
    elif body.project is not None and body.call is not None:
        project, call = await projects.get(request.caller, body.project), body.call
    elif body.call is not None:
        parsed = parse_call(body.call)
        project, relative = await projects.of_notebook(request.caller, parsed.path)
        call = str(replace(parsed, path=relative))
    else:
        raise Invalid(
            "Say what to run: call (a file's path under the Jupyter root, such as sales/report.ipynb), notebook, or "
            "project and call.",
            code="session_invalid", field="call",
        )  # fmt: skip
    view = await request.services.sessions.start(
        request.caller, project, call, parameters=body.parameters, report=body.report, time_limit=body.time_limit,
        kernel_name=body.kernel_name, keep=body.keep,
    )  # fmt: skip
    return _made(request, view)


async def cancelled(request: Request) -> models.Session:
    """Ask a session to stop; one that has ended stays as it is."""
    return session_model(await request.services.sessions.cancel(request.caller, request.path["id"]))


async def retried(request: Request) -> Reply:
    """Queue a new session that does what an ended one did."""
    return _made(request, await request.services.sessions.retry(request.caller, request.path["id"]))


async def log(request: Request) -> Page[models.LogEntry]:
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


async def cells(request: Request) -> Page[models.Cell]:
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


async def outcomes(request: Request) -> Page[models.Outcome]:
    """Return what a session has handed out, oldest first."""
    found = await request.services.sessions.outcomes(request.caller, request.path["id"])
    return models.OutcomePage(items=[_outcome_model(outcome) for outcome in found])


async def handed_out(request: Request) -> models.Outcome:
    """Record a value that the code of a running session hands out."""
    body: models.OutcomeBody = request.body
    http: dict[str, Any] | None = None
    if body.http is not None:
        if body.more:
            raise Invalid("What answers a caller is the last: leave more out.", code="response_invalid")
        http = validate_response(msgspec.to_builtins(body.http))
    outcome = await request.services.sessions.add_outcome(
        request.caller, request.path["id"], body.value, more=body.more, http=http
    )
    return _outcome_model(outcome)


async def progressed(request: Request) -> Reply:
    """Record how far the code of a running session is."""
    body: models.ProgressBody = request.body
    await request.services.sessions.set_progress(request.caller, request.path["id"], body.value, body.message)
    return Reply(status=204)


async def context(request: Request) -> models.Context:
    """Return what the code of a session may know."""
    view, event, variables = await request.services.sessions.context(request.caller, request.path["id"])
    return models.Context(
        session=session_model(view),
        event=None if event is None else event_model(event, [view.session.id]),
        parameters=view.session.parameters,
        variables=variables,
    )


def session_model(view: SessionView) -> models.Session:
    """Return ``view`` as the API shows it."""
    session = view.session
    return models.Session(
        **_short(session),
        project_id=session.project_id,
        trigger_id=session.trigger_id,
        event_id=session.event_id,
        parent_id=session.parent_id,
        retry_of=session.retry_of,
        parameters=session.parameters,
        result=session.result,
        kernel_name=session.kernel_name,
        time_limit=session.time_limit,
        report=session.report,
        keep=session.keep,
        artifact_count=view.artifact_count,
    )


def summary_model(session: Session) -> models.SessionSummary:
    """Return ``session`` as its trigger shows it."""
    return models.SessionSummary(**_short(session))


def _short(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "status": session.status,
        "reason": session.reason,
        "call": session.call,
        "project": session.project,
        "trigger": session.trigger_ref,
        "started_by": session.started_by,
        "attempt": session.attempt,
        "current_cell": session.current_cell,
        "total_cells": session.total_cells,
        "progress": None if session.progress is None else models.Progress(**session.progress),
        "error": None if session.error is None else _error_model(session.error),
        "created_at": rfc3339(session.created_at),
        "started_at": rfc3339(session.started_at),
        "finished_at": rfc3339(session.finished_at),
        "duration": session.duration,
    }


def _error_model(error: CellError) -> models.CellError:
    return models.CellError(**asdict(error))


def _outcome_model(outcome: HandedOut) -> models.Outcome:
    return models.Outcome(
        seq=outcome.seq, at=rfc3339(outcome.at) or "", value=outcome.value, more=outcome.more, http=outcome.http
    )


def _made(request: Request, view: SessionView) -> Reply:
    location = f"{request.links.api}sessions/{view.session.id}"
    return Reply(value=session_model(view), status=201, headers={"Location": location})


def _statuses(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    known = get_args(Status)
    for status in wanted:
        if status not in known:
            raise Invalid(
                f"There is no status {status!r}: use {', '.join(known)}.", code="query_invalid", field="status"
            )
    return wanted


def _time(text: str | None) -> float | None:
    # A + that was not encoded arrives as a space.
    return None if text is None else from_rfc3339(text.replace(" ", "+"))
