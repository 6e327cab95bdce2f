"""Events, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from notebook_automation.domain.events import Source
from notebook_automation.domain.rules import Condition, EnforcementStatus

from .paging import SORT, Order, Page, Paging


class Clause(Struct, kw_only=True):
    """One test of a filter, what it came to, and the values that it read."""

    text: str
    result: bool | None
    error: str | None
    values: dict[str, Any]


class Enforcement(Struct, kw_only=True):
    """One rule meeting the event: why it did, or did not, run something."""

    id: str
    rule_ref: str
    status: EnforcementStatus
    matched: bool
    condition: Condition
    conditions: list[str]
    clauses: list[Clause]
    session_id: str | None
    reason: str | None


class Refusal(Struct, kw_only=True):
    """Why a delivery was not taken: what its sender was told, and the bytes of its body that had come."""

    status: int
    code: str
    message: str
    size: int


class EventMark(Struct, kw_only=True, forbid_unknown_fields=True):
    """What may be said of an event: that it is kept."""

    bookmarked: bool


class ReplayBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which trigger (id, or project/name) is to get the event again; its own unless another is named."""

    trigger: str | None = None


class SendBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where an event is sent: an address on the server's own machine."""

    url: Annotated[str, Meta(max_length=2000)]


class LocalAnswer(Struct, kw_only=True):
    """What a program on the server's machine answered; `body` is all of it unless it is `cut`."""

    status: int
    headers: dict[str, str]
    body: str
    cut: bool
    seconds: float


class Event(Struct, kw_only=True):
    """Something that happened. Where it made no session, `reason` says why.

    `enforcements` is there when one event is asked for.
    """

    id: str
    type: str
    source: Source
    trigger_id: str | None
    trigger: str | None
    project_id: str | None
    data: Any
    dedupe_key: str | None
    replay_of: str | None
    received_at: str
    session_ids: list[str]
    reason: str | None
    refusal: Refusal | None
    inbox_source: Annotated[str | None, Meta(description="Who sent it to the inbox.")]
    bookmarked_at: str | None
    correlation_id: Annotated[str | None, Meta(description="The request that it came by.")]
    enforcements: list[Enforcement] | UnsetType = UNSET


class EventPage(Page[Event]):
    """A page of events."""


class EventQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which events."""

    trigger: str | None = None
    project: str | None = None
    type: str | None = None
    source: Source | None = None
    ran: Annotated[bool | None, Meta(description="Those that made sessions, or those that made none.")] = None
    sort: Annotated[Literal["created", "name", "source"], SORT] = "created"
    order: Order = "desc"


class EventBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """An event to emit in a project (id or name)."""

    type: Annotated[str, Meta(min_length=1, max_length=200)]
    project: str
    data: Any = None


class Receipt(Struct, kw_only=True):
    """What the sender of an event is told, once all of it is on disk."""

    event_id: str
    session_ids: list[str]


class ExplainBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """An event, a filter to try on it, and expressions (`mapping`, by parameter) to work out from it."""

    filter: str = "true"
    mapping: dict[str, str] = {}
    data: Any = None
    event_type: str = ""


class TryBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A filter to try on the newest events: of a trigger (id or `project/name`), or all of a source."""

    filter: Annotated[str, Meta(max_length=10_000)]
    trigger: str | None = None
    source: Source | None = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 5


class Tried(Struct, kw_only=True):
    """What a filter comes to on an event; `line` and `column` are where it could not be decided."""

    event_id: str
    received_at: str
    trigger: str | None
    type: str
    matched: bool
    error: str | None
    line: int | None
    column: int | None
    clauses: list[Clause]


class TriedList(Struct, kw_only=True):
    """The newest event first."""

    items: list[Tried]


class Explanation(Struct, kw_only=True):
    """What a filter comes to, test by test; `parameters` are the values of the mapping."""

    matched: bool
    error: str | None
    clauses: list[Clause]
    parameters: dict[str, Any]
