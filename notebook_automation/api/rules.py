"""Rules of triggers over REST: set, changed and deleted one by one; read with their trigger."""

from __future__ import annotations

from typing import Any

import msgspec

from notebook_automation.domain.errors import Invalid
from notebook_automation.services.trigger_views import TriggerView

from .models import rules as models
from .models import triggers as trigger_models
from .routing import Reply, Request, Route
from .trigger_bodies import rule_fields
from .triggers import TAG, key_of, trigger_model


async def put(request: Request) -> Reply:
    """Give a trigger this rule, or make the one of this name what the body says: what is not named gets its default."""
    view, is_new = await request.services.rules.put(
        request.caller, key_of(request), request.path["rule"], await _fields(request)
    )
    return Reply(value=trigger_model(request, view, whole=True), status=201 if is_new else 200)


async def update(request: Request) -> trigger_models.Trigger:
    """Change the named fields of a rule."""
    fields = await _fields(request)
    return _shown(
        request, await request.services.rules.change(request.caller, key_of(request), request.path["rule"], fields)
    )


async def delete(request: Request) -> trigger_models.Trigger:
    """Delete a rule; what it made stays."""
    return _shown(request, await request.services.rules.remove(request.caller, key_of(request), request.path["rule"]))


def _shown(request: Request, view: TriggerView) -> trigger_models.Trigger:
    return trigger_model(request, view, whole=True)


async def _fields(request: Request) -> dict[str, Any]:
    """Return the fields that the body names, as the service takes them."""
    body: models.RuleBody = request.body
    if body.name not in (msgspec.UNSET, request.path["rule"]):
        raise Invalid(f"The body names {body.name!r}, the address {request.path['rule']!r}: say the same.",
                      code="rule_invalid")  # fmt: skip
    fields = rule_fields(body)
    if isinstance(body.notebook, str):
        view = await request.services.trigger_views.get(request.caller, key_of(request))
        project, relative = await request.services.projects.of_notebook(request.caller, body.notebook)
        if project.id != view.project.id:
            raise Invalid(
                f"{body.notebook!r} belongs to the project {project.name!r}, the trigger to {view.project.name!r}: a "
                "rule calls a file of its trigger's project.",
                code="project_mismatch",
            )
        fields.setdefault("call", f"{relative}:{body.handler}" if isinstance(body.handler, str) else relative)
    return fields


def _routes_at(path: str) -> tuple[Route, ...]:
    one = f"{path}/rules/{{rule}}"
    return (
        Route(
            tag=TAG, method="PUT", path=one, permission="configure",
            summary="Give a trigger a rule, or make it what the body says", handle=put, body=models.RuleBody,
            answer=trigger_models.Trigger, may_create=True,
        ),
        Route(
            tag=TAG, method="PATCH", path=one, permission="configure", summary="Change fields of a rule", handle=update,
            body=models.RuleBody, answer=trigger_models.Trigger,
        ),
        Route(
            tag=TAG, method="DELETE", path=one, permission="configure", summary="Delete a rule", handle=delete,
            answer=trigger_models.Trigger,
        ),
    )  # fmt: skip


ROUTES = (*_routes_at("triggers/{id}"), *_routes_at("triggers/{project}/{name}"))
