"""Policies of projects over REST."""

from __future__ import annotations

from typing import Any

from notebook_automation.domain.policies import Place
from notebook_automation.domain.project_policies import ProjectPolicy
from notebook_automation.domain.projects import Project
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.times import rfc3339

from .models import policies as models
from .models.paging import Page
from .models.triggers import Queue
from .projects import TAG
from .routing import Reply, Request, Route
from .trigger_bodies import policy_fields
from .triggers import policy_model


async def list_(request: Request) -> Page[models.ProjectPolicy]:
    """Return a project's policies by name."""
    found = await request.services.project_policies.listed(request.caller, await _project(request))
    return models.ProjectPolicyPage(items=[_model(one, numbers) for one, numbers in found])


async def queue(request: Request) -> Page[models.QueuedSession]:
    """Return the first of the sessions that wait for a policy, in the order in which they came."""
    query: models.QueueQuery = request.query
    project = await _project(request)
    found = await request.services.project_policies.queue(request.caller, project, request.path["name"], query.limit)
    return models.QueuedSessionPage(items=[_queued(*one) for one in found])


async def put(request: Request) -> models.ProjectPolicy:
    """Set the policy of this name: its sessions that have not begun wait for their turns from now on."""
    body: models.ProjectPolicyBody = request.body
    given = body.policy if isinstance(body.policy, str) else policy_fields(body.policy)
    fields: dict[str, Any] = {"policy": given, "call": body.call}
    stored, numbers = await request.services.project_policies.save(
        request.caller, await _project(request), request.path["name"], fields
    )
    return _model(stored, numbers)


async def delete(request: Request) -> Reply:
    """Delete a policy: what waited for it alone runs."""
    await request.services.project_policies.remove(request.caller, await _project(request), request.path["name"])
    return Reply(status=204)


async def _project(request: Request) -> Project:
    return await request.services.projects.get(request.caller, request.path["id"])


def _model(one: ProjectPolicy, numbers: tuple[int, int]) -> models.ProjectPolicy:
    shown = policy_model(one.policy)
    return models.ProjectPolicy(
        id=one.id, name=one.name, call=one.call, policy=shown, queue=Queue(taken=numbers[0], waiting=numbers[1])
    )


def _queued(place: Place, session: Session) -> models.QueuedSession:
    return models.QueuedSession(
        session_id=session.id,
        call=session.call,
        trigger=session.trigger_ref,
        priority=session.priority,
        reason=session.reason,
        group=place.group,
        position=place.position or 1,
        created_at=rfc3339(session.created_at) or "",
        queue_at=rfc3339(place.queue_at) or "",
        due_at=rfc3339(place.due_at),
    )


_ONE = "projects/{id}/policies/{name}"
ROUTES = (
    Route(
        tag=TAG, method="GET", path="projects/{id}/policies", permission="read", summary="List a project's policies",
        handle=list_, answer=models.ProjectPolicyPage,
    ),
    Route(
        tag=TAG, method="PUT", path=_ONE, permission="configure", summary="Set a policy of a project", handle=put,
        body=models.ProjectPolicyBody, answer=models.ProjectPolicy,
    ),
    Route(
        tag=TAG, method="GET", path=f"{_ONE}/queue", permission="read", summary="List what waits for a policy",
        handle=queue, query=models.QueueQuery, answer=models.QueuedSessionPage,
    ),
    Route(
        tag=TAG, method="DELETE", path=_ONE, permission="configure", summary="Delete a policy of a project",
        handle=delete, status=204,
    ),
)  # fmt: skip
