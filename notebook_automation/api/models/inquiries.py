"""Inquiries, as the API shows and takes them; `inquiry_bodies.py` has what the code of a session asks by."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct

from notebook_automation.domain.inquiries import Channel, Decision, InquiryStatus, Outcome, What
from notebook_automation.domain.requesters import CameBy

from .paging import Cursor, Limit, Page
from .problems import Problem

Person = Annotated[str, Meta(min_length=1, max_length=200)]
Comment = Annotated[str, Meta(max_length=16384)]


class InquiryAnswer(Struct, kw_only=True):
    """What one person answered at a stage: `person` is whose turn it was, `by` who answered.

    `edits` are the differences to what was proposed, each with `path` (JSON Pointer), `before` and `after`.
    """

    person: str
    by: str
    decision: Decision
    value: Any
    comment: str
    edits: list[dict[str, Any]]
    channel: Channel
    at: str


class InquiryDelegation(Struct, kw_only=True):
    """Somebody gave their turn to another person, or sent them a question (`is_question`) and kept it."""

    stage: int
    giver: str
    taker: str
    comment: str
    is_question: bool
    at: str


class InquiryStage(Struct, kw_only=True):
    """Who is asked at a stage (people, `group:<name>`; empty: anyone), how many have to approve, and who has."""

    of: list[str]
    approvals: int
    per_group: dict[str, int]
    answers: list[InquiryAnswer]
    is_complete: bool


class Shown(Struct, kw_only=True):
    """What was bound to the inquiry when it was asked; `digest` is the hash of its stored copy, `size` its bytes."""

    number: int
    name: str
    kind: str
    media_type: str
    size: int
    digest: str


class InquiryResponse(Struct, kw_only=True):
    """What the code that asked gets: `approved` is null for a value; `question` is there where it was sent back."""

    approved: bool | None
    value: Any = None
    comment: str = ""
    by: list[str] = []
    edits: list[dict[str, Any]] = []
    question: str | None = None


class Inquiry(Struct, kw_only=True):
    """Something that the code of a session asks people.

    `form` says how it is answered: by a `decision` (approve or reject), a `proposal` (the same, and the values in
    `proposed` may be edited) or a `value` that `schema` describes. `may_answer` is about the caller; `why_not` says why
    they may not. `requester` is the person behind it, where one is known; `came_by` is how it was set off at first, and
    `requester_note` what those who answer have to know of that. `standing` is the value on which those who approved so
    far have agreed, where there is one.
    """

    id: str
    status: InquiryStatus
    outcome: Outcome | None
    form: Literal["decision", "proposal", "value"]
    prompt: str
    title: str
    schema: Any
    proposed: Any
    standing: Any
    session_id: str | None
    session_ref: str
    project: str
    project_id: str | None
    notebook: str
    trigger: str | None
    cell_index: int
    requester: str | None
    came_by: CameBy
    requester_note: str
    stages: list[InquiryStage]
    stage: int
    exclude: list[str]
    allow_requester: bool
    delegations: list[InquiryDelegation]
    shown: list[Shown]
    may_answer: bool
    why_not: str
    version: int
    response: InquiryResponse | None
    responded_by: str | None
    responded_at: str | None
    channel: Channel | None
    timeout_at: str | None
    on_timeout: dict[str, Any]
    next_reminder_at: str | None
    ended_reason: str | None
    created_at: str


class InquiryPage(Page[Inquiry]):
    """A page of inquiries."""


class InquiryFilter(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which inquiries; `assigned_to` is `me` or a login, `older_than` is seconds since they were asked."""

    status: Annotated[str, Meta(description="One or several statuses, separated by commas.")] | None = None
    assigned_to: Annotated[str, Meta(description="Of pending ones, those that this person may answer.")] | None = None
    project_id: str | None = None
    session_id: str | None = None
    older_than: Annotated[float, Meta(ge=0)] | None = None


class InquiryQuery(InquiryFilter, kw_only=True):
    """A page of inquiries: which ones, and how many."""

    limit: Limit = 50
    cursor: Cursor | None = None


class InquiryExportQuery(InquiryFilter, kw_only=True):
    """The record of inquiries: which ones, and how it is written."""

    format: Literal["csv", "json"] = "csv"


class InquiryMetricsQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Of which project; without it, of all."""

    project_id: str | None = None


class InquiryMetrics(Struct, kw_only=True):
    """What waits now; of what was asked in the last 30 days how it ended, and how long people took to answer.

    `outcomes` has no word for what did not happen.
    """

    waiting: int
    oldest_at: str | None
    median_seconds: float | None
    p90_seconds: float | None
    outcomes: dict[Outcome, int]


class InquiryCounts(Struct, kw_only=True):
    """How many inquiries the caller may answer now, and how many wait for anybody."""

    waiting_for_me: int
    pending: int


class InquiryEntry(Struct, kw_only=True):
    """One thing that happened to an inquiry; `who` is empty where nobody did it."""

    seq: int
    at: str
    what: What
    who: str
    channel: Channel
    detail: dict[str, Any]


class RecordedInquiry(Inquiry, kw_only=True):
    """An inquiry with all that happened to it."""

    log: list[InquiryEntry]


class InquiryRecord(Struct, kw_only=True):
    """The record of inquiries, newest first."""

    items: list[RecordedInquiry]


class InquiryLogPage(Page[InquiryEntry]):
    """What happened to an inquiry, oldest first; `next_cursor` is for `after`."""


class InquiryLogQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Entries after the number `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 1000


class InquiryAnswerBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """An answer. With the `version` of the inquiry that was seen, it is taken only if nothing has changed since."""

    decision: Literal["approve", "reject"] | None = None
    value: Any = UNSET
    comment: Comment = ""
    version: int | None = None


class InquiryAnswersBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """One answer to several inquiries of equal forms."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=100)]
    decision: Literal["approve", "reject"] | None = None
    value: Any = UNSET
    comment: Comment = ""


class InquiryAnswered(Struct, kw_only=True):
    """What came of one of several answers: the inquiry as it is now, or what was wrong."""

    id: str
    inquiry: Inquiry | None = None
    problem: Problem | None = None


class InquiryAnsweredList(Struct, kw_only=True):
    """What came of several answers, in the order in which they were given."""

    items: list[InquiryAnswered]


class InquiryDelegationBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who is to answer instead of the caller."""

    to: Person
    comment: Comment = ""


class InquiryQuestionBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A question back: to the code that asked, or `to` a person."""

    question: Comment
    to: Person | None = None


class InquiryReplyBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What somebody says who was sent a question."""

    comment: Comment


class InquiryWithdrawalBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why an inquiry is taken back."""

    reason: Comment = ""


class Absence(Struct, kw_only=True):
    """Who answers for somebody who is away, and until when; null: until it is taken back. `is_me`: it is the caller."""

    person: str
    substitute: str
    from_at: str
    until_at: str | None
    is_me: bool


class AbsenceList(Struct, kw_only=True):
    """The absences that are not over, by person."""

    items: list[Absence]


class AbsenceBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who answers for the caller; `until` is RFC 3339."""

    substitute: Person
    until: str | None = None
