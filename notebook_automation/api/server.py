"""The server itself over REST: its state, its stream of changes, and the description of the whole API."""

from __future__ import annotations

from datetime import datetime

from notebook_automation._version import __version__
from notebook_automation.domain.manifest_schema import SCHEMA_FILE, manifest_schema

from . import docs, openapi
from .changes import StreamHandler
from .models import server as models
from .models.changes import StreamQuery, message_types
from .routing import Reply, Request, Route, Tag


async def get_status(request: Request) -> models.Status:
    """Return what runs, what waits, what failed since this server's midnight, and whether the engine is here."""
    services = request.services
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    counts = await services.sessions.counts(request.caller, midnight.timestamp())
    leadership = services.leadership
    return models.Status(
        version=__version__,
        engine=models.EngineStatus(active=leadership.active, owner=leadership.owner if leadership.active else None),
        running=counts.running,
        queued=counts.queued,
        failed_today=counts.failed,
        database=services.database_kind,
        webhook_base=request.links.webhooks,
        timezone=services.settings.timezone or "UTC",
    )


async def get_openapi(request: Request) -> Reply:
    """Return the document, for this server's address."""
    return Reply(value={**openapi.document(request.routes), "servers": [{"url": request.links.api.rstrip("/")}]})


async def get_docs(request: Request) -> Reply:
    """Return the page."""
    page = docs.render(openapi.document(request.routes), request.links.api)
    return Reply(
        value=page.encode("utf-8"),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": docs.CONTENT_SECURITY_POLICY},
    )


async def get_manifest_schema(request: Request) -> Reply:
    """Return what a manifest may say, as a JSON Schema (draft 7): for editors and checks."""
    return Reply(value=manifest_schema(), media_type="application/schema+json")


TAG = Tag("server", "The server itself.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="status", permission="read", summary="Read the server's state", handle=get_status,
        answer=models.Status,
    ),
    Route(
        tag=TAG, method="GET", path="stream", permission="read", summary="Follow changes (WebSocket)",
        handler=StreamHandler, query=StreamQuery, status=101, messages=message_types,
    ),
    Route(
        tag=TAG, method="GET", path="openapi.json", permission="read", summary="Read this document",
        handle=get_openapi,
    ),
    Route(
        tag=TAG, method="GET", path="docs", permission="read", summary="Read this document as a page", handle=get_docs,
        media_type="text/html",
    ),
    Route(
        tag=TAG, method="GET", path=SCHEMA_FILE, permission="read",
        summary="Read the JSON Schema of manifests", handle=get_manifest_schema, media_type="application/schema+json",
    ),
)  # fmt: skip
