"""Asking people from a session: for approval, for a choice, for values; the session waits for their answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from .blocking import Duration, begin, ended, session_of
from .client import path_of
from .errors import Invalid, for_people
from .inquiry_answers import Answer, NoAnswer, answer_of
from .inquiry_output import InquiryOutput
from .inquiry_questions import Escalate, Question, TimeoutValue, question_of
from .records import Record

OnTimeout = Literal["reject", "raise"] | TimeoutValue | Escalate
People = str | Iterable[str]
"""Names of people, and of groups as `group:ops`."""


@for_people
def inquire(
    prompt: str,
    schema: Any = None,
    *,
    proposed: Any = None,
    assigned_to: People | None = None,
    approvals: int = 1,
    stages: Sequence[Any] | None = None,
    timeout: Duration | None = None,
    on_timeout: OnTimeout = "reject",
    show: Any = None,
    remind: Duration | list[Duration] | None = None,
    escalate: Sequence[Any] | None = None,
    exclude: People = (),
    allow_requester: bool = False,
) -> Answer:
    """Ask people ``prompt`` (Markdown), wait for them, and return their answer.

    Without a ``schema`` they approve or reject: ``if na.inquire("Publish?"): …``. A list gives buttons, a JSON Schema,
    a dataclass or a Pydantic model a form, ``proposed`` fills it in; ``.value`` is what they gave. ``assigned_to`` and
    ``approvals`` say who and how many of them, ``stages`` who after whom, ``exclude`` who not by any way. Whoever
    started the session may answer only with ``allow_requester``. ``show`` is what they see beside the notebook so far.

    After ``timeout`` it is rejected, or as ``on_timeout`` says: never approved. Raises InquiryTimeout where that is
    "raise", InquiryWithdrawn, Invalid, Refused.
    """
    given = {
        "prompt": prompt, "schema": schema, "proposed": proposed, "assigned_to": assigned_to, "approvals": approvals,
        "stages": stages, "timeout": timeout, "on_timeout": on_timeout, "show": show, "remind": remind,
        "escalate": escalate, "exclude": exclude, "allow_requester": allow_requester,
    }  # fmt: skip
    return _answers([question_of(given)], "inquire")[0]


@for_people
def inquire_all(inquiries: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Ask several at once, each a dict of the arguments of `inquire`; return their answers when all have ended.

    Raises InquiryTimeout and InquiryWithdrawn as `inquire` does, when all have ended: its ``answers`` are the others.
    """
    questions = [question_of(one) for one in inquiries]
    if not questions:
        raise Invalid(
            "na.inquire_all takes at least one: na.inquire_all([{'prompt': 'Publish?'}]).", code="inquiry_invalid"
        )
    return _answers(questions, "inquire_all")


def _answers(questions: list[Question], called: str) -> list[Answer]:
    session_id = session_of(called, "na.form asks you there.")
    bodies = [{**question.body, **_shown(question.show)} for question in questions]
    # What the cell has shown so far belongs to the notebook that is shown with it.
    asked = begin(path_of("sessions", session_id, "inquiries"), {"inquiries": bodies}, marks_output=True)
    output = InquiryOutput(asked["inquiries"])
    output.show()
    found = ended(asked)
    output.update(found["inquiries"])
    return _of_all(found["inquiries"], questions)


def _of_all(inquiries: Sequence[Record], questions: Sequence[Question]) -> list[Answer]:
    answers: list[Answer | None] = []
    missing: NoAnswer | None = None
    for inquiry, question in zip(inquiries, questions, strict=True):
        try:
            answers.append(answer_of(inquiry, question.convert))
        except NoAnswer as none:
            answers.append(None)
            missing = missing or none
    if missing is not None:
        missing.answers = answers
        raise missing
    return [answer for answer in answers if answer is not None]


def _shown(show: Any) -> dict[str, Any]:
    """Send what is to be shown, and return how an inquiry refers to it."""
    if show is None:
        return {}
    from . import shown

    return {"show": shown.upload(show)}
