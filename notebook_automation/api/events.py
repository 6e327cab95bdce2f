"""Events over REST: looked at, emitted, replayed, and filters explained on them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from notebook_automation.domain import filters
from notebook_automation.domain.events import Event, Receipt, why_nothing_ran
from notebook_automation.domain.times import rfc3339
from notebook_automation.domain.why import error_position
from notebook_automation.services.event_history import Decided, Tried

from .models import events as models
from .models.paging import Page, sorting_of
from .routing import Request, Route, Tag


async def list_(request: Request) -> Page[models.Event]:
    """Return a page of events, newest first unless `sort` and `order` say otherwise."""
    query: models.EventQuery = request.query
    found, more = await request.services.event_history.listed(
        request.caller, limit=query.limit, cursor=query.cursor, project=query.project, trigger=query.trigger,
        type=query.type, source=query.source, ran=query.ran, sorting=sorting_of(query),
    )  # fmt: skip
    items = [event_model(one.event, one.session_ids, reason=one.reason) for one in found]
    return models.EventPage(items=items, next_cursor=more)


async def get(request: Request) -> models.Event:
    """Return an event, and why each rule did or did not run something for it."""
    event, decided, made = await request.services.event_history.get(request.caller, request.path["id"])
    said = (one.enforcement.reason for one in decided if one.enforcement.reason)
    reason = None if made else next(said, why_nothing_ran(event))
    return event_model(event, made, reason=reason, enforcements=[_enforcement_model(one) for one in decided])


async def emit(request: Request) -> models.Receipt:
    """Record an event in a project; its triggers for that event run."""
    body: models.EventBody = request.body
    project = await request.services.projects.get(request.caller, body.project)
    receipts = await request.services.events.emit(request.caller, project, body.type, body.data)
    sessions = [session_id for receipt in receipts for session_id in receipt.session_ids]
    return models.Receipt(event_id=receipts[0].event_id, session_ids=sessions)


async def replay(request: Request) -> models.Receipt:
    """Let a recorded event happen again, by its trigger as it is now, or by another."""
    body: models.ReplayBody = request.body
    return receipt_model(await request.services.events.replay(request.caller, request.path["id"], body.trigger))


async def patch(request: Request) -> models.Event:
    """Keep an event for its own sake, or no longer."""
    body: models.EventMark = request.body
    await request.services.inbox.bookmark(request.caller, request.path["id"], kept=body.bookmarked)
    return await get(request)


async def send(request: Request) -> models.LocalAnswer:
    """Send an event to a program on the server's machine, and return what that answers."""
    body: models.SendBody = request.body
    answer = await request.services.local_replays.send(request.caller, request.path["id"], body.url)
    return models.LocalAnswer(
        status=answer.status, headers=dict(answer.headers), body=answer.text, cut=answer.cut, seconds=answer.seconds
    )


async def explain(request: Request) -> models.Explanation:
    """Say test by test what a filter comes to on an event, and what a mapping makes of it."""
    body: models.ExplainBody = request.body
    explanation = request.services.event_history.explain(body.filter, body.data, body.event_type)
    return models.Explanation(
        matched=explanation.outcome.matched,
        error=explanation.outcome.error,
        clauses=[clause_model(clause) for clause in explanation.clauses],
        parameters=request.services.event_history.mapped(body.mapping, body.data, body.event_type),
    )


async def try_(request: Request) -> models.TriedList:
    """Say what a filter comes to on the newest events."""
    body: models.TryBody = request.body
    found = await request.services.event_history.tried(
        request.caller, body.filter, trigger=body.trigger, source=body.source, limit=body.limit
    )
    return models.TriedList(items=[_tried_model(body.filter, one) for one in found])


def _tried_model(text: str, tried: Tried) -> models.Tried:
    event, explanation = tried.event, tried.explanation
    at = error_position([text], [explanation])
    return models.Tried(
        event_id=event.id,
        received_at=rfc3339(event.received_at) or "",
        trigger=event.trigger_ref,
        type=event.type,
        matched=explanation.outcome.matched,
        error=explanation.outcome.error,
        line=None if at is None else at.line,
        column=None if at is None else at.column,
        clauses=[clause_model(clause) for clause in explanation.clauses],
    )


def event_model(
    event: Event, session_ids: Sequence[str], *, reason: str | None = None,
    enforcements: list[models.Enforcement] | UnsetType = UNSET,
) -> models.Event:  # fmt: skip
    """Return ``event`` as the API shows it, with its ``enforcements`` where they are given."""
    return models.Event(
        id=event.id,
        type=event.type,
        source=event.source,
        trigger_id=event.trigger_id,
        trigger=event.trigger_ref,
        project_id=event.project_id,
        data=event.data,
        dedupe_key=event.dedupe_key,
        replay_of=event.replay_of,
        received_at=rfc3339(event.received_at) or "",
        session_ids=list(session_ids),
        reason=reason,
        refusal=None if event.refusal is None else models.Refusal(**event.refusal),
        inbox_source=event.inbox_source,
        bookmarked_at=rfc3339(event.bookmarked_at),
        correlation_id=event.correlation_id,
        enforcements=enforcements,
    )


def receipt_model(receipt: Receipt) -> models.Receipt:
    """Return ``receipt`` as its sender sees it."""
    return models.Receipt(event_id=receipt.event_id, session_ids=list(receipt.session_ids))


def _enforcement_model(decided: Decided) -> models.Enforcement:
    enforcement = decided.enforcement
    clauses = [clause for explanation in decided.explanations for clause in explanation.clauses]
    return models.Enforcement(
        id=enforcement.id,
        rule_ref=enforcement.rule_ref,
        status=enforcement.status,
        matched=enforcement.matched,
        condition=enforcement.condition,
        conditions=list(enforcement.conditions),
        clauses=[clause_model(clause) for clause in clauses],
        session_id=enforcement.session_id,
        reason=enforcement.reason,
    )


def clause_model(clause: filters.Clause) -> models.Clause:
    """Return a test of a filter as the API shows it."""
    return models.Clause(text=clause.text, result=clause.result, error=clause.error, values=dict(clause.values))


TAG = Tag("events", "What happened.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="events", permission="read", summary="List events", handle=list_,
        query=models.EventQuery, answer=models.EventPage,
    ),
    Route(
        tag=TAG, method="POST", path="events", permission="run", summary="Emit an event", handle=emit,
        body=models.EventBody, answer=models.Receipt, status=202,
    ),
    Route(
        tag=TAG, method="POST", path="events/explain", permission="read", summary="Explain a filter on an event",
        handle=explain, body=models.ExplainBody, answer=models.Explanation,
    ),
    Route(
        tag=TAG, method="POST", path="events/try", permission="read", summary="Try a filter on the newest events",
        handle=try_, body=models.TryBody, answer=models.TriedList,
    ),
    Route(
        tag=TAG, method="GET", path="events/{id}", permission="read", summary="Read an event and what became of it",
        handle=get, answer=models.Event,
    ),
    Route(
        tag=TAG, method="PATCH", path="events/{id}", permission="run", summary="Keep an event by a bookmark",
        handle=patch, body=models.EventMark, answer=models.Event,
    ),
    Route(
        tag=TAG, method="POST", path="events/{id}/send", permission="run",
        summary="Send an event to a program on the server's machine", handle=send, body=models.SendBody,
        answer=models.LocalAnswer,
    ),
    Route(
        tag=TAG, method="POST", path="events/{id}/replay", permission="run", summary="Let an event happen again",
        handle=replay, body=models.ReplayBody, answer=models.Receipt, status=202,
    ),
)  # fmt: skip
