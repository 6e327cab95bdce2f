"""What the code of a session asks people, over REST."""

from __future__ import annotations

from notebook_automation.domain.inquiries import Shown, Stage
from notebook_automation.domain.inquiry_questions import Asked
from notebook_automation.services.waits import WaitView

from .models import inquiry_bodies as models
from .models.waits import Wait
from .routing import Request, Route
from .sessions import TAG
from .waits import position_of, wait_model


async def ask_people(request: Request) -> Wait:
    """Ask people, and return the wait for their answers; asked again from the same place, it is the same."""
    body: models.InquiriesBody = request.body
    wait, found = await request.services.inquiries.ask(
        request.caller, request.path["id"], position_of(body.position), [_asked(one) for one in body.inquiries]
    )
    return wait_model(WaitView(wait=wait), found)


def _asked(body: models.InquiryBody) -> Asked:
    return Asked(
        prompt=body.prompt,
        schema=body.schema,
        proposed=body.proposed,
        assigned_to=body.assigned_to,
        approvals=body.approvals,
        stages=[Stage(of=tuple(one.of), approvals=one.approvals, per_group=one.per_group) for one in body.stages],
        timeout=body.timeout,
        on_timeout={"do": "reject"} if body.on_timeout is None else body.on_timeout,
        remind=body.remind,
        escalate=[(one.after, one.to) for one in body.escalate],
        exclude=body.exclude,
        allow_requester=body.allow_requester,
        shown=[
            Shown(name=one.name, kind=one.kind, media_type=one.media_type, digest=one.digest, size=one.size)
            for one in body.show
        ],
    )


ROUTES = (
    Route(
        tag=TAG, method="POST", path="sessions/{id}/inquiries", permission="report",
        summary="Ask people (session only)", handle=ask_people, body=models.InquiriesBody, answer=Wait, status=201,
    ),
)  # fmt: skip
