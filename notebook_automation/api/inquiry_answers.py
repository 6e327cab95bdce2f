"""What people do with inquiries over REST: answer, give to another, ask back, withdraw."""

from __future__ import annotations

import secrets

import msgspec

from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.services.inquiry_views import InquiryView

from .inquiries import TAG, inquiry_model
from .models import inquiries as models
from .problems import problem_of
from .routing import Request, Route


async def answer(request: Request) -> models.Inquiry:
    """Answer an inquiry; one that has ended already answers 409 and says what happened."""
    body: models.InquiryAnswerBody = request.body
    given = given_of(body.decision, body.value, body.comment, body.version)
    done = await request.services.inquiry_answers.answer(request.caller, request.path["id"], given, request.channel)
    return inquiry_model(done)


async def answer_many(request: Request) -> models.InquiryAnsweredList:
    """Answer several inquiries of equal forms alike; each is answered, or has its own problem."""
    body: models.InquiryAnswersBody = request.body
    given = given_of(body.decision, body.value, body.comment)
    done = await request.services.inquiry_answers.answer_many(request.caller, body.ids, given, request.channel)
    return models.InquiryAnsweredList(items=[_answered(inquiry_id, found) for inquiry_id, found in done])


async def delegate(request: Request) -> models.Inquiry:
    """Give the caller's turn to another person."""
    body: models.InquiryDelegationBody = request.body
    done = await request.services.inquiry_answers.delegate(
        request.caller, request.path["id"], body.to, body.comment, request.channel
    )
    return inquiry_model(done)


async def send_back(request: Request) -> models.Inquiry:
    """Ask back: the code that asked, which gets the question as its answer, or a person."""
    body: models.InquiryQuestionBody = request.body
    done = await request.services.inquiry_answers.send_back(
        request.caller, request.path["id"], body.question, body.to, request.channel
    )
    return inquiry_model(done)


async def reply(request: Request) -> models.Inquiry:
    """Reply to a question; the inquiry stays with those who have to answer it."""
    body: models.InquiryReplyBody = request.body
    done = await request.services.inquiry_answers.reply(
        request.caller, request.path["id"], body.comment, request.channel
    )
    return inquiry_model(done)


async def withdraw(request: Request) -> models.Inquiry:
    """Take an inquiry back: the code that asked, or who may configure its project."""
    body: models.InquiryWithdrawalBody = request.body
    done = await request.services.inquiry_answers.withdraw(
        request.caller, request.path["id"], body.reason, request.channel
    )
    return inquiry_model(done)


def given_of(decision: str | None, value: object, comment: str, version: int | None = None) -> Given:
    """Return an answer as the services know it; ``value`` is UNSET where none was given."""
    has_value = value is not msgspec.UNSET
    return Given(
        decision=decision, value=value if has_value else None, has_value=has_value, comment=comment,  # type: ignore[arg-type]
        version=version,
    )  # fmt: skip


def _answered(inquiry_id: str, found: InquiryView | AutomationError) -> models.InquiryAnswered:
    if isinstance(found, AutomationError):
        return models.InquiryAnswered(id=inquiry_id, problem=problem_of(found, secrets.token_hex(8)))
    return models.InquiryAnswered(id=inquiry_id, inquiry=inquiry_model(found))


ROUTES = (
    Route(
        tag=TAG, method="POST", path="inquiries/answers", permission="answer", summary="Answer several inquiries",
        handle=answer_many, body=models.InquiryAnswersBody, answer=models.InquiryAnsweredList,
    ),
    Route(
        tag=TAG, method="POST", path="inquiries/{id}/answers", permission="answer", summary="Answer an inquiry",
        handle=answer, body=models.InquiryAnswerBody, answer=models.Inquiry,
    ),
    Route(
        tag=TAG, method="POST", path="inquiries/{id}/delegation", permission="answer",
        summary="Give an inquiry to another person", handle=delegate, body=models.InquiryDelegationBody,
        answer=models.Inquiry,
    ),
    Route(
        tag=TAG, method="POST", path="inquiries/{id}/question", permission="answer", summary="Send an inquiry back",
        handle=send_back, body=models.InquiryQuestionBody, answer=models.Inquiry,
    ),
    Route(
        tag=TAG, method="POST", path="inquiries/{id}/replies", permission="answer", summary="Reply to a question",
        handle=reply, body=models.InquiryReplyBody, answer=models.Inquiry,
    ),
    Route(
        tag=TAG, method="POST", path="inquiries/{id}/withdrawal", permission="run", summary="Withdraw an inquiry",
        handle=withdraw, body=models.InquiryWithdrawalBody, answer=models.Inquiry,
    ),
)  # fmt: skip
