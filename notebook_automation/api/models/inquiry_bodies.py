"""What the code of a session asks people by."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from .inquiries import Person
from .waits import Position

Names = Annotated[list[Person], Meta(max_length=200)]
Seconds = Annotated[float, Meta(gt=0)]


class StageBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """One stage: people and `group:<name>` (none: anyone), how many have to approve, how many of each group."""

    of: Names = []
    approvals: Annotated[int, Meta(ge=1, le=100)] = 1
    per_group: dict[str, int] = {}


class EscalationBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """So many seconds after it was asked, these are asked as well."""

    after: Seconds
    to: Names


class ShowBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Something shown: the `digest` of content that was stored before, and what it is."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    media_type: Annotated[str, Meta(max_length=200)]
    kind: Annotated[str, Meta(max_length=40)] = "file"
    size: Annotated[int, Meta(ge=0)] = 0


class InquiryBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is asked: `stages`, or `assigned_to` and `approvals` for a single one.

    Without `schema` it is approved or rejected; with `proposed` these values may be edited. Times are seconds.
    `on_timeout` is `{"do": "reject"}` (where none is given), `{"do": "raise"}`, `{"do": "value", "value": …}` or
    `{"do": "escalate", "to": […], "more": seconds}`. Whoever is in `exclude` never answers, nor does
    who started the session, unless `allow_requester`.
    """

    prompt: str
    schema: Any = None
    proposed: Any = None
    assigned_to: Names = []
    approvals: Annotated[int, Meta(ge=1, le=100)] = 1
    stages: Annotated[list[StageBody], Meta(max_length=20)] = []
    timeout: Seconds | None = None
    on_timeout: dict[str, Any] | None = None
    remind: Annotated[list[Seconds], Meta(max_length=50)] = []
    escalate: Annotated[list[EscalationBody], Meta(max_length=50)] = []
    exclude: Names = []
    allow_requester: bool = False
    show: Annotated[list[ShowBody], Meta(max_length=50)] = []


class InquiriesBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Inquiries that are asked at once: the session goes on when the last of them has ended."""

    position: Position
    inquiries: Annotated[list[InquiryBody], Meta(min_length=1, max_length=100)]
