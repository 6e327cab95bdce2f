"""Triggers over REST: registered, looked at, changed, fired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from notebook_automation.domain import collecting as domain
from notebook_automation.domain import schedules
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.events import Event
from notebook_automation.domain.policies import Policy, policy_text, written
from notebook_automation.domain.signatures import Signature
from notebook_automation.domain.times import rfc3339
from notebook_automation.domain.trigger_rules import TriggerRule
from notebook_automation.domain.trigger_sources import Source
from notebook_automation.domain.triggers import Trigger
from notebook_automation.services.trigger_views import TriggerView

from .events import receipt_model
from .models import trigger_sources as source_models
from .models import triggers as models
from .models.api_calls import ApiCall
from .models.environments import shown_environment
from .models.events import Receipt
from .models.freshness import Freshness
from .models.paging import Page, sorting_of
from .models.rules import Collecting, Rule
from .notifications import notify_model
from .projects import parameter_model
from .routing import REPEATED, Reply, Request, Route, Tag
from .sessions import summary_model
from .trigger_bodies import call_of, fields_with_call, project_of, settable_fields

_SHOWN_FIRES = 5


async def list_(request: Request) -> Page[models.Trigger]:
    """Return a page of triggers, newest first unless `sort` and `order` say otherwise."""
    query: models.TriggerQuery = request.query
    found, more = await request.services.trigger_views.listed(
        request.caller, limit=query.limit, cursor=query.cursor, project=query.project, type=query.type,
        enabled=query.enabled, text=query.q, tag=query.tag, sorting=sorting_of(query),
    )  # fmt: skip
    return models.TriggerPage(items=[trigger_model(request, view) for view in found], next_cursor=more)


async def get(request: Request) -> models.Trigger:
    """Return one trigger, with its next times and warnings."""
    return trigger_model(request, await request.services.trigger_views.get(request.caller, key_of(request)), whole=True)


async def create(request: Request) -> Reply:
    """Register a trigger; its name must be free."""
    return await _save(request, request.body, replace_existing=False)


async def put(request: Request) -> Reply:
    """Register the trigger of this name, or make it what the body says: what is not named gets its default."""
    body: models.TriggerBody = request.body
    project, name = request.path["project"], request.path["name"]
    if body.name is not msgspec.UNSET and body.name != name:
        raise Invalid(f"The body names {body.name!r}, the address {name!r}: say the same.", code="trigger_invalid")
    body = msgspec.structs.replace(body, name=name)
    if body.project is msgspec.UNSET and body.notebook is msgspec.UNSET:
        body = msgspec.structs.replace(body, project=project)
    owner, _ = await project_of(request, body)
    if project not in (owner.name, owner.id):
        where = body.notebook if body.notebook is not msgspec.UNSET else body.project
        raise Invalid(
            f"{where!r} belongs to the project {owner.name!r}, the address names {project!r}.", code="project_mismatch"
        )
    query: models.PutQuery = request.query
    return await _save(request, body, replace_existing=True, replace_other_file=query.replace)


async def update(request: Request) -> models.Trigger:
    """Change the named fields of a trigger."""
    body: models.TriggerBody = request.body
    key = key_of(request)
    fields = settable_fields(body, _zone(request))
    if body.notebook is not msgspec.UNSET or body.handler is not msgspec.UNSET:
        _, relative = await project_of(request, body)
        fields.setdefault("call", call_of(relative, body))
    view = await request.services.triggers.change(request.caller, key, fields)
    return trigger_model(request, view, whole=True)


async def delete(request: Request) -> Reply:
    """Delete a trigger; what it made stays."""
    await request.services.triggers.remove(request.caller, key_of(request))
    return Reply(status=204)


async def preview(request: Request) -> models.Trigger:
    """Return what would be registered, with next times, warnings and parameters, and store nothing."""
    body: models.TriggerBody = request.body
    project, relative = await project_of(request, body, store=False)
    fields = fields_with_call(body, relative, _zone(request))
    fields.setdefault("name", "preview")
    view = await request.services.triggers.preview(request.caller, project, fields)
    return msgspec.structs.replace(
        trigger_model(request, view, whole=True),
        parameter_fields=[parameter_model(one) for one in view.parameters or ()],
        # Its URL is drawn when it is registered.
        url=None,
        curl=None,
    )


async def fire(request: Request) -> Reply:
    """Run a trigger now, whatever its filter says."""
    body: models.FireBody = request.body
    receipt = await request.services.events.fire(
        request.caller, key_of(request), data=body.data, event_type=body.event_type, parameters=body.parameters,
        rule=body.rule, priority=body.priority, request=request.key,
    )  # fmt: skip
    return Reply(value=receipt_model(receipt), headers=REPEATED if receipt.repeated else {})


def _zone(request: Request) -> str:
    """Return the zone of schedules that name none."""
    return request.services.settings.timezone or "UTC"


def key_of(request: Request) -> str:
    """Return the id or ``project/name`` that the address names."""
    parts = request.path
    return parts["id"] if "id" in parts else f"{parts['project']}/{parts['name']}"


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
        title=trigger.title,
        type=trigger.type,
        enabled=trigger.enabled,
        call=trigger.call,
        api_call=None if trigger.api_call is None else ApiCall(**trigger.api_call.to_dict()),
        notebook=_notebook_path(trigger.call, request.services.projects.shown_path(view.project)),
        event_type=trigger.event_type,
        filter=trigger.filter,
        schedule=None if trigger.schedule is None else _schedule_model(trigger.schedule),
        connection=trigger.connection,
        after=_source_model(source_models.After, trigger.after),
        artifact=_source_model(source_models.WatchedArtifact, trigger.artifact),
        files=_source_model(source_models.WatchedFiles, trigger.files),
        parameters=trigger.parameters,
        mapping=trigger.mapping,
        report=trigger.report,
        keep=trigger.keep,
        tags=list(trigger.tags),
        skip_tags=list(trigger.skip_tags),
        kernel_name=trigger.kernel_name,
        env=shown_environment(trigger.env),
        memory=trigger.memory,
        is_sync=trigger.is_sync,
        is_durable=trigger.is_durable,
        retry=None if trigger.retry is None else models.RetryPolicy(**trigger.retry.to_dict()),
        policy=None if trigger.policy is None else policy_model(trigger.policy),
        priority=trigger.priority,
        queue=None if trigger.policy is None else models.Queue(taken=view.queue[0], waiting=view.queue[1]),
        warm=trigger.warm,
        time_limit=trigger.time_limit,
        max_body=trigger.max_body,
        sync_time=trigger.sync_time,
        signature=_signature(view),
        rules=[rule_model(rule) for rule in trigger.rules],
        collect=_collecting(trigger.collect),
        freshness=None if trigger.freshness is None else Freshness(**trigger.freshness.to_dict()),
        notify=None if trigger.notify is None else [notify_model(one) for one in trigger.notify],
        url=links.webhook(trigger),
        curl=links.curl(trigger),
        next_fire=rfc3339(trigger.next_fire),
        next_fires=_next_fires(trigger) if whole else [],
        last_session=None if newest is None else summary_model(newest),
        recent=[models.Recent(id=session.id, status=session.status) for session in view.recent],
        success_count=trigger.success_count,
        failure_count=trigger.failure_count,
        problems=[
            models.Problem(code=one.code, message=one.message, suggestion=one.suggestion) for one in view.problems
        ],
        warnings=[models.Notice(code=notice.code, message=notice.message) for notice in view.warnings],
        last_refusal=None if view.last_refused is None else _refusal(view.last_refused),
        refusals=[_refusal(event) for event in view.refusals],
        created_at=rfc3339(trigger.created_at) or "",
        updated_at=rfc3339(trigger.updated_at) or "",
    )


def policy_model(policy: Policy) -> models.Policy:
    """Return a policy as the API shows it."""
    return models.Policy(**policy.to_dict(), text=policy_text(policy), written=written(policy))


def _notebook_path(call: str | None, folder: str | None) -> str | None:
    """Return the path under the Jupyter root of the notebook that ``call`` names in ``folder``; None for all else."""
    if call is None or folder is None or not (parsed := parse_call(call)).is_notebook:
        return None
    return f"{folder}/{parsed.path}" if folder else parsed.path


def _signature(view: TriggerView) -> models.Signature | None:
    signature = view.trigger.signature
    if signature is None:
        return None
    return models.Signature(title=signature.title, secrets_live=view.secrets_live, **_signature_fields(signature))


def _signature_fields(signature: Signature) -> dict[str, Any]:
    return {"old_secret": None, **signature.to_dict()}


def rule_model(rule: TriggerRule) -> Rule:
    """Return ``rule`` as the API shows it."""
    return Rule(**{**rule.to_dict(), "collect": _collecting(rule.collect)})


def _collecting(collect: domain.Collecting | None) -> Collecting | None:
    return None if collect is None else Collecting(**collect.to_dict())


def _refusal(event: Event) -> models.LastRefusal:
    assert event.refusal is not None
    return models.LastRefusal(event_id=event.id, at=rfc3339(event.received_at) or "", **event.refusal)


async def _save(
    request: Request, body: models.TriggerBody, *, replace_existing: bool, replace_other_file: bool = True
) -> Reply:
    project, relative = await project_of(request, body)
    fields = fields_with_call(body, relative, _zone(request))
    view, is_new = await request.services.triggers.save(
        request.caller, project, fields, replace_existing=replace_existing, replace_other_file=replace_other_file
    )
    headers = {"Location": f"{request.links.api}triggers/{view.trigger.id}"} if is_new else {}
    model = trigger_model(request, view, whole=True)
    return Reply(value=model, status=201 if is_new else 200, headers=headers)


def _next_fires(trigger: Trigger) -> list[str]:
    if trigger.schedule is None:
        return []
    fires = schedules.next_fires(trigger.schedule, datetime.now(UTC), _SHOWN_FIRES)
    return [rfc3339(fire.timestamp()) or "" for fire in fires]


_M = TypeVar("_M")


def _source_model(model: Callable[..., _M], source: Source | None) -> _M | None:
    """Return what a trigger waits for, with what it means in English."""
    return None if source is None else model(description=source.describe(), **source.to_dict())


def _schedule_model(schedule: schedules.Schedule) -> source_models.Schedule:
    return source_models.Schedule(
        cron=schedule.cron,
        every=schedule.every,
        at=schedule.at,
        timezone=schedule.timezone,
        jitter=schedule.jitter,
        catch_up=schedule.catch_up,
        calendar=None if schedule.calendar is None else source_models.Calendar(**schedule.calendar.to_dict()),
        description=schedules.describe(schedule),
    )


def _routes_at(path: str) -> tuple[Route, ...]:
    """Return what can be done with the trigger at ``path``."""
    return (
        Route(
            tag=TAG, method="GET", path=path, permission="read", summary="Read a trigger", handle=get,
            answer=models.Trigger,
        ),
        Route(
            tag=TAG, method="PATCH", path=path, permission="configure", summary="Change fields of a trigger",
            handle=update, body=models.TriggerBody, answer=models.Trigger,
        ),
        Route(
            tag=TAG, method="DELETE", path=path, permission="configure", summary="Delete a trigger", handle=delete,
            status=204,
        ),
    )  # fmt: skip


TAG = Tag("triggers", "What can happen, and what it calls.")
_BY_ID, _BY_NAME = "triggers/{id}", "triggers/{project}/{name}"
ROUTES = (
    Route(
        tag=TAG, method="GET", path="triggers", permission="read", summary="List triggers", handle=list_,
        query=models.TriggerQuery, answer=models.TriggerPage,
    ),
    Route(
        tag=TAG, method="POST", path="triggers", permission="configure", summary="Register a trigger", handle=create,
        body=models.TriggerBody, answer=models.Trigger, status=201,
    ),
    Route(
        tag=TAG, method="POST", path="triggers/preview", permission="read", summary="See what would be registered",
        handle=preview, body=models.TriggerBody, answer=models.Trigger,
    ),
    *_routes_at(_BY_ID),
    *_routes_at(_BY_NAME),
    *(
        Route(
            tag=TAG, method="POST", path=f"{path}/fire", permission="run", summary="Run a trigger now", handle=fire,
            body=models.FireBody, answer=Receipt, status=202, takes_key=True,
        )
        for path in (_BY_ID, _BY_NAME)
    ),
    Route(
        tag=TAG, method="PUT", path=_BY_NAME, permission="configure",
        summary="Register a trigger, or make it what the body says", handle=put, query=models.PutQuery,
        body=models.TriggerBody, answer=models.Trigger, may_create=True,
    ),
)  # fmt: skip
