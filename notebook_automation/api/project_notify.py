"""Who hears of what in a project, over REST: for all its triggers that do not say it themselves."""

from __future__ import annotations

from notebook_automation.domain.notifications import parse_notify

from .models import notifications as models
from .notifications import notify_model
from .projects import TAG
from .routing import Request, Route
from .trigger_bodies import rules_given


async def get(request: Request) -> models.Notify:
    """Return who hears of what in a project."""
    services = request.services
    project = await services.projects.get(request.caller, request.path["id"])
    rules = await services.notify_defaults.get(request.caller, project)
    return models.Notify(notify=[notify_model(one) for one in rules])


async def put(request: Request) -> models.Notify:
    """Say who hears of what in a project."""
    body: models.NotifyBody = request.body
    services = request.services
    project = await services.projects.get(request.caller, request.path["id"])
    rules = await services.notify_defaults.set(request.caller, project, parse_notify(rules_given(body.notify)))
    return models.Notify(notify=[notify_model(one) for one in rules])


ROUTES = (
    Route(
        tag=TAG, method="GET", path="projects/{id}/notify", permission="read", summary="Read who hears of what",
        handle=get, answer=models.Notify,
    ),
    Route(
        tag=TAG, method="PUT", path="projects/{id}/notify", permission="configure", summary="Say who hears of what",
        handle=put, body=models.NotifyBody, answer=models.Notify,
    ),
)  # fmt: skip
