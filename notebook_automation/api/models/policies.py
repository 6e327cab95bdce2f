"""Policies of projects, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from .paging import Limit, Page
from .triggers import Policy, PolicyBody, Queue


class ProjectPolicy(Struct, kw_only=True):
    """A limit of a project: on the sessions of `call` (a file with its handlers, or one of them), or on all of them."""

    id: str
    name: str
    call: str | None
    policy: Policy
    queue: Queue


class ProjectPolicyPage(Page[ProjectPolicy]):
    """All policies of a project."""


class QueuedSession(Struct, kw_only=True):
    """A session that waits for its turn: number `position` among those of its `group`, the values it is counted by.

    `queue_at`, by which it is sorted, is when it came, less what its priority counts; `due_at`: when a limit per period
    lets it go.
    """

    session_id: str
    call: str
    trigger: str | None
    priority: int
    reason: str | None
    group: dict[str, Any]
    position: int
    created_at: str
    queue_at: str
    due_at: str | None


class QueuedSessionPage(Page[QueuedSession]):
    """The first of a queue; how many wait in all says the policy."""


class QueueQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """How many of a queue to list."""

    limit: Limit = 50


class ProjectPolicyBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """How many sessions may run: a text such as `3 by region`, or a mapping; of `call`, or of the whole project."""

    policy: PolicyBody | Annotated[str, Meta(max_length=1000)]
    call: Annotated[str, Meta(max_length=4096)] | None = None
