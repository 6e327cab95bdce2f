"""Groups of sessions over REST: looked at, and cancelled; what makes one is a route of its own noun."""

from __future__ import annotations

from notebook_automation.domain.session_groups import OPEN
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.session_groups import GroupView, MemberView
from notebook_automation.services.sweeps import last_session

from .models import session_groups as models
from .models import sweeps as sweep_models
from .models.empty import Nothing
from .models.paging import Page
from .routing import Reply, Request, Route, Tag


async def list_(request: Request) -> Page[models.SessionGroup]:
    """Return a page of groups, newest first."""
    query: models.SessionGroupQuery = request.query
    found, more = await request.services.session_groups.listed(
        request.caller, limit=query.limit, cursor=query.cursor, kind=query.kind, project=query.project,
        trigger=query.trigger, states=OPEN if query.open else (),
    )  # fmt: skip
    return models.SessionGroupPage(items=[group_model(view) for view in found], next_cursor=more)


async def get(request: Request) -> models.SessionGroup:
    """Return one group, and how far it is."""
    return group_model(await request.services.session_groups.get(request.caller, request.path["id"]))


async def members(request: Request) -> Page[models.SessionGroupMember]:
    """Return members of a group, in the order of their turns."""
    query: models.MemberQuery = request.query
    found, more = await request.services.session_groups.members(
        request.caller, request.path["id"], after=-1 if query.after is None else query.after, limit=query.limit
    )
    return models.SessionGroupMemberPage(
        items=[_member_model(view) for view in found], next_cursor=None if more is None else str(more)
    )


async def cancel(request: Request) -> models.SessionGroup:
    """Let no further member have its turn, and end what is queued; a group that is over stays as it is."""
    body: models.CancelGroupBody = request.body
    return group_model(
        await request.services.session_groups.cancel(request.caller, request.path["id"], running=body.running)
    )


async def results(request: Request) -> Page[sweep_models.SweepResult]:
    """Return what came of each member of a group, in their order."""
    query: models.MemberQuery = request.query
    found, more = await request.services.sweeps.results(
        request.caller, request.path["id"], after=-1 if query.after is None else query.after, limit=query.limit
    )
    return sweep_models.SweepResultPage(
        items=[result_model(view) for view in found], next_cursor=None if more is None else str(more)
    )


async def retry(request: Request) -> Reply:
    """Run what of a sweep has not completed, as a sweep of its own."""
    return begun(request, await request.services.sweeps.retry(request.caller, request.path["id"]))


def group_model(view: GroupView) -> models.SessionGroup:
    """Return ``view`` as the API shows it."""
    group, counts = view.group, view.counts
    return models.SessionGroup(
        id=group.id,
        kind=group.kind,
        state=group.state,
        reason=group.reason,
        project_id=group.project_id,
        project=group.project,
        trigger_id=group.trigger_id,
        trigger=group.trigger_ref,
        call=group.call,
        asked=group.asked,
        total=group.total,
        at_once=group.at_once,
        waiting=counts.waiting,
        under_way=counts.under_way,
        over=counts.over,
        skipped=counts.members.get("skipped", 0),
        cancelled=counts.members.get("cancelled", 0),
        sessions=dict(counts.sessions),
        started_by=group.started_by,
        created_at=rfc3339(group.created_at) or "",
        finished_at=rfc3339(group.finished_at),
    )


def _member_model(view: MemberView) -> models.SessionGroupMember:
    member = view.member
    return models.SessionGroupMember(
        position=member.position,
        name=member.name,
        what=member.what,
        state=member.state,
        reason=member.reason,
        sessions=[models.MemberSession(id=one.id, status=one.status, call=one.call) for one in view.sessions],
    )


def begun(request: Request, view: GroupView) -> Reply:
    """Return the answer that tells of a new group."""
    location = f"{request.links.api}session-groups/{view.group.id}"
    return Reply(value=group_model(view), status=201, headers={"Location": location})


def result_model(view: MemberView) -> sweep_models.SweepResult:
    """Return ``view`` as the API shows it."""
    member, session = view.member, last_session(view)
    return sweep_models.SweepResult(
        position=member.position,
        name=member.name,
        parameters=member.what.get("parameters", {} if session is None else session.parameters),
        state=member.state,
        status=None if session is None else session.status,
        result=None if session is None else session.result,
        session=None if session is None else session.id,
        reason=member.reason if session is None else session.reason,
    )


TAG = Tag("session groups", "Sessions that were asked for at once: how far they are, and an end to all of them.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="session-groups", permission="read", summary="List groups of sessions",
        handle=list_, query=models.SessionGroupQuery, answer=models.SessionGroupPage,
    ),
    Route(
        tag=TAG, method="GET", path="session-groups/{id}", permission="read", summary="Read a group of sessions",
        handle=get, answer=models.SessionGroup,
    ),
    Route(
        tag=TAG, method="GET", path="session-groups/{id}/members", permission="read",
        summary="List the members of a group", handle=members, query=models.MemberQuery,
        answer=models.SessionGroupMemberPage,
    ),
    Route(
        tag=TAG, method="POST", path="session-groups/{id}/cancel", permission="run",
        summary="Cancel all of a group", handle=cancel, body=models.CancelGroupBody, answer=models.SessionGroup,
    ),
    Route(
        tag=TAG, method="GET", path="session-groups/{id}/results", permission="read",
        summary="Read what came of each member of a group", handle=results, query=models.MemberQuery,
        answer=sweep_models.SweepResultPage,
    ),
    Route(
        tag=TAG, method="POST", path="session-groups/{id}/retry", permission="run",
        summary="Run again what of a sweep has not completed", handle=retry, body=Nothing,
        answer=models.SessionGroup, status=201,
    ),
)  # fmt: skip
