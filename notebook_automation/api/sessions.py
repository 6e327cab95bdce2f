"""Sessions over REST: started, looked at, cancelled, retried; ``session_records.py`` has what they record."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, get_args

from notebook_automation.domain import policies as domain
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import CellError, Session, Status
from notebook_automation.domain.sorting import CREATED, Sorting
from notebook_automation.domain.times import from_rfc3339, rfc3339
from notebook_automation.domain.waits import describe
from notebook_automation.services.session_views import SessionView

from .models import sessions as models
from .models.empty import Nothing
from .models.environments import environment_of, shown_environment
from .models.paging import Page, sorting_of
from .routing import REPEATED, Reply, Request, Route, Tag


async def list_(request: Request) -> Page[models.Session]:
    """Return a page of sessions, newest first unless `order` says otherwise."""
    query: models.SessionQuery = request.query
    found, more = await request.services.sessions.listed(
        request.caller, limit=query.limit, cursor=query.cursor, sorting=sorting_of(query),
        statuses=_statuses(query.status), project=query.project, trigger=query.trigger, call=query.call,
        parent=query.parent, root=query.root, since=_time(query.since), until=_time(query.until),
        group=query.group, tag=query.tag, unseen=query.unseen,
    )  # fmt: skip
    return models.SessionPage(items=[session_model(view) for view in found], next_cursor=more)


async def get(request: Request) -> models.Session:
    """Return one session."""
    return session_model(await request.services.sessions.get_with_file(request.caller, request.path["id"]))


async def start(request: Request) -> Reply:
    """Queue a run of a notebook or function."""
    body: models.SessionBody = request.body
    project, call = await project_and_call(request, body)
    view = await request.services.sessions.start(
        request.caller, project, call, parameters=body.parameters, report=body.report, time_limit=body.time_limit,
        kernel_name=body.kernel_name, keep=body.keep, tags=body.tags, skip_tags=body.skip_tags,
        is_durable=body.is_durable, priority=body.priority, env=environment_of(body.env), memory=body.memory,
        on_parent_end=body.on_parent_end, request=request.key,
    )  # fmt: skip
    return created(request, view)


async def cancel(request: Request) -> models.Session:
    """Ask a session to stop, also with what it has started; one that has ended stays as it is."""
    query: models.CancelQuery = request.query
    if query.children:
        await request.services.session_trees.cancel(request.caller, request.path["id"])
    else:
        await request.services.sessions.cancel(request.caller, request.path["id"])
    return session_model(await request.services.sessions.get_with_file(request.caller, request.path["id"]))


async def list_children(request: Request) -> Page[models.Session]:
    """Return a page of what a session has started."""
    query: models.ChildQuery = request.query
    sorting = Sorting(CREATED, ascending=query.order == "asc")
    found, more = await request.services.sessions.children(
        request.caller, request.path["id"], limit=query.limit, cursor=query.cursor, sorting=sorting
    )
    return models.SessionPage(items=[session_model(view) for view in found], next_cursor=more)


async def wake(request: Request) -> models.Session:
    """Let a session that sleeps go on now; one that waits for anything else is refused."""
    await request.services.wakes.wake_now(request.caller, request.path["id"])
    return session_model(await request.services.sessions.get(request.caller, request.path["id"]))


async def delete(request: Request) -> Reply:
    """Delete an ended session with its log and its artifacts."""
    await request.services.sessions.remove(request.caller, request.path["id"])
    return Reply(status=204)


async def counts(request: Request) -> models.SessionCounts:
    """Return how many sessions there are in each status."""
    query: models.SessionCountQuery = request.query
    found = await request.services.sessions.status_counts(
        request.caller, project=query.project, trigger=query.trigger, since=_time(query.since)
    )
    return models.SessionCounts(statuses=found)


async def acknowledge(request: Request) -> models.Session:
    """Record that somebody has seen that a session failed, or that nobody has."""
    body: models.AcknowledgeBody = request.body
    services = request.services
    return session_model(await services.sessions.acknowledge(request.caller, request.path["id"], seen=body.seen))


async def retry(request: Request) -> Reply:
    """Queue a new session that does what an ended one did."""
    body: models.RetryBody = request.body
    view = await request.services.sessions.retry(
        request.caller, request.path["id"], current_files=body.files == "current"
    )
    return created(request, view)


def session_model(view: SessionView) -> models.Session:
    """Return ``view`` as the API shows it."""
    session = view.session
    return models.Session(
        **_short(session),
        project_id=session.project_id,
        trigger_id=session.trigger_id,
        event_id=session.event_id,
        correlation_id=session.correlation_id,
        parent_id=session.parent_id,
        root_id=session.root_id,
        on_parent_end=session.on_parent_end,
        unended_children=view.unended_children,
        retry_of=session.retry_of,
        retried_by=session.retried_by,
        group_id=session.group_id,
        try_number=session.tries + 1,
        max_tries=session.max_tries,
        is_durable=session.is_durable,
        priority=session.priority,
        places=[_place_model(place) for place in view.places],
        waiting_for=_waiting_for(view),
        wake_at=rfc3339(_wake_at(view)),
        forked_from=session.forked_from,
        parameters=session.parameters,
        result=session.result,
        kernel_name=session.kernel_name,
        time_limit=session.time_limit,
        report=session.report,
        keep=session.keep,
        tags=list(session.tags),
        skip_tags=list(session.skip_tags),
        env=shown_environment(session.env),
        memory=session.memory,
        acknowledged_by=session.acknowledged_by,
        file_saved_at=rfc3339(session.file_saved_at),
        file_saved_again=view.file_saved_again,
        artifact_count=view.artifact_count,
    )


def _place_model(place: domain.Place) -> models.Place:
    return models.Place(
        policy=place.policy_ref,
        group=place.group,
        status=place.status,
        position=place.position,
        queue_at=rfc3339(place.queue_at) or "",
        taken_at=rfc3339(place.taken_at),
        due_at=rfc3339(place.due_at),
    )


def _waiting_for(view: SessionView) -> str | None:
    if view.wait is not None:
        return describe(view.wait)
    return next((domain.turn_text(place) for place in view.places if place.position is not None), None)


def _wake_at(view: SessionView) -> float | None:
    if view.wait is not None:
        return view.wait.wake_at
    return next((place.due_at for place in view.places if place.due_at is not None), view.session.wake_at)


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


async def project_and_call(request: Request, body: models.SessionBody) -> tuple[Project, str]:
    """Return the project in which to run, and the call relative to it. Raises Invalid (``session_invalid``)."""
    projects = request.services.projects
    if body.notebook is not None:
        if body.project is not None:
            raise Invalid("Name the notebook by its path, or a call in a project: not both.", code="session_invalid")
        project, relative = await projects.of_notebook(request.caller, body.notebook)
        return project, body.call or relative
    if body.project is not None and body.call is not None:
        return await projects.get(request.caller, body.project), body.call
    if body.call is not None:
        parsed = parse_call(body.call)
        project, relative = await projects.of_notebook(request.caller, parsed.path)
        return project, str(replace(parsed, path=relative))
    raise Invalid(
        "Say what to run: call (a file's path under the Jupyter root, such as sales/report.ipynb), notebook, or "
        "project and call.",
        code="session_invalid", field="call",
    )  # fmt: skip


def created(request: Request, view: SessionView) -> Reply:
    """Return the answer that tells of a new session."""
    location = f"{request.links.api}sessions/{view.session.id}"
    headers = {"Location": location, **(REPEATED if view.repeated else {})}
    return Reply(value=session_model(view), status=201, headers=headers)


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


TAG = Tag("sessions", "Runs.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="sessions", permission="read", summary="List sessions", handle=list_,
        query=models.SessionQuery, answer=models.SessionPage,
    ),
    Route(
        tag=TAG, method="POST", path="sessions", permission="run", summary="Start a session", handle=start,
        body=models.SessionBody, answer=models.Session, status=201, takes_key=True,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/counts", permission="read", summary="Count sessions by status",
        handle=counts, query=models.SessionCountQuery, answer=models.SessionCounts,
    ),
    Route(
        tag=TAG, method="DELETE", path="sessions/{id}", permission="configure", summary="Delete an ended session",
        handle=delete, status=204,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/{id}", permission="read", summary="Read a session", handle=get,
        answer=models.Session,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/cancel", permission="run", summary="Cancel a session",
        handle=cancel, query=models.CancelQuery, body=Nothing, answer=models.Session,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/{id}/children", permission="read",
        summary="List the sessions that a session has started", handle=list_children, query=models.ChildQuery,
        answer=models.SessionPage,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/wake", permission="run", summary="Wake a session that sleeps",
        handle=wake, body=Nothing, answer=models.Session,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/acknowledge", permission="run", summary="Acknowledge a failure",
        handle=acknowledge, body=models.AcknowledgeBody, answer=models.Session,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/retry", permission="run", summary="Run an ended session again",
        handle=retry, body=models.RetryBody, answer=models.Session, status=201,
    ),
)  # fmt: skip
