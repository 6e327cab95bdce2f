"""The API log over REST: requests, what a day of them comes to, all of them as CSV or JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict

from msgspec import UNSET
from tornado.iostream import StreamClosedError

from notebook_automation.domain import api_logs as domain
from notebook_automation.domain.times import from_rfc3339, rfc3339
from notebook_automation.services.api_logs import LedTo
from notebook_automation.store.api_logs import Wanted

from .csv_rows import csv_rows
from .handlers import RouteHandler
from .models import api_logs as models
from .models.paging import sorting_of
from .routing import Request, Route, Tag
from .wire import encode, read_query

_COLUMNS = (
    "created_at", "method", "path", "query", "status_code", "code", "duration_ms", "user_id", "client", "route",
    "correlation_id", "event_id", "id",
)  # fmt: skip


async def list_(request: Request) -> models.ApiLogPage:
    """Return a page of requests, newest first unless `sort` and `order` say otherwise."""
    query: models.ApiLogQuery = request.query
    found, more = await request.services.api_logs.listed(
        request.caller, wanted_of(query), limit=query.limit, cursor=query.cursor, sorting=sorting_of(query)
    )
    return models.ApiLogPage(items=[_model(one) for one in found], next_cursor=more)


async def get(request: Request) -> models.ApiLog:
    """Return a request, and the ids of the events and sessions that it led to."""
    return _model(*await request.services.api_logs.get(request.caller, request.path["id"]))


async def delete(request: Request) -> None:
    """Delete a request from the log; the statistics stay as they are."""
    await request.services.api_logs.remove(request.caller, request.path["id"])


async def summary(request: Request) -> models.ApiSummary:
    """Return the statistics of the last 24 hours: in all, by hour, by route, by status."""
    logs = request.services.api_logs
    found = await logs.summary(request.caller)
    return models.ApiSummary(
        since=rfc3339(found.since) or "",
        total=models.Figures(**asdict(found.total)),
        hours=[models.HourFigures(start=rfc3339(at) or "", **asdict(one)) for at, one in found.hours],
        routes=[models.RouteFigures(method=method, route=route, **asdict(one)) for method, route, one in found.routes],
        status_codes={str(status): count for status, count in found.statuses.items()},
        dropped=logs.dropped,
        is_on=logs.is_on,
        keeps_bodies=logs.keeps_bodies,
    )


class ExportHandler(RouteHandler):
    """Sends requests some at a time: there may be more than what one answer should hold in memory."""

    async def get(self) -> None:
        self.body_ended()
        query = read_query(self.request.query_arguments, models.ApiLogExportQuery)
        asked = (await self.services()).api_logs.exported(self.caller, wanted_of(query))
        # Before anything is sent: who may not read it is told so.
        found = _after(await anext(asked), asked)
        parts = _csv(found) if query.format == "csv" else _json(found)
        self.set_header("Content-Type", "text/csv; charset=utf-8" if query.format == "csv" else "application/json")
        self.set_header("Content-Disposition", f'attachment; filename="api-log.{query.format}"')
        try:
            async for part in parts:
                self.write(part)
                await self.flush()
            await self.finish()
        except StreamClosedError:
            # Nobody is there any more to be told.
            return

    head = get


async def _after(
    first: list[domain.ApiLog], rest: AsyncIterator[list[domain.ApiLog]]
) -> AsyncIterator[list[domain.ApiLog]]:
    yield first
    async for some in rest:
        yield some


async def _csv(found: AsyncIterator[list[domain.ApiLog]]) -> AsyncIterator[bytes]:
    yield csv_rows([_COLUMNS])
    async for some in found:
        yield csv_rows([_row(_model(one)) for one in some])


async def _json(found: AsyncIterator[list[domain.ApiLog]]) -> AsyncIterator[bytes]:
    separator = b'{"items":['
    async for some in found:
        for one in some:
            yield separator + encode(_model(one))
            separator = b","
    yield b"]}" if separator == b"," else separator + b"]}"


def _row(one: models.ApiLog) -> Sequence[str | float | None]:
    return [getattr(one, name) for name in _COLUMNS]


def wanted_of(query: models.ApiLogFilter) -> Wanted:
    """Return which requests are asked for. Raises Invalid (``time_invalid``)."""
    return Wanted(
        method=None if query.method is None else query.method.upper(), path=query.path, route=query.route,
        status_code=query.status_code, status_class=None if query.status is None else int(query.status[0]),
        user_id=query.user_id, client=query.client, correlation_id=query.correlation_id,
        since=None if query.since is None else from_rfc3339(query.since),
        until=None if query.until is None else from_rfc3339(query.until), min_ms=query.min_ms,
    )  # fmt: skip


def _model(one: domain.ApiLog, led_to: LedTo | None = None) -> models.ApiLog:
    plain = {**asdict(one), "created_at": rfc3339(one.created_at) or "", "duration_ms": round(one.duration_ms, 3)}
    return models.ApiLog(
        **plain,
        event_ids=UNSET if led_to is None else list(led_to.events),
        session_ids=UNSET if led_to is None else list(led_to.sessions),
    )


TAG = Tag("api logs", "Requests to this API and to webhooks, and what a day of them comes to.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="api-logs", permission="configure", summary="List requests", handle=list_,
        query=models.ApiLogQuery, answer=models.ApiLogPage, is_private=True,
    ),
    Route(
        tag=TAG, method="GET", path="api-logs/stats/summary", permission="configure",
        summary="Read the statistics of the last 24 hours", handle=summary, answer=models.ApiSummary, is_private=True,
    ),
    Route(
        tag=TAG, method="GET", path="api-logs/export", permission="configure",
        summary="Read all requests, as CSV or JSON", handler=ExportHandler, query=models.ApiLogExportQuery,
        answer=models.ApiLogExport, is_private=True,
    ),
    Route(
        tag=TAG, method="GET", path="api-logs/{id}", permission="configure", summary="Read a request", handle=get,
        answer=models.ApiLog, is_private=True,
    ),
    Route(
        tag=TAG, method="DELETE", path="api-logs/{id}", permission="configure", summary="Delete a request from the log",
        handle=delete, status=204,
    ),
)  # fmt: skip
