"""Sweeps over REST: begun, their results joined, what has not completed run again."""

from __future__ import annotations

from notebook_automation.domain.session_options import asked_options
from notebook_automation.services.session_groups import GroupView, MemberView
from notebook_automation.services.sweeps import SweepWish, last_session

from .models import session_groups as group_models
from .models import sweeps as models
from .models.empty import Nothing
from .models.environments import environment_of
from .models.paging import Page
from .routing import Reply, Request, Route
from .session_groups import TAG, group_model
from .sessions import project_and_call


async def start(request: Request) -> Reply:
    """Run a notebook or function once for each combination of parameters."""
    body: models.SweepBody = request.body
    project, call = await project_and_call(request, body)
    options = asked_options(
        report=body.report, keep=body.keep, time_limit=body.time_limit, kernel_name=body.kernel_name, tags=body.tags,
        skip_tags=body.skip_tags, is_durable=body.is_durable, env=environment_of(body.env), memory=body.memory,
        priority=body.priority,
    )  # fmt: skip
    wish = SweepWish(
        axes=body.sweep, paired=body.zip, parameters=body.parameters, at_once=body.at_once, options=options,
        on_parent_end=body.on_parent_end,
    )  # fmt: skip
    return _begun(request, await request.services.sweeps.start(request.caller, project, call, wish))


async def results(request: Request) -> Page[models.SweepResult]:
    """Return what came of each member of a group, in their order."""
    query: group_models.MemberQuery = request.query
    found, more = await request.services.sweeps.results(
        request.caller, request.path["id"], after=-1 if query.after is None else query.after, limit=query.limit
    )
    return models.SweepResultPage(
        items=[result_model(view) for view in found], next_cursor=None if more is None else str(more)
    )


async def retry(request: Request) -> Reply:
    """Run what of a sweep has not completed, as a sweep of its own."""
    return _begun(request, await request.services.sweeps.retry(request.caller, request.path["id"]))


def _begun(request: Request, view: GroupView) -> Reply:
    location = f"{request.links.api}session-groups/{view.group.id}"
    return Reply(value=group_model(view), status=201, headers={"Location": location})


def result_model(view: MemberView) -> models.SweepResult:
    """Return ``view`` as the API shows it."""
    member, session = view.member, last_session(view)
    return models.SweepResult(
        position=member.position,
        name=member.name,
        parameters=member.what.get("parameters", {} if session is None else session.parameters),
        state=member.state,
        status=None if session is None else session.status,
        result=None if session is None else session.result,
        session=None if session is None else session.id,
        reason=member.reason if session is None else session.reason,
    )


ROUTES = (
    Route(
        tag=TAG, method="POST", path="sweeps", permission="run", summary="Begin a parameter sweep", handle=start,
        body=models.SweepBody, answer=group_models.SessionGroup, status=201,
    ),
    Route(
        tag=TAG, method="GET", path="session-groups/{id}/results", permission="read",
        summary="Read what came of each member of a group", handle=results, query=group_models.MemberQuery,
        answer=models.SweepResultPage,
    ),
    Route(
        tag=TAG, method="POST", path="session-groups/{id}/retry", permission="run",
        summary="Run again what of a sweep has not completed", handle=retry, body=Nothing,
        answer=group_models.SessionGroup, status=201,
    ),
)  # fmt: skip
