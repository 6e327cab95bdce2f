"""The answer to an inquiry, as the code that asked gets it; and what it raises where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import Invalid, SdkError
from .inquiry_schemas import Convert
from .records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What people answered, or what stands for it after the timeout.

    ``approved`` is True or False where approval was asked for (of proposed values, too), else None; ``value`` is what
    a form gave, or the proposed values as they were approved. ``by`` are those who answered, ``at`` is when (with its
    zone), ``channel`` by which way (panel, widget, rest, cli, link). ``edits`` says what was changed of proposed
    values: ``[{path, before, after}]``. ``question`` is what was asked back instead of an answer. ``status`` is
    responded or timeout.
    """

    id: str
    status: str
    approved: bool | None
    value: Any
    comment: str
    by: Sequence[str]
    at: datetime | None
    channel: str | None
    edits: Sequence[Record]
    question: str | None
    is_approval: bool
    """Whether approval was asked for, and no value."""

    def __bool__(self) -> bool:
        if not self.is_approval:
            raise Invalid(
                "This inquiry asked for a value and not for approval, so its answer is neither yes nor no: use .value.",
                code="answer_is_no_approval",
            )
        return self.approved is True

    def __repr__(self) -> str:
        return f"<answer {self.text()}>"

    def text(self) -> str:
        """Return it as one line: `approved by ana, bea at 14:03: looks good`."""
        if self.question is not None:
            what = "asked back"
        elif self.is_approval:
            what = "approved" if self.approved else "rejected"
        else:
            what = repr(self.value)
        how = "after the timeout" if self.status == "timeout" else ""
        by = f"by {', '.join(self.by)}" if self.by else ""
        at = f"at {self.at.astimezone():%H:%M}" if self.at is not None else ""
        said = self.question if self.question is not None else self.comment
        return " ".join(filter(None, (what, how, by, at))) + (f": {said}" if said else "")


class NoAnswer(SdkError):
    """Base of what `na.inquire` raises where there is no answer; ``answers`` are those to other inquiries."""

    code = "no_answer"

    def __init__(self, message: str, *, inquiry: Record, answers: Sequence[Answer | None] = ()) -> None:
        super().__init__(message)
        self.inquiry = inquiry
        self.answers = list(answers)


class InquiryTimeout(NoAnswer, TimeoutError):
    """Nobody answered in time, and the inquiry was asked with ``on_timeout="raise"``."""

    code = "inquiry_timeout"


class InquiryWithdrawn(NoAnswer):
    """The inquiry was withdrawn: nobody can answer it any more."""

    code = "inquiry_withdrawn"


def answer_of(inquiry: Record, convert: Convert) -> Answer:
    """Return the answer to an inquiry that has ended. Raises InquiryTimeout, InquiryWithdrawn."""
    status, title = inquiry["status"], inquiry.get("title") or inquiry["id"]
    if status == "cancelled":
        why = inquiry.get("ended_reason")
        raise InquiryWithdrawn(
            f"The inquiry {title!r} ({inquiry['id']}) was withdrawn" + (f": {why}" if why else "."), inquiry=inquiry
        )
    if status == "timeout" and (inquiry.get("on_timeout") or {}).get("do") == "raise":
        raise InquiryTimeout(
            f"Nobody answered the inquiry {title!r} ({inquiry['id']}) in time. Catch na.InquiryTimeout, or ask with "
            "on_timeout='reject' or na.TimeoutValue(…).",
            inquiry=inquiry,
        )
    response = inquiry.get("response") or {}
    # Proposed values are approved as well: the form of such an inquiry is a proposal.
    is_approval = inquiry["form"] != "value"
    question, value = response.get("question"), response.get("value")
    return Answer(
        id=inquiry["id"],
        status=status,
        approved=None if question is not None else response.get("approved"),
        value=None if value is None else convert(value),
        comment=response.get("comment") or "",
        by=list(response.get("by") or ()),
        at=datetime.fromisoformat(inquiry["responded_at"]) if inquiry.get("responded_at") else None,
        channel=inquiry.get("channel"),
        edits=list(response.get("edits") or ()),
        question=question,
        is_approval=is_approval,
    )
