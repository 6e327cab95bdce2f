"""Scheduled tasks over REST: triggers and sessions in the shape of tasks and executions."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules import Schedule
from notebook_automation.domain.tasks import config_of, execution_status, task_type_of
from notebook_automation.domain.times import rfc3339
from notebook_automation.services import tasks as services
from notebook_automation.services.trigger_views import TriggerView

from .models import tasks as models
from .models.paging import sorting_of
from .models.sessions import LogEntry
from .models.triggers import RetryPolicy
from .routing import REPEATED, Reply, Request, Route, Tag


async def list_(request: Request) -> models.TaskPage:
    """Return a page of tasks, newest first unless `sort` and `order` say otherwise."""
    query: models.TaskQuery = request.query
    found, more = await request.services.tasks.page(
        request.caller, limit=query.limit, cursor=query.cursor, task_type=query.task_type, enabled=query.enabled,
        project=query.project, text=query.q, sorting=sorting_of(query),
    )  # fmt: skip
    return models.TaskPage(items=[_model(view) for view in found], next_cursor=more)


async def create(request: Request) -> Reply:
    """Register a task."""
    body: models.TaskBody = request.body
    schedule = None if body.schedule is None else _schedule(request, body.schedule, body.timezone)
    fields = {
        "type": "manual" if schedule is None else "schedule", "schedule": schedule, "enabled": body.enabled,
        "retry": None if body.retry_policy is None else msgspec.to_builtins(body.retry_policy),
    }  # fmt: skip
    view = await request.services.tasks.create(
        request.caller, body.name, body.task_type, msgspec.to_builtins(body.config), fields, body.project
    )
    headers = {"Location": f"{request.links.api}tasks/{view.trigger.id}"}
    return Reply(value=_model(view), status=201, headers=headers)


async def get(request: Request) -> models.Task:
    """Return a task."""
    return _model(await request.services.tasks.get(request.caller, request.path["id"]))


async def update(request: Request) -> models.Task:
    """Change the named fields of a task."""
    body: models.TaskChange = request.body
    fields: dict[str, Any] = {}
    if body.enabled is not UNSET:
        fields["enabled"] = body.enabled
    if body.retry_policy is not UNSET:
        fields["retry"] = None if body.retry_policy is None else msgspec.to_builtins(body.retry_policy)
    if body.schedule is not UNSET:
        zone = None if body.timezone is UNSET else body.timezone
        fields["schedule"] = None if body.schedule is None else _schedule(request, body.schedule, zone)
    elif body.timezone is not UNSET:
        raise Invalid("A time zone belongs to a schedule: say both.", code="task_invalid", field="timezone")
    view = await request.services.tasks.change(
        request.caller, request.path["id"], fields,
        name=None if body.name is UNSET else body.name,
        task_type=None if body.task_type is UNSET else body.task_type,
        config=None if body.config is UNSET else msgspec.to_builtins(body.config),
    )  # fmt: skip
    return _model(view)


async def delete(request: Request) -> None:
    """Delete a task; its executions stay, as sessions."""
    await request.services.tasks.remove(request.caller, request.path["id"])


async def execute(request: Request) -> Reply:
    """Run a task now."""
    body: models.ExecutionBody = request.body
    made = await request.services.tasks.execute(request.caller, request.path["id"], body.input_data, request.key)
    location = f"{request.links.api}tasks/executions/{made.session.id}"
    headers = {"Location": location, **(REPEATED if made.repeated else {})}
    return Reply(value=_execution(made), status=201, headers=headers)


async def executions(request: Request) -> models.ExecutionPage:
    """Return a page of a task's executions, newest first."""
    query: models.ExecutionQuery = request.query
    found, more = await request.services.tasks.executions(
        request.caller, request.path["id"], limit=query.limit, cursor=query.cursor, status=query.status
    )
    return models.ExecutionPage(items=[_execution(one) for one in found], next_cursor=more)


async def execution(request: Request) -> models.Execution:
    """Return an execution, with its log."""
    return _execution(await request.services.tasks.execution(request.caller, request.path["id"]))


