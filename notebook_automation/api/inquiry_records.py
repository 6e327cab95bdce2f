"""The record of inquiries over REST: all that happened to them, as CSV or JSON; numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec
from tornado.iostream import StreamClosedError

from notebook_automation.domain.inquiries import InquiryEntry
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.inquiry_views import InquiryView

from .csv_rows import csv_rows
from .handlers import RouteHandler
from .inquiries import TAG, entry_model, inquiry_model, search_of
from .models import inquiries as models
from .routing import Request, Route
from .wire import encode, read_query

_COLUMNS = (
    "inquiry", "title", "project", "notebook", "trigger", "session", "requester", "came_by", "status", "outcome",
    "entry", "at", "what", "who", "channel", "detail",
)  # fmt: skip
Recorded = Sequence[tuple[InquiryView, Sequence[InquiryEntry]]]


async def metrics(request: Request) -> models.InquiryMetrics:
    """Return what waits now, how what was asked of late ended, and how long people took."""
    query: models.InquiryMetricsQuery = request.query
    found = await request.services.inquiry_records.metrics(request.caller, query.project_id)
    return models.InquiryMetrics(
        waiting=found.waiting, oldest_at=rfc3339(found.oldest_at), median_seconds=found.median, p90_seconds=found.p90,
        outcomes=dict(found.outcomes),
    )  # fmt: skip


class RecordHandler(RouteHandler):
    """Sends the record some inquiries at a time: it may be longer than what one answer should hold in memory."""

    async def get(self) -> None:
        self.body_ended()
        query = read_query(self.request.query_arguments, models.InquiryExportQuery)
        services = await self.services()
        asked = services.inquiry_records.record(self.caller, search_of(self.caller, query))
        # Before anything is sent: who may not read it is told so.
        found = _after(await anext(asked), asked)
        parts = _csv(found) if query.format == "csv" else _json(found)
        self.set_header("Content-Type", "text/csv; charset=utf-8" if query.format == "csv" else "application/json")
        self.set_header("Content-Disposition", f'attachment; filename="inquiries.{query.format}"')
        try:
            async for part in parts:
                self.write(part)
                await self.flush()
            await self.finish()
        except StreamClosedError:
            # Nobody is there any more to be told.
            return

    head = get


async def _after(first: Recorded, rest: AsyncIterator[Recorded]) -> AsyncIterator[Recorded]:
    yield first
    async for some in rest:
        yield some


async def _csv(found: AsyncIterator[Recorded]) -> AsyncIterator[bytes]:
    yield csv_rows([_COLUMNS])
    async for some in found:
        yield csv_rows([_row(view, entry) for view, log in some for entry in log])


async def _json(found: AsyncIterator[Recorded]) -> AsyncIterator[bytes]:
    separator = b'{"items":['
    async for some in found:
        for view, log in some:
            plain = msgspec.structs.asdict(inquiry_model(view))
            yield separator + encode(models.RecordedInquiry(**plain, log=[entry_model(one) for one in log]))
            separator = b","
    yield b"]}" if separator == b"," else separator + b"]}"


def _row(view: InquiryView, entry: InquiryEntry) -> Sequence[str | int]:
    one = view.inquiry
    return (
        one.id, one.title, one.project, one.notebook, one.trigger_ref or "", one.session_ref, one.requester or "",
        one.behind.came_by, one.status, one.outcome or "", entry.seq, rfc3339(entry.at) or "", entry.what,
        entry.who, entry.channel, encode(entry.detail).decode("utf-8"),
    )  # fmt: skip


ROUTES = (
    Route(
        tag=TAG, method="GET", path="inquiries/metrics", permission="read", summary="Numbers of inquiries",
        handle=metrics, query=models.InquiryMetricsQuery, answer=models.InquiryMetrics,
    ),
    Route(
        tag=TAG, method="GET", path="inquiries/export", permission="read",
        summary="Read all that happened to inquiries, as CSV or JSON", handler=RecordHandler,
        query=models.InquiryExportQuery, answer=models.InquiryRecord,
    ),
)  # fmt: skip
