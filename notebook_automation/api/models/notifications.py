"""Notifications, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from notebook_automation.domain.notifications import REASONS, NotificationChannel, NotificationState, Reason, ReportPart

from .paging import Page, Paging

To = Annotated[
    str,
    Meta(
        max_length=400,
        description="`panel`, `email:ana`, `email:ana@example.org`, or the way with the name of the project's secret "
        "that holds its URL: `slack:SLACK_URL`, `teams:…`, `webhook:…`, `apprise:…`.",
    ),
]


On = Annotated[str, Meta(max_length=40, description=f"One of {', '.join(f'`{one}`' for one in REASONS)}.")]
Part = Annotated[str, Meta(max_length=40, description="`email`, `html` or `pdf`.")]


class NotifyRule(Struct, kw_only=True):
    """Who hears of what; `if` is a condition in CEL over session, result, artifacts and previous.

    `report` is what e-mails carry: `email` is the notebook as their text, `html` and `pdf` its report as a file.
    """

    on: list[Reason]
    to: list[str]
    report: list[ReportPart] = []
    condition: str | None = field(name="if", default=None)


class NotifyRuleBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """On which reasons, to whom, and if what holds (CEL over session, result, artifacts and previous)."""

    on: list[On]
    to: list[To]
    report: list[Part] = []
    condition: str | None = field(name="if", default=None)


RuleText = Annotated[str, Meta(max_length=400, description="`failed,late:email:ana`.")]
NotifyRules = Annotated[list[NotifyRuleBody | RuleText], Meta(max_length=20)]


class NotifyBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who hears of what in a project, for triggers that do not say it themselves."""

    notify: NotifyRules


class Notify(Struct, kw_only=True):
    """Who hears of what in a project, for triggers that do not say it themselves."""

    notify: list[NotifyRule]


class Notification(Struct, kw_only=True):
    """A message to one recipient about one thing.

    `to` is as rules name it. `created` is gathered with others, `queued` waits for its next try or for a pause to end,
    `dropped` did not meet its condition; `error` says why. Those of one `message_id` went out together.
    """

    id: str
    to: str
    channel: NotificationChannel
    reason: Reason
    state: NotificationState
    title: str
    detail: str
    entity_type: str
    entity: str
    project_id: str | None
    project: str
    trigger_id: str | None
    trigger: str | None
    session_id: str | None
    content: dict[str, Any]
    tries: int
    next_at: str | None
    error: str | None
    message_id: str | None
    created_at: str
    ended_at: str | None


class NotificationPage(Page[Notification]):
    """A page of notifications."""


class NotificationQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which notifications; `state` are several, with commas."""

    project_id: str | None = None
    trigger_id: str | None = None
    session_id: str | None = None
    channel: NotificationChannel | None = None
    state: Annotated[str, Meta(max_length=200)] | None = None


class TestBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A recipient to try, with the secrets of a project (id or name)."""

    project: str
    to: To


class TestResult(Struct, kw_only=True):
    """Whether the message was taken; `error` says why not."""

    to: str
    sent: bool
    error: str | None
