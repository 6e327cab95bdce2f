"""Inquiries over REST: found and read by people; `inquiry_answers.py` has what they do, `session_inquiries.py` asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.inquiries import InquiryAnswer, InquiryEntry, InquiryStatus
from notebook_automation.domain.inquiry_decisions import standing_value
from notebook_automation.domain.inquiry_turns import Absence, NoTurn, Turn
from notebook_automation.domain.requesters import note
from notebook_automation.domain.times import from_rfc3339, rfc3339
from notebook_automation.services.inquiries import Search
from notebook_automation.services.inquiry_views import InquiryView

from .models import inquiries as models
from .models.paging import Page
from .routing import Reply, Request, Route, Tag


async def list_(request: Request) -> Page[models.Inquiry]:
    """Return a page of inquiries, newest first."""
    query: models.InquiryQuery = request.query
    found, more = await request.services.inquiries.listed(
        request.caller, search_of(request.caller, query), limit=query.limit, cursor=query.cursor
    )
    return models.InquiryPage(items=[inquiry_model(view) for view in found], next_cursor=more)


async def get(request: Request) -> models.Inquiry:
    """Return one inquiry, with its answers so far."""
    return inquiry_model(await request.services.inquiries.get(request.caller, request.path["id"]))


async def counts(request: Request) -> models.InquiryCounts:
    """Return how many inquiries wait for the caller, and for anybody."""
    found = await request.services.inquiries.counts(request.caller)
    return models.InquiryCounts(waiting_for_me=found.waiting_for_me, pending=found.pending)


async def log(request: Request) -> models.InquiryLogPage:
    """Return what happened to an inquiry, oldest first."""
    query: models.InquiryLogQuery = request.query
    found = await request.services.inquiries.log(
        request.caller, request.path["id"], after=query.after, limit=query.limit
    )
    items = [entry_model(one) for one in found]
    return models.InquiryLogPage(items=items, next_cursor=str(items[-1].seq) if len(items) == query.limit else None)


async def list_absences(request: Request) -> models.AbsenceList:
    """Return who is away, and who answers for them."""
    found = await request.services.absences.listed(request.caller)
    return models.AbsenceList(items=[_absence_model(one, request.caller) for one in found])


async def set_absence(request: Request) -> models.Absence:
    """Say who answers for the caller from now on."""
    body: models.AbsenceBody = request.body
    until = None if body.until is None else from_rfc3339(body.until)
    return _absence_model(await request.services.absences.set(request.caller, body.substitute, until), request.caller)


async def remove_absence(request: Request) -> Reply:
    """Say that the caller is back."""
    await request.services.absences.remove(request.caller)
    return Reply(status=204)


def search_of(caller: Caller, query: models.InquiryFilter) -> Search:
    """Return what a query looks for. Raises Invalid (``query_invalid``)."""
    person = query.assigned_to
    return Search(
        statuses=_statuses(query.status),
        assigned_to=caller.person if person == "me" else person,
        project_id=query.project_id,
        session_id=query.session_id,
        older_than=query.older_than,
    )


def inquiry_model(view: InquiryView) -> models.Inquiry:
    """Return ``view`` as the API shows it."""
    one = view.inquiry
    standing = standing_value(view.answers)
    return models.Inquiry(
        id=one.id,
        status=one.status,
        outcome=one.outcome,
        form=one.form,
        prompt=one.prompt,
        title=one.title,
        schema=one.response_schema,
        proposed=one.proposed,
        standing=None if standing is None else standing[1],
        session_id=one.session_id,
        session_ref=one.session_ref,
        project=one.project,
        project_id=one.project_id,
        notebook=one.notebook,
        trigger=one.trigger_ref,
        cell_index=one.cell_index,
        requester=one.requester,
        came_by=one.behind.came_by,
        requester_note=note(one.behind),
        stages=_stage_models(view),
        stage=one.stage,
        exclude=list(one.exclude),
        allow_requester=one.allow_requester,
        delegations=[
            models.InquiryDelegation(
                stage=given.stage, giver=given.giver, taker=given.taker, comment=given.comment,
                is_question=given.is_question, at=rfc3339(given.created_at) or "",
            )
            for given in view.delegations
        ],
        shown=[
            models.Shown(
                number=number, name=shown.name, kind=shown.kind, media_type=shown.media_type, size=shown.size,
                digest=shown.digest,
            )
            for number, shown in enumerate(one.shown)
        ],
        may_answer=isinstance(view.turn, Turn),
        why_not=view.turn.sentence if isinstance(view.turn, NoTurn) else "",
        version=one.version,
        response=None if one.response is None else models.InquiryResponse(**one.response),
        responded_by=one.responded_by,
        responded_at=rfc3339(one.responded_at),
        channel=one.channel,
        timeout_at=rfc3339(one.timeout_at),
        on_timeout=one.on_timeout,
        next_reminder_at=rfc3339(min(one.reminders, default=None)) if one.status == "pending" else None,
        ended_reason=one.ended_reason,
        created_at=rfc3339(one.created_at) or "",
    )  # fmt: skip


def entry_model(one: InquiryEntry) -> models.InquiryEntry:
    """Return an entry of a log as the API shows it."""
    return models.InquiryEntry(
        seq=one.seq, at=rfc3339(one.at) or "", what=one.what, who=one.who, channel=one.channel, detail=one.detail
    )


def _stage_models(view: InquiryView) -> list[models.InquiryStage]:
    one = view.inquiry
    approved = one.status == "responded" and (one.response or {}).get("approved") is not False
    return [
        models.InquiryStage(
            of=list(stage.of), approvals=stage.approvals, per_group=dict(stage.per_group),
            answers=_answer_models([answer for answer in view.answers if answer.stage == number]),
            is_complete=number < one.stage or (approved and "question" not in (one.response or {})),
        )
        for number, stage in enumerate(one.stages)
    ]  # fmt: skip


def _answer_models(answers: Sequence[InquiryAnswer]) -> list[models.InquiryAnswer]:
    return [
        models.InquiryAnswer(
            person=one.person, by=one.by, decision=one.decision, value=one.value, comment=one.comment,
            edits=[dict(edit) for edit in one.edits], channel=one.channel, at=rfc3339(one.created_at) or "",
        )
        for one in answers
    ]  # fmt: skip


def _absence_model(one: Absence, caller: Caller) -> models.Absence:
    return models.Absence(
        person=one.person, substitute=one.substitute, from_at=rfc3339(one.from_at) or "",
        until_at=rfc3339(one.until_at), is_me=one.person == caller.person,
    )  # fmt: skip


def _statuses(text: str | None) -> tuple[Any, ...]:
    wanted = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    known = get_args(InquiryStatus)
    for status in wanted:
        if status not in known:
            raise Invalid(
                f"There is no status {status!r}: use {', '.join(known)}.", code="query_invalid", field="status"
            )
    return wanted


TAG = Tag("inquiries", "What sessions ask people: who may answer, what was answered, and all that happened.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="inquiries", permission="read", summary="List inquiries", handle=list_,
        query=models.InquiryQuery, answer=models.InquiryPage,
    ),
    Route(
        tag=TAG, method="GET", path="inquiries/counts", permission="read", summary="Count what waits for an answer",
        handle=counts, answer=models.InquiryCounts,
    ),
    Route(
        tag=TAG, method="GET", path="inquiries/absences", permission="read", summary="List who is away",
        handle=list_absences, answer=models.AbsenceList,
    ),
    Route(
        tag=TAG, method="PUT", path="inquiries/absences/me", permission="answer", summary="Name a substitute",
        handle=set_absence, body=models.AbsenceBody, answer=models.Absence,
    ),
    Route(
        tag=TAG, method="DELETE", path="inquiries/absences/me", permission="answer", summary="Be back",
        handle=remove_absence, status=204,
    ),
    Route(
        tag=TAG, method="GET", path="inquiries/{id}", permission="read", summary="Read an inquiry", handle=get,
        answer=models.Inquiry,
    ),
    Route(
        tag=TAG, method="GET", path="inquiries/{id}/log", permission="read",
        summary="Read what happened to an inquiry", handle=log, query=models.InquiryLogQuery,
        answer=models.InquiryLogPage,
    ),
)  # fmt: skip
