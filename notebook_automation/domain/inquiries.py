"""An inquiry: what the code of a session asks people, who is asked at which stage, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from .access import Resource
from .changes import change_content
from .errors import Conflict, NotFound
from .ids import IdPrefix
from .requesters import CameBy, Requester

INQUIRY_ID = IdPrefix("inq")

InquiryStatus = Literal["pending", "responded", "timeout", "cancelled"]
Decision = Literal["approve", "reject", "value"]
Channel = Literal["panel", "widget", "rest", "cli", "link", "session", "engine"]
"""The way by which somebody did something; ``session`` is its own code, ``engine`` a time that came, or its end."""
What = Literal[
    "asked",
    "shown",
    "notified",
    "reminded",
    "escalated",
    "delegated",
    "substituted",
    "answered",
    "sent_back",
    "replied",
    "withdrawn",
    "timed_out",
    "cancelled",
    "refused",
    "link_made",
    "link_used",
]
Outcome = Literal["approved", "rejected", "answered", "sent_back", "timeout", "withdrawn", "cancelled"]
"""How it ended, in one word; ``answered`` is by a value."""
Form = Literal["decision", "proposal", "value"]
"""How it is answered: approve or reject; the same with proposed values that may be edited; a value alone."""

GROUP = "group:"
"""What a name begins with that means everybody of a group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who may answer at one stage, and how many have to approve.

    ``of`` are names of people and ``group:<name>``; nobody named is anyone. ``per_group`` are the approvals that have
    to come from each of these groups, within ``approvals``.
    """

    of: tuple[str, ...] = ()
    approvals: int = 1
    per_group: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was bound to an inquiry when it was asked: ``digest`` is the hash of its stored copy, ``size`` its bytes."""

    name: str
    kind: str
    media_type: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """At the time ``at`` (epoch seconds) these are asked as well."""

    at: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAnswer:
    """What one person answered at one stage: ``person`` is whose turn it was, ``by`` who answered (or a deputy).

    ``edits`` are the differences to what was proposed, each ``{"path", "before", "after"}``.
    """

    inquiry_id: str
    stage: int
    person: str
    by: str
    decision: Decision
    created_at: float
    channel: Channel
    value: Any = None
    comment: str = ""
    edits: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryDelegation:
    """At one stage somebody gave their turn to another, or asked another a ``question`` and kept it."""

    inquiry_id: str
    stage: int
    giver: str
    taker: str
    created_at: float
    comment: str = ""
    is_question: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryEntry:
    """One thing that happened to an inquiry; entries are never changed. ``who`` is empty where nobody did it."""

    seq: int
    inquiry_id: str
    at: float
    what: What
    who: str
    channel: Channel
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question to people, as it is stored. Times are epoch seconds.

    ``session_ref`` is the session's id, kept when that is deleted. ``response_schema`` is JSON Schema, None for approve
    or reject. ``stage`` is the index of the present one. ``on_timeout`` says what happens at ``timeout_at``,
    ``reminders`` are times left, ``next_at`` is the earliest of all times while it is pending. ``version`` grows with
    each change.
    ``requester`` is the person behind the session, None where nobody is known, ``came_by`` how it was set off at first.
    """

    id: str
    session_id: str | None
    session_ref: str
    project_id: str | None
    project: str
    notebook: str
    cell_index: int
    prompt: str
    title: str
    stages: tuple[Stage, ...]
    created_at: float
    trigger_id: str | None = None
    trigger_ref: str | None = None
    response_schema: Any = None
    proposed: Any = None
    stage: int = 0
    exclude: tuple[str, ...] = ()
    allow_requester: bool = False
    requester: str | None = None
    came_by: CameBy | None = None
    status: InquiryStatus = "pending"
    version: int = 1
    response: dict[str, Any] | None = None
    responded_by: str | None = None
    responded_at: float | None = None
    channel: Channel | None = None
    timeout_at: float | None = None
    on_timeout: dict[str, Any] = field(default_factory=lambda: {"do": "reject"})
    reminders: tuple[float, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    next_at: float | None = None
    shown: tuple[Shown, ...] = ()
    ended_reason: str | None = None

    @property
    def form(self) -> Form:
        """How it is answered."""
        if self.response_schema is None:
            return "decision"
        return "value" if self.proposed is None else "proposal"

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it is pending."""
        if self.status == "pending":
            return None
        if self.status == "timeout":
            return "timeout"
        if self.status == "cancelled":
            return "withdrawn" if self.responded_by else "cancelled"
        response = self.response or {}
        return "sent_back" if response.get("question") else _VERDICTS[response.get("approved")]

    @property
    def present(self) -> Stage:
        """The stage that it is at."""
        return self.stages[min(self.stage, len(self.stages) - 1)]

    @property
    def behind(self) -> Requester:
        """Who stands behind the session that asks."""
        return Requester(person=self.requester, came_by=self.came_by or "unknown")

    @property
    def resource(self) -> InquiryResource:
        """What somebody who does something to it needs to be allowed."""
        return InquiryResource(id=self.id, project_id=self.project_id, session_id=self.session_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryResource(Resource):
    """An inquiry: what is asked, and who answers."""

    kind: ClassVar[str] = "inquiry"


@change_content("inquiries", "created", "updated")
class InquiryChange:
    """What changes of inquiries carry."""

    session_id: str
    project_id: str | None
    status: InquiryStatus
    title: str
    stage: int

    @classmethod
    def of(cls, inquiry: Inquiry) -> InquiryChange:
        """Return what a change of ``inquiry`` carries."""
        return cls(
            session_id=inquiry.session_ref, project_id=inquiry.project_id, status=inquiry.status, title=inquiry.title,
            stage=inquiry.stage,
        )  # fmt: skip


def inquiry_key(inquiry_id: str) -> str:
    """Return the key by which the wait for an inquiry is found."""
    return f"inquiry:{inquiry_id}"


def next_time(inquiry: Inquiry) -> float | None:
    """Return when something happens to a pending inquiry by itself next; None: never."""
    times = [*inquiry.reminders, *(one.at for one in inquiry.escalations)]
    if inquiry.timeout_at is not None:
        times.append(inquiry.timeout_at)
    return min(times, default=None)


def no_inquiry(inquiry_id: str) -> NotFound:
    """Return what is raised where no inquiry has this id."""
    return NotFound(
        f"There is no inquiry {inquiry_id!r}: it may have been deleted; an inquiry is named by its id, which begins "
        "with inq_.",
        code="inquiry_not_found",
    )


def check_pending(inquiry: Inquiry) -> None:
    """Raise Conflict (``inquiry_ended``), which says what has happened, unless ``inquiry`` still waits."""
    if inquiry.status != "pending":
        raise Conflict(f"This inquiry {how_it_ended(inquiry)}.", code="inquiry_ended", status=inquiry.status)


def how_it_ended(inquiry: Inquiry) -> str:
    """Return how an ended inquiry ended, as a sentence goes on after its name."""
    when = "" if inquiry.responded_at is None else f" at {datetime.fromtimestamp(inquiry.responded_at, UTC):%H:%M} UTC"
    who = f" by {inquiry.responded_by}" if inquiry.responded_by else ""
    reason = f" ({inquiry.ended_reason})" if inquiry.ended_reason else ""
    if inquiry.outcome == "timeout":
        return f"timed out{when}"
    if inquiry.outcome == "sent_back":
        return f"was already sent back with a question{who}{when}"
    return f"was already {inquiry.outcome}{who}{when}{reason}"


_VERDICTS: Mapping[bool | None, Outcome] = {True: "approved", False: "rejected", None: "answered"}
