"""Stored content over REST: sent whole or in ranges, so that no page it holds can act as the user who opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tornado.web import StaticFileHandler

from .models.artifacts import ContentQuery
from .wire import read_query

if TYPE_CHECKING:
    from .handlers import RouteHandler

    class _Base(RouteHandler, StaticFileHandler):  # type: ignore[misc]
        """What this is mixed into."""

else:
    _Base = object


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Content in the file ``path``, whose hash is ``digest``; it is saved as ``name``."""

    name: str
    media_type: str
    digest: str
    path: Path


class StoredContent(_Base):
    """For handlers of routes that are handlers of static files as well; `stored` finds what is sent."""

    _stored: Stored

    async def stored(self) -> Stored:
        """Return what is asked for. Raises NotFound, Forbidden."""
        raise NotImplementedError

    async def get(self, include_body: bool = True) -> None:  # type: ignore[override]
        self.body_ended()
        query = read_query(self.request.query_arguments, ContentQuery)
        self._stored = await self.stored()
        path = self._stored.path
        self.root, self.default_filename = str(path.parent), None
        if query.download:
            name = self._stored.name.rpartition("/")[2]
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
        return f'"{self._stored.digest}"'

    def get_content_type(self) -> str:
        media_type = self._stored.media_type
        plain = all(" " <= one <= "~" for one in media_type)
        if not plain or "/" not in media_type:
            return "application/octet-stream"
        return (
            f"{media_type}; charset=utf-8" if media_type.startswith("text/") and ";" not in media_type else media_type
        )

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "private, no-cache")
