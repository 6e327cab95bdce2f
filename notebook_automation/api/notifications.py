"""Notifications over REST: what people were told, and whether a way to them works."""

from __future__ import annotations

from typing import get_args

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.notification_messages import detail_of, what_of
from notebook_automation.domain.notifications import Notification, NotificationState, NotifyRule, parse_recipient
from notebook_automation.domain.times import rfc3339

from .models import notifications as models
from .models.paging import Page
from .routing import Request, Route, Tag


async def list_(request: Request) -> Page[models.Notification]:
    """Return a page of notifications, newest first."""
    query: models.NotificationQuery = request.query
    found, more = await request.services.notifications.listed(
        request.caller, limit=query.limit, cursor=query.cursor, project_id=query.project_id,
        trigger_id=query.trigger_id, session_id=query.session_id, states=_states(query.state), channel=query.channel,
    )  # fmt: skip
    return models.NotificationPage(items=[notification_model(one) for one in found], next_cursor=more)


async def get(request: Request) -> models.Notification:
    """Return one notification."""
    return notification_model(await request.services.notifications.get(request.caller, request.path["id"]))


async def test(request: Request) -> models.TestResult:
    """Send a test message, and say whether it was taken."""
    body: models.TestBody = request.body
    project = await request.services.projects.get(request.caller, body.project)
    tried = await request.services.notifications.test(request.caller, project, parse_recipient(body.to))
    return models.TestResult(to=str(tried.recipient), sent=tried.error is None, error=tried.error)


def notification_model(one: Notification) -> models.Notification:
    """Return a notification as the API shows it."""
    return models.Notification(
        id=one.id,
        to=str(one.recipient),
        channel=one.channel,
        reason=one.activity,
        state=one.state,
        title=what_of(one),
        detail=detail_of(one),
        entity_type=one.entity_type,
        entity=one.entity,
        project_id=one.project_id,
        project=one.project,
        trigger_id=one.trigger_id,
        trigger=one.trigger_ref,
        session_id=one.session_id,
        content=one.content,
        tries=one.tries,
        next_at=rfc3339(one.next_at),
        error=one.error,
        message_id=one.message_id,
        created_at=rfc3339(one.created_at) or "",
        ended_at=rfc3339(one.ended_at),
    )


def notify_model(rule: NotifyRule) -> models.NotifyRule:
    """Return a rule as the API shows it."""
    return models.NotifyRule(
        on=list(rule.on), to=[str(one) for one in rule.to], report=list(rule.report), condition=rule.condition
    )


def _states(text: str | None) -> list[str]:
    wanted = [one.strip() for one in (text or "").split(",") if one.strip()]
    known = get_args(NotificationState)
    for one in wanted:
        if one not in known:
            raise Invalid(f"There is no state {one!r}: use {', '.join(known)}.", code="request_invalid", field="state")
    return wanted


TAG = Tag("notifications", "What people were told, and whether a way to them works.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="notifications", permission="read", summary="List notifications", handle=list_,
        query=models.NotificationQuery, answer=models.NotificationPage,
    ),
    Route(
        tag=TAG, method="GET", path="notifications/{id}", permission="read", summary="Read a notification", handle=get,
        answer=models.Notification,
    ),
    Route(
        tag=TAG, method="POST", path="notifications/test", permission="configure", summary="Send a test message",
        handle=test, body=models.TestBody, answer=models.TestResult,
    ),
)  # fmt: skip
