"""Something happened, recorded; and what the rules make of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypedDict

from .access import Resource
from .after import INCOMPLETE, LOOP
from .changes import change_content
from .ids import IdPrefix

EVENT_ID = IdPrefix("evt")

MISSED = "missed"
"""Type of the event that records ticks a schedule missed and will not run."""

InboxStatus = Literal["received", "processed", "failed"]
"""``failed`` are dead letters: refused, unreadable, or of sessions that failed while none completed."""

Source = Literal["webhook", "schedule", "manual", "emit", "replay", "connection", "session", "artifact", "file"]


_FOLLOWING = ("session", "artifact")
"""Sources of events that sessions lead to."""


class Refusal(TypedDict):
    """Why a delivery was not taken: the HTTP status and the error that its sender got, the bytes that had come."""

    status: int
    code: str
    message: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One occurrence. ``config`` is the snapshot of the trigger that recorded it, ``received_at`` epoch seconds.

    ``dedupe_key`` is unique per trigger: a delivery's id, a schedule's tick, the key of a request to fire. Of such a
    request ``request_digest`` is what it came with. ``sealed`` are the sender's credentials, encrypted; in ``data``
    they are masked. ``signed_digest`` is the SHA-256 of what its sender has signed with a time: a trigger takes
    it once. A delivery with a ``refusal`` was not taken: nothing was made of it. ``inbox_source`` is who sent it to the
    inbox, ``inbox_status`` what somebody says of a delivery (None: what came of it says so); one that is kept for its
    own sake was bookmarked at ``bookmarked_at``, epoch seconds. ``correlation_id`` is the request that it came by, and
    ``traceparent`` that request's place in a trace.
    """

    id: str
    type: str
    source: Source
    project_id: str | None
    received_at: float
    trigger_id: str | None = None
    trigger_ref: str | None = None
    data: Any = None
    config: dict[str, Any] = field(default_factory=dict)
    dedupe_key: str | None = None
    replay_of: str | None = None
    sealed: str | None = None
    refusal: Refusal | None = None
    request_digest: str | None = None
    signed_digest: str | None = None
    inbox_source: str | None = None
    inbox_status: InboxStatus | None = None
    bookmarked_at: float | None = None
    correlation_id: str | None = None
    traceparent: str | None = None

    @property
    def resource(self) -> EventResource:
        """What somebody who does something to it needs to be allowed."""
        return EventResource(id=self.id, project_id=self.project_id)


def is_mere_record(event: Event) -> bool:
    """Return whether ``event`` only records what did not happen: no rule meets it, nobody is told of it."""
    return event.type == MISSED or (event.source in _FOLLOWING and event.type in (INCOMPLETE, LOOP))


def why_nothing_ran(event: Event) -> str:
    """Return why an event that met no rule ran nothing."""
    if event.refusal is not None:
        return f"Refused ({event.refusal['status']}): {event.refusal['message']}"
    if event.type == MISSED:
        return "The schedule missed these times, and skips what it missed."
    if event.inbox_source is not None:
        return str(event.config.get("problem") or "It came to the inbox, where no trigger waits for it.")
    if event.type == INCOMPLETE and event.source == "session":
        return f"Not all ended in time: {', '.join(event.data['missing'])} did not."
    if event.type == LOOP and event.source in _FOLLOWING:
        return f"Too many sessions have followed each other: this would be number {event.data['depth']} in a row."
    if event.trigger_ref is None:
        return "No trigger listens to this event."
    return "Its trigger calls nothing: it only records."


@dataclass(frozen=True, slots=True, kw_only=True)
class EventResource(Resource):
    """A recorded event, with what the rules made of it."""

    kind: ClassVar[str] = "event"


@change_content("events", "created", "updated", "deleted")
class EventChange:
    """What changes of events carry; ``trigger`` is ``project/name``."""

    type: str
    source: Source
    trigger: str | None

    @classmethod
    def of(cls, event: Event) -> EventChange:
        """Return what a change of ``event`` carries."""
        return cls(type=event.type, source=event.source, trigger=event.trigger_ref)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the sender of an event gets back: its id and the sessions it made; ``repeated`` if it was known already.

    ``replayed`` if the same was signed before and came under another id: nothing was stored.
    """

    event_id: str
    session_ids: tuple[str, ...] = ()
    repeated: bool = False
    replayed: bool = False
