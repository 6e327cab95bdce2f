"""Why something ran, or did not, over REST."""

from __future__ import annotations

from notebook_automation.domain import why as domain
from notebook_automation.domain.times import rfc3339

from .events import clause_model
from .models import why as models
from .routing import Request, Route, Tag


async def get(request: Request) -> models.Why:
    """Return why an event, a session or a trigger ran what it did, or nothing."""
    parts = request.path
    key = parts["id"] if "id" in parts else f"{parts['project']}/{parts['name']}"
    found = await request.services.why.tell(request.caller, key)
    return models.Why(about=found.about, ran=found.ran, answer=found.answer, steps=[_step(one) for one in found.steps])


def _step(step: domain.Step) -> models.WhyStep:
    at = step.errs_at
    return models.WhyStep(
        kind=step.kind,
        text=step.text,
        ok=step.ok,
        about=step.about,
        at=rfc3339(step.at),
        clauses=[clause_model(clause) for clause in step.clauses],
        errs_at=None if at is None else models.WhyPosition(condition=at.condition, line=at.line, column=at.column),
    )


TAG = Tag("why", "Why something ran, or did not.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="why/{id}", permission="read",
        summary="Why an event, a session or a trigger ran, or did not", handle=get, answer=models.Why,
    ),
    Route(
        tag=TAG, method="GET", path="why/{project}/{name}", permission="read", summary="Why a trigger ran, or did not",
        handle=get, answer=models.Why,
    ),
)  # fmt: skip
