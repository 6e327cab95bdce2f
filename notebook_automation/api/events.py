"""Events over REST: looked at, emitted, replayed, and filters explained on them."""

from __future__ import annotations

from collections.abc import Sequence

from notebook_automation.domain import filters
from notebook_automation.domain.events import Event
from notebook_automation.domain.events import Receipt as Accepted
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.events import Decided

from .models import events as models
from .models.paging import Page
from .requests import Request


async def listed(request: Request) -> Page[models.Event]:
    """Return a page of events, newest first."""
    query: models.EventQuery = request.query
    found, more = await request.services.events.listed(
        request.caller, limit=query.limit, cursor=query.cursor, project=query.project, trigger=query.trigger,
        type=query.type, source=query.source,
    )  # fmt: skip
    return models.EventPage(items=[event_model(event, made) for event, made in found], next_cursor=more)


async def shown(request: Request) -> models.Event:
    """Return an event, and why each rule did or did not run something for it."""
    event, decided, made = await request.services.events.get(request.caller, request.path["id"])
    model = event_model(event, made)
    model.enforcements = [_enforcement_model(one) for one in decided]
    return model


async def emitted(request: Request) -> models.Receipt:
    """Record an event in a project; its triggers for that event run."""
    body: models.EventBody = request.body
    project = await request.services.projects.get(request.caller, body.project)
    receipts = await request.services.events.emit(request.caller, project, body.type, body.data)
    sessions = [session_id for receipt in receipts for session_id in receipt.session_ids]
    return models.Receipt(event_id=receipts[0].event_id, session_ids=sessions)


async def replayed(request: Request) -> models.Receipt:
    """Let a recorded event happen again, by its trigger as it is now."""
    return receipt_model(await request.services.events.replay(request.caller, request.path["id"]))


async def explained(request: Request) -> models.Explanation:
    """Say test by test what a filter comes to on an event, and what a mapping makes of it."""
    body: models.ExplainBody = request.body
    told = request.services.events.explain(body.filter, body.data, body.event_type)
    return models.Explanation(
        matched=told.outcome.matched,
        error=told.outcome.error,
        clauses=[_clause_model(clause) for clause in told.clauses],
        parameters=request.services.events.mapped(body.mapping, body.data, body.event_type),
    )


def event_model(event: Event, session_ids: Sequence[str]) -> models.Event:
    """Return ``event`` as the API shows it."""
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
    )


def receipt_model(receipt: Accepted) -> models.Receipt:
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
        clauses=[_clause_model(clause) for clause in clauses],
        session_id=enforcement.session_id,
        reason=enforcement.reason,
    )


def _clause_model(clause: filters.Clause) -> models.Clause:
    return models.Clause(text=clause.text, result=clause.result, error=clause.error, values=dict(clause.values))
