"""The inbox, as the API shows and takes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from notebook_automation.domain.events import InboxStatus

from .paging import SORT, Order, Page, Paging


class Delivery(Struct, kw_only=True):
    """One delivery: to the inbox (`source`), or to a `trigger`.

    `body` is its JSON, or the fields of its form; `raw_body` its text, or `null` where it is none. `data` is what
    filters and handlers see. These three are there when one delivery is asked for.
    """

    id: str
    source: str | None
    trigger_id: str | None
    trigger: str | None
    event_type: str
    status: InboxStatus
    reason: Annotated[str | None, Meta(description="Why it was refused, or could not be read.")]
    method: str
    headers: dict[str, str]
    query_params: dict[str, Any]
    received_at: str
    bookmarked_at: str | None
    session_ids: list[str]
    body: Any | UnsetType = UNSET
    raw_body: str | UnsetType | None = UNSET
    data: Any | UnsetType = UNSET


class DeliveryPage(Page[Delivery]):
    """A page of deliveries."""


class DeliveryQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which deliveries."""

    source: str | None = None
    status: InboxStatus | None = None
    event_type: str | None = None
    trigger: str | None = None
    project: str | None = None
    bookmarked: Annotated[bool | None, Meta(description="Those with a bookmark, or those without.")] = None
    sort: Annotated[Literal["created", "name", "type", "status"], SORT] = "created"
    order: Order = "desc"


class DeliveryChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is said of a delivery; with `status` null it is again what its sessions say."""

    status: InboxStatus | UnsetType | None = UNSET
    bookmarked: bool | UnsetType = UNSET


class InboxSource(Struct, kw_only=True):
    """One who sends to the inbox: to `url`, with `token` unless it is `open`; `url_with_token` has it in it."""

    source: str
    open: bool
    url: str
    token: str
    url_with_token: str
    deliveries: int


class InboxSources(Struct, kw_only=True):
    """Who has sent something that is kept, and who may without a token."""

    items: list[InboxSource]
