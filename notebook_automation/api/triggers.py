"""Triggers over REST: registered, looked at, changed, fired."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from notebook_automation.domain import schedules
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.projects import Project
from notebook_automation.domain.times import rfc3339
from notebook_automation.domain.triggers import SETTABLE, Trigger
from notebook_automation.services.triggers import TriggerView

from .events import receipt_model
from .models import triggers as models
from .models.events import Receipt
from .models.paging import Page
from .projects import parameter_model
from .requests import Reply, Request
from .sessions import summary_model

_SHOWN_FIRES = 5


async def listed(request: Request) -> Page[models.Trigger]:
    """Return a page of triggers, newest first."""
    query: models.TriggerQuery = request.query
    found, more = await request.services.triggers.listed(
        request.caller, limit=query.limit, cursor=query.cursor, project=query.project, type=query.type,
        enabled=query.enabled, text=query.q,
    )  # fmt: skip
    return models.TriggerPage(items=[trigger_model(request, view) for view in found], next_cursor=more)


async def shown(request: Request) -> models.Trigger:
    """Return one trigger, with its next times and warnings."""
    return trigger_model(request, await request.services.triggers.get(request.caller, key_of(request)), whole=True)


async def created(request: Request) -> Reply:
    """Register a trigger; its name must be free."""
    return await _saved(request, request.body, replace_existing=False)


async def put(request: Request) -> Reply:
    """Register the trigger of this name, or make it what the body says: what is not named gets its default."""
    body: models.TriggerBody = request.body
    project, name = request.path["project"], request.path["name"]
    if body.name is not msgspec.UNSET and body.name != name:
        raise Invalid(f"The body names {body.name!r}, the address {name!r}: say the same.", code="trigger_invalid")
    body = msgspec.structs.replace(body, name=name)
    if body.project is msgspec.UNSET and body.notebook is msgspec.UNSET:
        body = msgspec.structs.replace(body, project=project)
    owner, _ = await _place(request, body)
    if project not in (owner.name, owner.id):
        where = body.notebook if body.notebook is not msgspec.UNSET else body.project
        raise Invalid(
            f"{where!r} belongs to the project {owner.name!r}, the address names {project!r}.", code="project_mismatch"
        )
    return await _saved(request, body, replace_existing=True)


async def changed(request: Request) -> models.Trigger:
    """Change the named fields of a trigger."""
    body: models.TriggerBody = request.body
    key = key_of(request)
    fields = settable(body)
    if body.notebook is not msgspec.UNSET or body.handler is not msgspec.UNSET:
        _, relative = await _place(request, body)
        fields.setdefault("call", _call(relative, body))
    view = await request.services.triggers.change(request.caller, key, fields)
    return trigger_model(request, view, whole=True)


async def removed(request: Request) -> Reply:
    """Delete a trigger; what it made stays."""
    await request.services.triggers.remove(request.caller, key_of(request))
    return Reply(status=204)


async def previewed(request: Request) -> models.Trigger:
    """Return what would be registered, with next times, warnings and parameters, and store nothing."""
    body: models.TriggerBody = request.body
    project, relative = await _place(request, body, store=False)
    fields = _with_call(body, relative)
    fields.setdefault("name", "preview")
    view = await request.services.triggers.preview(request.caller, project, fields)
    model = trigger_model(request, view, whole=True)
    model.parameter_fields = [parameter_model(one) for one in view.parameters or ()]
    # Its URL is drawn when it is registered.
    model.url = model.curl = None
    return model


async def fired(request: Request) -> Receipt:
    """Run a trigger now, whatever its filter says."""
    body: models.FireBody = request.body
    receipt = await request.services.events.fire(
        request.caller, key_of(request), data=body.data, event_type=body.event_type, parameters=body.parameters
    )
    return receipt_model(receipt)


def key_of(request: Request) -> str:
    """Return the id or ``project/name`` that the address names."""
    parts = request.path
    return parts["id"] if "id" in parts else f"{parts['project']}/{parts['name']}"


def settable(body: models.TriggerBody) -> dict[str, Any]:
    """Return the fields of a trigger that ``body`` names, as the service takes them."""
    fields: dict[str, Any] = {}
    for name in SETTABLE:
        value = getattr(body, name)
        if value is not msgspec.UNSET:
            fields[name] = msgspec.to_builtins(value) if isinstance(value, models.ScheduleBody) else value
    return fields


def trigger_model(request: Request, view: TriggerView, *, whole: bool = False) -> models.Trigger:
    """Return ``view`` as the API shows it; ``whole`` with the next fire times."""
    trigger, links = view.trigger, request.links
    newest = view.recent[0] if view.recent else None
    return models.Trigger(
        id=trigger.id,
        ref=trigger.ref,
        project_id=trigger.project_id,
        project=trigger.project,
        name=trigger.name,
        type=trigger.type,
        enabled=trigger.enabled,
        call=trigger.call,
        notebook=notebook_path(trigger.call, request.services.projects.shown_path(view.project)),
        event_type=trigger.event_type,
        filter=trigger.filter,
        schedule=None if trigger.schedule is None else _schedule_model(trigger.schedule),
        connection=trigger.connection,
        parameters=trigger.parameters,
        mapping=trigger.mapping,
        report=trigger.report,
        keep=trigger.keep,
        is_sync=trigger.is_sync,
        is_durable=trigger.is_durable,
        warm=trigger.warm,
        time_limit=trigger.time_limit,
        url=links.webhook(trigger),
        curl=links.curl(trigger),
        next_fire=rfc3339(trigger.next_fire),
        next_fires=_next_fires(trigger) if whole else [],
        last_session=None if newest is None else summary_model(newest),
        recent=[models.Recent(id=session.id, status=session.status) for session in view.recent],
        success_count=trigger.success_count,
        failure_count=trigger.failure_count,
        warnings=[models.Notice(code=notice.code, message=notice.message) for notice in view.warnings],
        created_at=rfc3339(trigger.created_at) or "",
        updated_at=rfc3339(trigger.updated_at) or "",
    )


def notebook_path(call: str | None, folder: str | None) -> str | None:
    """Return the path under the Jupyter root of the notebook that ``call`` names in ``folder``; None for all else."""
    if call is None or folder is None or not (parsed := parse_call(call)).is_notebook:
        return None
    return f"{folder}/{parsed.path}" if folder else parsed.path


async def _saved(request: Request, body: models.TriggerBody, *, replace_existing: bool) -> Reply:
    project, relative = await _place(request, body)
    fields = _with_call(body, relative)
    view, is_new = await request.services.triggers.save(
        request.caller, project, fields, replace_existing=replace_existing
    )
    headers = {"Location": f"{request.links.api}triggers/{view.trigger.id}"} if is_new else {}
    model = trigger_model(request, view, whole=True)
    return Reply(value=model, status=201 if is_new else 200, headers=headers)


async def _place(request: Request, body: models.TriggerBody, *, store: bool = True) -> tuple[Project, str | None]:
    """Return the project in which a trigger lives, and the path in it of the notebook that the body names."""
    projects = request.services.projects
    if body.notebook is not msgspec.UNSET:
        if not store:
            return await _would_be(request, body.notebook)
        return await projects.of_notebook(request.caller, body.notebook)
    if body.project is not msgspec.UNSET:
        return await projects.get(request.caller, body.project), None
    if body.handler is not msgspec.UNSET:
        raise Invalid("A handler is a cell of a notebook: name the notebook, too.", code="trigger_invalid")
    raise Invalid("Say where the trigger lives: project, or notebook.", code="trigger_invalid", field="project")


async def _would_be(request: Request, notebook: str) -> tuple[Project, str]:
    """Return the project of a notebook without making it."""
    projects = request.services.projects
    folder, relative = projects.locate(notebook)
    known = await projects.at(request.caller, folder)
    if known is None:
        name = await projects.name_at(request.caller, folder)
        known = Project(id="", name=name, path=str(projects.resolved(folder)), created_at=time.time())
    return known, relative


def _with_call(body: models.TriggerBody, relative: str | None) -> dict[str, Any]:
    fields = settable(body)
    if relative is not None:
        fields.setdefault("call", _call(relative, body))
    return fields


def _call(relative: str | None, body: models.TriggerBody) -> str | None:
    return f"{relative}:{body.handler}" if isinstance(body.handler, str) else relative


def _next_fires(trigger: Trigger) -> list[str]:
    if trigger.schedule is None:
        return []
    fires = schedules.next_fires(trigger.schedule, datetime.now(UTC), _SHOWN_FIRES)
    return [rfc3339(fire.timestamp()) or "" for fire in fires]


def _schedule_model(schedule: schedules.Schedule) -> models.Schedule:
    return models.Schedule(
        cron=schedule.cron,
        every=schedule.every,
        at=schedule.at,
        timezone=schedule.timezone,
        jitter=schedule.jitter,
        catch_up=schedule.catch_up,
        description=schedules.describe(schedule),
    )
