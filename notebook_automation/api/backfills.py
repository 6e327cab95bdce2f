"""Backfills over REST: what became of a schedule's ticks, what a backfill would do, and one begun."""

from __future__ import annotations

from collections import Counter

from notebook_automation.domain import schedules
from notebook_automation.domain.backfills import RangeTick
from notebook_automation.services.backfills import Wish

from .models import backfills as models
from .models import session_groups as group_models
from .models.paging import Page, Paging
from .routing import Reply, Request, Route
from .session_groups import group_model
from .triggers import TAG, key_of


async def ticks(request: Request) -> models.Ticks:
    """Return the ticks of a schedule trigger in a range, and what became of each."""
    query: models.TickQuery = request.query
    trigger, found = await request.services.backfills.ticks(request.caller, key_of(request), query.since, query.until)
    zone = "UTC" if trigger.schedule is None else trigger.schedule.timezone
    return models.Ticks(timezone=zone, items=[_tick(one) for one in found])


async def preview(request: Request) -> models.BackfillPlan:
    """Return what a backfill would run, and run nothing."""
    trigger, plan = await request.services.backfills.plan(request.caller, key_of(request), _wish(request))
    return models.BackfillPlan(
        trigger_id=trigger.id, trigger=trigger.ref, asked=plan.asked,
        states=dict(Counter(tick.state for tick in plan.ticks)), total=len(plan.chosen),
        ticks=[_tick(one) for one in plan.chosen],
    )  # fmt: skip


async def start(request: Request) -> Reply:
    """Let ticks of a schedule run after all."""
    view = await request.services.backfills.start(request.caller, key_of(request), _wish(request))
    return Reply(
        value=group_model(view), status=201, headers={"Location": f"{request.links.api}session-groups/{view.group.id}"}
    )


async def list_(request: Request) -> Page[group_models.SessionGroup]:
    """Return a page of the backfills of a trigger, newest first."""
    query: Paging = request.query
    found, more = await request.services.session_groups.listed(
        request.caller, limit=query.limit, cursor=query.cursor, kind="backfill", trigger=key_of(request)
    )
    return group_models.SessionGroupPage(items=[group_model(view) for view in found], next_cursor=more)


def _wish(request: Request) -> Wish:
    body: models.BackfillBody = request.body
    return Wish(since=body.since, until=body.until, which=body.which, order=body.order, at_once=body.at_once)


def _tick(one: RangeTick) -> models.Tick:
    runs = () if one.record is None else one.record.runs
    return models.Tick(
        at=schedules.tick_key(one.at),
        state=one.state,
        event_id=None if one.record is None else one.record.event_id,
        session_id=max((run.session_id for run in runs), default=None),
    )


def _routes_at(path: str) -> tuple[Route, ...]:
    return (
        Route(
            tag=TAG, method="GET", path=f"{path}/ticks", permission="read",
            summary="List the ticks of a schedule, and what became of them", handle=ticks, query=models.TickQuery,
            answer=models.Ticks,
        ),
        Route(
            tag=TAG, method="GET", path=f"{path}/backfills", permission="read", summary="List backfills of a trigger",
            handle=list_, query=Paging, answer=group_models.SessionGroupPage,
        ),
        Route(
            tag=TAG, method="POST", path=f"{path}/backfills", permission="run", summary="Begin a backfill",
            handle=start, body=models.BackfillBody, answer=group_models.SessionGroup, status=201,
        ),
        Route(
            tag=TAG, method="POST", path=f"{path}/backfills/preview", permission="run",
            summary="Show what a backfill would run", handle=preview, body=models.BackfillBody,
            answer=models.BackfillPlan,
        ),
    )  # fmt: skip


ROUTES = (*_routes_at("triggers/{id}"), *_routes_at("triggers/{project}/{name}"))
