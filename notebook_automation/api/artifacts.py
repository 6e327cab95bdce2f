"""Artifacts over REST: found, uploaded, deleted; ``artifact_content.py`` sends what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tornado.web import stream_request_body

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.strict_json import parse_json
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.container import Services
from notebook_automation.settings import Settings

from .artifact_content import ContentHandler
from .handlers import RouteHandler
from .links import Links
from .models import artifacts as models
from .models.paging import Page, sorting_of
from .routing import Reply, Request, Route, Tag
from .uploads import Upload, checked_media_type

UPLOAD_LIMIT_NAME = "setting artifact_max"


async def list_(request: Request) -> Page[models.Artifact]:
    """Return a page of artifacts, newest first unless `sort` and `order` say otherwise."""
    query: models.ArtifactQuery = request.query
    found, more = await request.services.artifacts.listed(
        request.caller, limit=query.limit, cursor=query.cursor, project=query.project, session=query.session,
        trigger=query.trigger, type=query.type, ref=query.ref, name=query.name,
        sorting=sorting_of(query),
    )  # fmt: skip
    return models.ArtifactPage(items=await artifact_models(request.services, request.links, found), next_cursor=more)


async def get(request: Request) -> models.Artifact:
    """Return one artifact."""
    artifact = await request.services.artifacts.get(request.caller, request.path["id"])
    return (await artifact_models(request.services, request.links, [artifact]))[0]


async def list_versions(request: Request) -> Page[models.Artifact]:
    """Return all versions of an artifact, newest first."""
    found = await request.services.artifacts.versions(request.caller, request.path["id"])
    return models.ArtifactPage(items=await artifact_models(request.services, request.links, found))


async def delete(request: Request) -> Reply:
    """Delete an artifact for good."""
    await request.services.artifacts.remove(request.caller, request.path["id"])
    return Reply(status=204)


async def artifact_models(services: Services, links: Links, artifacts: Sequence[Artifact]) -> list[models.Artifact]:
    """Return ``artifacts`` as the API shows them."""
    made_by = {artifact.session_id for artifact in artifacts if artifact.session_id is not None}
    statuses = await services.sessions.statuses(made_by)
    return [
        models.Artifact(
            id=artifact.id,
            ref=artifact.ref,
            name=artifact.name,
            type=artifact.type,
            media_type=artifact.media_type,
            size=artifact.size,
            version=artifact.version,
            session_id=artifact.session_id,
            session_status=statuses.get(artifact.session_id or ""),
            trigger=artifact.trigger_ref,
            project=artifact.project,
            created_at=rfc3339(artifact.created_at) or "",
            expires_at=rfc3339(artifact.expires_at),
            url=artifact.url,
            content_url=None if artifact.blob is None else links.content(artifact.id),
            drive_path=None if artifact.blob is None else artifact.drive_path,
            meta=artifact.meta,
        )
        for artifact in artifacts
    ]


@stream_request_body
class UploadHandler(Upload, RouteHandler):
    """Takes an artifact's content."""

    query_type = models.UploadQuery

    def limit(self, settings: Settings) -> tuple[int, str]:
        return settings.artifact_max, UPLOAD_LIMIT_NAME

    async def keep(self, services: Services, query: models.UploadQuery, content: Path) -> Reply:
        projects = services.projects
        project = None
        if query.session is None and query.project is not None:
            project = await projects.get(self.caller, query.project)
        elif query.session is None and query.notebook is not None:
            project, _ = await projects.of_notebook(self.caller, query.notebook)
        has_content = query.url is None and query.type != "progress"
        artifact = await services.artifacts.add(
            self.caller, name=query.name, content=content if has_content else None,
            session_id=query.session, project=project, type=query.type, media_type=checked_media_type(query.media_type),
            url=query.url, keep=query.keep, meta=_meta(query.meta),
        )  # fmt: skip
        [model] = await artifact_models(services, self.links, [artifact])
        return Reply(value=model, headers={"Location": f"{self.links.api}artifacts/{artifact.id}"})


def _meta(text: str | None) -> dict[str, Any]:
    value = {} if text is None else parse_json(text)
    if not isinstance(value, dict):
        raise Invalid('meta has to be a JSON object, such as {"rows": 7}.', code="meta_invalid")
    return value


TAG = Tag("artifacts", "What sessions made.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="artifacts", permission="read", summary="List artifacts", handle=list_,
        query=models.ArtifactQuery, answer=models.ArtifactPage,
    ),
    Route(
        tag=TAG, method="POST", path="artifacts", permission="report",
        summary="Keep an artifact; the body is its content", handler=UploadHandler, query=models.UploadQuery,
        answer=models.Artifact, status=201, takes_file=True,
    ),
    Route(
        tag=TAG, method="GET", path="artifacts/{id}", permission="read", summary="Read an artifact", handle=get,
        answer=models.Artifact,
    ),
    Route(
        tag=TAG, method="DELETE", path="artifacts/{id}", permission="configure", summary="Delete an artifact",
        handle=delete, status=204,
    ),
    Route(
        tag=TAG, method="GET", path="artifacts/{id}/versions", permission="read", summary="List an artifact's versions",
        handle=list_versions, answer=models.ArtifactPage,
    ),
    Route(
        tag=TAG, method="GET", path="artifacts/{id}/content", permission="read", summary="Read an artifact's content",
        handler=ContentHandler, query=models.ContentQuery, media_type="*/*",
    ),
)  # fmt: skip
