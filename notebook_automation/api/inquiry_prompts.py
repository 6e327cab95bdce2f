"""The prompt of an inquiry as HTML that cannot act, for pages that have no Markdown of their own."""

from __future__ import annotations

import asyncio

from notebook_automation.adapters.markdown import to_html

from .inquiries import TAG
from .models.inquiry_prompts import InquiryPrompt
from .routing import Request, Route


async def prompt(request: Request) -> InquiryPrompt:
    """Return the prompt of an inquiry as HTML, without scripts, styles, pictures, forms and relative links."""
    view = await request.services.inquiries.get(request.caller, request.path["id"])
    return InquiryPrompt(html=await asyncio.to_thread(to_html, view.inquiry.prompt))


ROUTES = (
    Route(
        tag=TAG, method="GET", path="inquiries/{id}/prompt", permission="read",
        summary="Read an inquiry's prompt as HTML", handle=prompt, answer=InquiryPrompt,
    ),
)  # fmt: skip
