"""What an inquiry shows, over REST: its stored copies, and the notebook so far beside the last approved run."""

from __future__ import annotations

from tornado.web import StaticFileHandler

from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.times import rfc3339

from .handlers import RouteHandler
from .inquiries import TAG
from .models import shown as models
from .models.artifacts import ContentQuery
from .routing import Request, Route
from .stored_content import Stored, StoredContent


class InquiryContentHandler(StoredContent, RouteHandler, StaticFileHandler):  # type: ignore[misc]
    """Sends what an inquiry shows, so that no page it holds can act as the user who opens it."""

    async def stored(self) -> Stored:
        number = self.parts["number"]
        if not number.isascii() or not number.isdigit() or len(number) > 4:
            raise NotFound("What an inquiry shows is counted from 0.", code="shown_not_found")
        shown, path = await (await self.services()).shown.content(self.caller, self.parts["id"], int(number))
        return Stored(name=shown.name, media_type=shown.media_type, digest=shown.digest, path=path)


async def read_notebook(request: Request) -> models.InquiryNotebook:
    """Return the notebook as it was when an inquiry was asked, and its difference to the last approved run."""
    found = await request.services.inquiry_notebooks.compared(request.caller, request.path["id"])
    approved = found.approved
    return models.InquiryNotebook(
        cells=[
            models.NotebookCell(
                index=cell.index, id=cell.id, type=cell.type, source=cell.source,
                outputs=[dict(output) for output in cell.outputs], execution_count=cell.execution_count,
                is_asking=cell.index == found.asking,
            )
            for cell in found.cells
        ],
        approved=None if approved is None else models.ApprovedRun(
            inquiry_id=approved.id, session_id=approved.session_ref, at=rfc3339(approved.responded_at) or ""
        ),
        changes=[
            models.CellChange(kind=one.kind, before=one.before, after=one.after, lines=list(one.lines))
            for one in found.changes
        ],
    )  # fmt: skip


ROUTES = (
    Route(
        tag=TAG, method="GET", path="inquiries/{id}/shown/{number}", permission="read",
        summary="Read a thing that an inquiry shows, by its number", handler=InquiryContentHandler, query=ContentQuery,
        media_type="*/*",
    ),
    Route(
        tag=TAG, method="GET", path="inquiries/{id}/notebook", permission="read",
        summary="Read the notebook so far, and its difference to the last approved run", handle=read_notebook,
        answer=models.InquiryNotebook,
    ),
)  # fmt: skip
