"""The content of an artifact over REST."""

from __future__ import annotations

from tornado.web import StaticFileHandler

from .handlers import RouteHandler
from .stored_content import Stored, StoredContent


class ContentHandler(StoredContent, RouteHandler, StaticFileHandler):  # type: ignore[misc]
    """Sends an artifact's content, whole or in ranges, so that no page it holds can act as the user who opens it."""

    async def stored(self) -> Stored:
        artifact, path = await (await self.services()).artifacts.content(self.caller, self.parts["id"])
        return Stored(name=artifact.name, media_type=artifact.media_type, digest=artifact.blob or "", path=path)