def _schedule(request: Request, text: str, zone: str | None) -> Schedule:
    usual = request.services.settings.timezone or "UTC"
    return Schedule.from_text(text, timezone=zone, zone_if_none=usual)


def _model(view: TriggerView) -> models.Task:
    trigger, schedule = view.trigger, view.trigger.schedule
    last = next((one.started_at for one in view.recent if one.started_at is not None), None)
    return models.Task(
        id=trigger.id,
        name=trigger.title or trigger.name,
        trigger=trigger.ref,
        project=trigger.project,
        task_type=task_type_of(trigger),
        schedule=None if schedule is None else _schedule_text(schedule),
        timezone=None if schedule is None or schedule.every else schedule.timezone,
        enabled=trigger.enabled,
        config=models.TaskConfig(**config_of(trigger)),
        retry_policy=None if trigger.retry is None else RetryPolicy(**trigger.retry.to_dict()),
        run_count=trigger.success_count + trigger.failure_count,
        success_count=trigger.success_count,
        failure_count=trigger.failure_count,
        last_run_at=rfc3339(last),
        next_run_at=rfc3339(trigger.next_fire),
        problems=[problem.message for problem in view.problems],
        created_at=rfc3339(trigger.created_at) or "",
        updated_at=rfc3339(trigger.updated_at) or "",
    )


def _schedule_text(schedule: Schedule) -> str | None:
    return schedule.cron or schedule.at or f"@every {schedule.every}"


def _execution(made: services.Execution) -> models.Execution:
    session = made.session
    cause = session.reason or (session.error and f"{session.error.ename}: {session.error.evalue}") or None
    shown = models.Execution(
        id=session.id,
        task_id=session.trigger_id,
        task=session.trigger_ref,
        status=execution_status(session.status),
        session_status=session.status,
        attempt=session.tries + 1,
        started_at=rfc3339(session.started_at),
        finished_at=rfc3339(session.finished_at),
        duration_ms=None if session.duration is None else round(session.duration * 1000),
        input_data=session.parameters,
        output_data=session.result,
        error_message=cause if execution_status(session.status) == "failed" else None,
        created_at=rfc3339(session.created_at) or "",
    )
    if made.log is not None:
        shown.logs = [
            LogEntry(seq=one.seq, at=rfc3339(one.at) or "", kind=one.kind, text=one.text, data=one.data)
            for one in made.log
        ]
    return shown


TAG = Tag("tasks", "Triggers with a schedule, and those that call an API, in the shape of tasks and executions.")
_ONE = "tasks/{id}"
_EXECUTIONS = "tasks/{id}/executions"
ROUTES = (
    Route(
        tag=TAG, method="GET", path="tasks", permission="read", summary="List tasks", handle=list_,
        query=models.TaskQuery, answer=models.TaskPage,
    ),
    Route(
        tag=TAG, method="POST", path="tasks", permission="configure", summary="Register a task", handle=create,
        body=models.TaskBody, answer=models.Task, status=201,
    ),
    Route(tag=TAG, method="GET", path=_ONE, permission="read", summary="Read a task", handle=get, answer=models.Task),
    Route(
        tag=TAG, method="PATCH", path=_ONE, permission="configure", summary="Change fields of a task", handle=update,
        body=models.TaskChange, answer=models.Task,
    ),
    Route(
        tag=TAG, method="DELETE", path=_ONE, permission="configure", summary="Delete a task", handle=delete, status=204,
    ),
    Route(
        tag=TAG, method="POST", path=_EXECUTIONS, permission="run", summary="Run a task now", handle=execute,
        body=models.ExecutionBody, answer=models.Execution, status=201, takes_key=True,
    ),
    Route(
        tag=TAG, method="GET", path=_EXECUTIONS, permission="read", summary="List the executions of a task",
        handle=executions, query=models.ExecutionQuery, answer=models.ExecutionPage,
    ),
    Route(
        tag=TAG, method="GET", path="tasks/executions/{id}", permission="read", summary="Read an execution",
        handle=execution, answer=models.Execution,
    ),
)  # fmt: skip
