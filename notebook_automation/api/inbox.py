"""The inbox over REST: deliveries with what became of them, and the addresses to which they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import UNSET

from notebook_automation.domain.inbox import InboxSource
from notebook_automation.domain.times import rfc3339
from notebook_automation.store.inbox import Delivered

from .links import Links
from .models import inbox as models
from .models.empty import NoQuery
from .models.paging import sorting_of
from .routing import Request, Route, Tag


async def list_(request: Request) -> models.DeliveryPage:
    """Return a page of deliveries, newest first unless `sort` and `order` say otherwise."""
    query: models.DeliveryQuery = request.query
    found, more = await request.services.inbox.listed(
        request.caller, limit=query.limit, cursor=query.cursor, project=query.project, trigger=query.trigger,
        source=query.source, status=query.status, event_type=query.event_type, bookmarked=query.bookmarked,
        sorting=sorting_of(query),
    )  # fmt: skip
    return models.DeliveryPage(items=[_line(one, made) for one, made in found], next_cursor=more)


async def get(request: Request) -> models.Delivery:
    """Return a delivery, and what became of it."""
    return _model(*await request.services.inbox.get(request.caller, request.path["id"]))


async def patch(request: Request) -> models.Delivery:
    """Say what became of a delivery, or keep it by a bookmark."""
    body: models.DeliveryChange = request.body
    event_id, inbox = request.path["id"], request.services.inbox
    if body.status is not UNSET:
        await inbox.mark(request.caller, event_id, body.status)
    if body.bookmarked is not UNSET:
        await inbox.bookmark(request.caller, event_id, kept=body.bookmarked)
    return _model(*await inbox.get(request.caller, event_id))


async def delete(request: Request) -> None:
    """Delete a delivery to the inbox."""
    await request.services.inbox.remove(request.caller, request.path["id"])


async def sources(request: Request) -> models.InboxSources:
    """Return who sends to the inbox, with the addresses and tokens."""
    found = await request.services.inbox.sources(request.caller)
    return models.InboxSources(items=[_source_model(one, request.links) for one in found])


async def source(request: Request) -> models.InboxSource:
    """Return the address and the token of a source, also of one that has sent nothing yet."""
    found = await request.services.inbox.one_source(request.caller, request.path["source"])
    return _source_model(found, request.links)


def _source_model(found: InboxSource, links: Links) -> models.InboxSource:
    url = f"{links.webhooks}inbox/{quote(found.name)}"
    with_token = url if found.is_open else f"{url}?token={quote(found.token, safe='')}"
    return models.InboxSource(
        source=found.name, open=found.is_open, url=url, token=found.token, url_with_token=with_token,
        deliveries=found.count,
    )  # fmt: skip


def _model(delivered: Delivered, session_ids: tuple[str, ...]) -> models.Delivery:
    """Return a delivery with all that came."""
    data = _data(delivered)
    body = data.get("body") or {}
    shown = _line(delivered, session_ids)
    shown.body = body.get("form") if data.get("json") is None else data["json"]
    shown.raw_body = body.get("text")
    shown.data = delivered.event.data
    return shown


def _data(delivered: Delivered) -> Mapping[str, Any]:
    return delivered.event.data if isinstance(delivered.event.data, Mapping) else {}


def _line(delivered: Delivered, session_ids: tuple[str, ...]) -> models.Delivery:
    """Return a delivery as a list has it: bodies are large."""
    event, data = delivered.event, _data(delivered)
    refusal = event.refusal
    return models.Delivery(
        id=event.id,
        source=event.inbox_source,
        trigger_id=event.trigger_id,
        trigger=event.trigger_ref,
        event_type=event.type,
        status=delivered.status,
        reason=event.config.get("problem") if refusal is None else refusal["message"],
        method=str(data.get("method") or ""),
        headers=dict(data.get("headers") or {}),
        query_params=dict(data.get("query") or {}),
        received_at=rfc3339(event.received_at) or "",
        bookmarked_at=rfc3339(event.bookmarked_at),
        session_ids=list(session_ids),
    )


TAG = Tag("inbox", "Every delivery, also those that no trigger waited for.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="webhooks/inbox", permission="read", summary="List deliveries", handle=list_,
        query=models.DeliveryQuery, answer=models.DeliveryPage,
    ),
    Route(
        tag=TAG, method="GET", path="webhooks/inbox/sources", permission="configure",
        summary="List who sends to the inbox, with the tokens", handle=sources, query=NoQuery,
        answer=models.InboxSources,
    ),
    Route(
        tag=TAG, method="GET", path="webhooks/inbox/sources/{source}", permission="configure",
        summary="Read the address and the token of a source", handle=source, answer=models.InboxSource,
    ),
    Route(
        tag=TAG, method="GET", path="webhooks/inbox/{id}", permission="read", summary="Read a delivery", handle=get,
        answer=models.Delivery,
    ),
    Route(
        tag=TAG, method="PATCH", path="webhooks/inbox/{id}", permission="run",
        summary="Say what became of a delivery, or keep it", handle=patch, body=models.DeliveryChange,
        answer=models.Delivery,
    ),
    Route(
        tag=TAG, method="DELETE", path="webhooks/inbox/{id}", permission="configure",
        summary="Delete a delivery to the inbox", handle=delete, status=204,
    ),
)  # fmt: skip
