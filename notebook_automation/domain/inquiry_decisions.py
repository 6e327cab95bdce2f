"""What the answers to an inquiry come to: whether an answer can be taken, when a stage is complete, what the end is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .errors import Conflict, Invalid
from .inquiries import GROUP, Channel, Decision, Inquiry, InquiryAnswer, Stage
from .inquiry_forms import check_value, edits, same
from .inquiry_turns import Circle, Directory, Turn

MAX_COMMENT = 16 * 1024
"""Longest comment, question or reason, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody answers: ``has_value`` tells the value null from none. ``version`` is the one that they saw."""

    decision: Literal["approve", "reject"] | None = None
    value: Any = None
    has_value: bool = False
    comment: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Others have to answer yet, at ``stage``."""

    stage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Responded:
    """The inquiry has its response."""

    response: dict[str, Any]


def answer_of(circle: Circle, turn: Turn, given: Given, channel: Channel, now: float) -> InquiryAnswer:
    """Return ``given`` as the answer of ``turn``, checked by the form.

    Raises Invalid (``decision_missing``, ``value_missing``, ``value_unexpected``, ``value_invalid``,
    ``comment_too_long``), TooLarge, Conflict (``value_stands``).
    """
    inquiry = circle.inquiry
    check_comment(given.comment)
    decision = _decision(inquiry, given)
    value: Any = None
    changed: list[dict[str, Any]] = []
    if decision == "value" or (decision == "approve" and inquiry.form == "proposal"):
        value = _value(inquiry, circle.answers, given)
        changed = edits(inquiry.proposed, value) if inquiry.form == "proposal" else []
    elif given.has_value and given.value is not None:
        raise Invalid(
            "This answer takes no value: say it in the comment.", code="value_unexpected", field="value"
        )  # fmt: skip
    return InquiryAnswer(
        inquiry_id=inquiry.id, stage=inquiry.stage, person=turn.person, by=turn.by, decision=decision, value=value,
        comment=given.comment.strip(), edits=changed, channel=channel, created_at=now,
    )  # fmt: skip


def decide(circle: Circle) -> Pending | Responded:
    """Return what the answers come to: a rejection ends it at once, the last complete stage does with approval."""
    inquiry = circle.inquiry
    rejected = next((one for one in circle.answers if one.decision == "reject"), None)
    if rejected is not None:
        return Responded(response=response(approved=False, comment=rejected.comment, by=[rejected.by]))
    stage = inquiry.stage
    while stage < len(inquiry.stages):
        if not is_complete(
            inquiry.stages[stage], [one for one in circle.answers if one.stage == stage], circle.directory
        ):
            return Pending(stage=stage)
        stage += 1
    last = circle.answers[-1]
    comments = [one.comment for one in circle.answers if one.comment]
    return Responded(
        response=response(
            approved=None if inquiry.form == "value" else True, value=last.value, comment="\n\n".join(comments),
            by=[one.by for one in circle.answers], edits=last.edits,
        )
    )  # fmt: skip


def is_complete(stage: Stage, answers: Sequence[InquiryAnswer], directory: Directory) -> bool:
    """Return whether enough have approved at ``stage``, and of each group; one person counts for one group."""
    good = [one.person for one in answers if one.decision != "reject"]
    if len(good) < stage.approvals:
        return False
    places = [name for name, number in stage.per_group.items() for _ in range(number)]
    taken: dict[str, int] = {}
    return all(_seat(place, places, good, directory, taken, set()) for place in range(len(places)))


def response(
    *, approved: bool | None, value: Any = None, comment: str = "", by: Sequence[str] = (), edits: Sequence[Any] = (),
    question: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what the asking code gets."""
    found = {
        "approved": approved, "value": value, "comment": comment, "by": list(dict.fromkeys(by)), "edits": list(edits),
    }  # fmt: skip
    return found if question is None else {**found, "question": question}


def timeout_response(inquiry: Inquiry) -> dict[str, Any] | None:
    """Return what the asking code gets when the time is up: never an approval. None where it gets an error."""
    if inquiry.on_timeout["do"] == "raise":
        return None
    value = inquiry.on_timeout.get("value") if inquiry.on_timeout["do"] == "value" else None
    return response(approved=None if inquiry.form == "value" else False, value=value)


def standing_value(answers: Sequence[InquiryAnswer]) -> tuple[InquiryAnswer, Any] | None:
    """Return the value on which those who approved have agreed so far, with the first of their answers."""
    first = next((one for one in answers if one.decision != "reject"), None)
    return None if first is None else (first, first.value)


def check_comment(text: str, what: str = "comment") -> None:
    """Raise Invalid (``comment_too_long``) for a text that is too long to be read."""
    if len(text) > MAX_COMMENT:
        raise Invalid(
            f"The {what} has {len(text)} characters: it may have {MAX_COMMENT}.", code="comment_too_long", field=what
        )


def _decision(inquiry: Inquiry, given: Given) -> Decision:
    if inquiry.form == "value":
        if given.decision is not None:
            raise Invalid(
                "This inquiry asks for a value, and is neither approved nor rejected: send value.",
                code="value_missing", field="value",
            )  # fmt: skip
        return "value"
    if given.decision is None and (inquiry.form == "decision" or not given.has_value):
        raise Invalid("Say approve or reject as decision.", code="decision_missing", field="decision")
    return given.decision or "approve"


def _value(inquiry: Inquiry, answers: Sequence[InquiryAnswer], given: Given) -> Any:
    standing = standing_value(answers)
    if not given.has_value and inquiry.form == "value":
        raise Invalid("This inquiry asks for a value: send value.", code="value_missing", field="value")
    value = given.value if given.has_value else inquiry.proposed
    check_value(inquiry.response_schema, value)
    if standing is not None and not same(standing[1], value):
        raise Conflict(
            f"{standing[0].by} has answered with another value, and all have to agree: send the value that stands, or "
            "send the inquiry back.",
            code="value_stands", value=standing[1], by=standing[0].by,
        )  # fmt: skip
    return value


def _seat(
    place: int,
    places: Sequence[str],
    people: Sequence[str],
    directory: Directory,
    taken: dict[str, int],
    seen: set[str],
) -> bool:
    """Give ``place``, of the group ``places[place]``, to a person, moving others for it; False if none can."""
    members = directory.members([f"{GROUP}{places[place]}"])
    for person in people:
        if person not in members or person in seen:
            continue
        seen.add(person)
        if person not in taken or _seat(taken[person], places, people, directory, taken, seen):
            taken[person] = place
            return True
    return False
