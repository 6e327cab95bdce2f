"""Signed links over REST: made for the caller alone. Their page is `inquiry_page.py`."""

from __future__ import annotations

from notebook_automation.domain.times import rfc3339

from .inquiries import TAG
from .models.inquiry_links import InquiryLink
from .routing import Request, Route


async def make(request: Request) -> InquiryLink:
    """Make a link by which the caller answers an inquiry without signing in, on a phone for example."""
    made = await request.services.inquiry_links.make(request.caller, request.path["id"], request.channel)
    return InquiryLink(
        url=request.links.answers + made.token, person=made.link.person, stage=made.link.stage,
        expires_at=rfc3339(made.link.expires_at) or "",
    )  # fmt: skip


ROUTES = (
    Route(
        tag=TAG, method="POST", path="inquiries/{id}/links", permission="answer",
        summary="Make a link to answer an inquiry by", handle=make, answer=InquiryLink, status=201,
    ),
)  # fmt: skip
