"""Waits, subscriptions and signals, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from notebook_automation.domain.waits import WaitStatus

from .events import Event
from .inquiries import Inquiry
from .paging import Page

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Filter = Annotated[str, Meta(description="CEL over `data` and `event_type`: only events for which it is true.")]


class Position(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where in the notebook of a session something is asked: the `nth` call (from 0) in a `piece` of a cell.

    Asked again from there, it is the same. `cell_index` is -1 in a session that is not durable.
    """

    cell_index: Annotated[int, Meta(ge=-1, le=1_000_000)]
    piece: Annotated[int, Meta(ge=0, le=1_000_000)]
    nth: Annotated[int, Meta(ge=0, le=1_000_000_000)]


class WaitBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the code of a session waits for.

    `name` is of a `signal` or an `event`; `subscriptions` (ids) are for `next_event`, and `filter` may narrow them.
    `seconds` or `until` (RFC 3339, in the server's zone where it names none) is when it ends by itself.
    """

    kind: Literal["sleep", "signal", "event", "next_event"]
    position: Position
    name: Name | None = None
    subscriptions: Annotated[list[str], Meta(max_length=100)] = []
    filter: Filter | None = None
    seconds: float | None = None
    until: str | None = None


class Wait(Struct, kw_only=True):
    """Something that a session has waited for, or waits for: `waiting_for` says it in words.

    `payload` and `sender` are of the signal that ended it, `event` is the event that did, where one wait is asked for.
    `inquiries` are what people are asked, where one wait is asked for: it ends when the last of them has ended.
    """

    id: str
    kind: Literal["sleep", "signal", "event", "next_event", "inquiry"]
    status: WaitStatus
    waiting_for: str
    position: Position
    payload: Any
    sender: str | None
    event: Event | None
    inquiries: list[Inquiry]
    created_at: str
    wake_at: str | None
    ended_at: str | None


class WaitPage(Page[Wait]):
    """All waits of a session, oldest first."""


class WaitQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """For how long to stay until the wait has ended."""

    seconds: Annotated[float, Meta(ge=0, le=30)] = 0.0


class SubscriptionBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the code of a session listens to: a trigger of its project by name, or else the event of that name."""

    source: Name
    position: Position
    filter: Filter | None = None


class Subscription(Struct, kw_only=True):
    """What a session listens to."""

    id: str
    trigger_id: str | None
    event_type: str | None
    filter: str | None


class SignalBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A signal for one session; `position` is where in the sender's own notebook it is sent."""

    name: Name
    payload: Any = None
    position: Position | None = None


class BroadcastBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A signal for whoever in a project (id or name) waits for it now."""

    project: str
    name: Name
    payload: Any = None
    position: Position | None = None


class SignalReceipt(Struct, kw_only=True):
    """How many sessions got the signal, or will get it when they ask for it."""

    reached: int
