"""The steps of durable sessions over REST."""

from __future__ import annotations

from notebook_automation.domain.times import rfc3339
from notebook_automation.services.steps import StepView

from .models import steps as models
from .models.paging import Page
from .routing import Request, Route
from .sessions import TAG


async def list_steps(request: Request) -> Page[models.SessionStep]:
    """Return a session's steps."""
    found = await request.services.steps.of_session(request.caller, request.path["id"])
    return models.StepPage(items=[_step_model(view) for view in found])


def _step_model(view: StepView) -> models.SessionStep:
    step = view.step
    return models.SessionStep(
        cell_index=step.cell_index,
        cell_number=view.cell_number,
        piece=step.piece,
        name=step.name,
        nth=step.nth,
        status=step.status,
        tries=step.tries,
        idempotency_key=step.idempotency_key,
        started_at=rfc3339(step.started_at) or "",
        finished_at=rfc3339(step.finished_at),
        duration=step.duration,
        shown=step.shown,
        error=None if step.error is None else models.StepError(**step.error),
    )


ROUTES = (
    Route(
        tag=TAG, method="GET", path="sessions/{id}/steps", permission="read",
        summary="List the steps that a durable session has recorded", handle=list_steps, answer=models.StepPage,
    ),
)  # fmt: skip
