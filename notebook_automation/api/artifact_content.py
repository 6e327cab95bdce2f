"""The content of an artifact over REST: sent whole or in ranges."""

from __future__ import annotations

from urllib.parse import quote

from tornado.web import StaticFileHandler

from notebook_automation.domain.artifacts import Artifact

from .handlers import RouteHandler
from .models.artifacts import ContentQuery
from .wire import read_query


class ContentHandler(RouteHandler, StaticFileHandler):  # type: ignore[misc]
    """Sends an artifact's content, whole or in ranges, so that no page it holds can act as the user who opens it."""

    _artifact: Artifact

    async def get(self, include_body: bool = True) -> None:  # type: ignore[override]
        self.body_ended()
        query = read_query(self.request.query_arguments, ContentQuery)
        self._artifact, path = await (await self.services()).artifacts.content(self.caller, self.parts["id"])
        self.root, self.default_filename = str(path.parent), None
        if query.download:
            name = self._artifact.name.rpartition("/")[2]
            plain = "".join(one if " " <= one <= "~" and one not in '"\\' else "_" for one in name)
            value = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
            self.set_header("Content-Disposition", value)
        await StaticFileHandler.get(self, path.name, include_body)

    async def head(self) -> None:  # type: ignore[override]
        await self.get(include_body=False)

    @property
    def content_security_policy(self) -> str:
        return "sandbox"

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        # It comes from the service, not from the address.
        return absolute_path

    def compute_etag(self) -> str:
        return f'"{self._artifact.blob}"'

    def get_content_type(self) -> str:
        media_type = self._artifact.media_type
        plain = all(" " <= one <= "~" for one in media_type)
        if not plain or "/" not in media_type:
            return "application/octet-stream"
        return (
            f"{media_type}; charset=utf-8" if media_type.startswith("text/") and ";" not in media_type else media_type
        )

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "private, no-cache")
