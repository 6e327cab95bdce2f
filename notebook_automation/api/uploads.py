"""Content that is sent to be kept: it goes into a temporary file as it comes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from tornado.web import HTTPError

from notebook_automation.domain.errors import AutomationError, Invalid
from notebook_automation.services.container import Services
from notebook_automation.settings import Settings

from .problems import error_of
from .routing import Reply
from .wire import read_query

if TYPE_CHECKING:
    from .handlers import RouteHandler

    _Base = RouteHandler
else:
    _Base = object


class Upload(_Base):
    """For handlers of routes: takes the body into a file, within `limit`, and lets `keep` answer."""

    query_type: ClassVar[type[Any]]
    _query: Any = None
    _file: Any = None
    _sender_is_gone = False

    def limit(self, settings: Settings) -> tuple[int, str]:
        """Return how many bytes are taken, and what sets that."""
        raise NotImplementedError

    async def keep(self, services: Services, query: Any, content: Path) -> Reply:
        """Keep what has come into the file ``content``, which is deleted afterwards, and return the answer."""
        raise NotImplementedError

    async def prepare(self) -> None:  # type: ignore[override]
        if self.request.method != "POST":
            await super().prepare()
            return
        try:
            await self.identify()
            await self.permit("report")
            services = await self.services()
            self._query = read_query(self.request.query_arguments, self.query_type)
            # Closed, and with that deleted, when the answer is sent or the sender is gone.
            self._file = tempfile.NamedTemporaryFile(dir=_incoming(services), prefix="upload-")  # noqa: SIM115
            self.sink = self._file
            if self._sender_is_gone:
                # It went while it was looked up who it is: nobody would close the file.
                self._drop()
            limit, limit_name = self.limit(services.settings)
            self.expect(limit=limit, seconds=None, limit_name=limit_name)
        except (AutomationError, HTTPError, msgspec.ValidationError) as raised:
            error = error_of(raised)
            if error is None:
                raise
            self.refuse(error)

    async def post(self) -> None:
        """Keep what has come."""
        self.body_ended()
        assert self.route is not None
        self._file.flush()
        self.send(self.route, await self.keep(await self.services(), self._query, Path(self._file.name)))

    def on_finish(self) -> None:
        self._drop()
        super().on_finish()

    def on_connection_close(self) -> None:
        # First: whatever else comes of it, the file goes.
        self._sender_is_gone = True
        self._drop()
        super().on_connection_close()

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = self.sink = None


def checked_media_type(media_type: str | None) -> str | None:
    """Return ``media_type`` if it can be sent as a header. Raises Invalid (``media_type_invalid``)."""
    if media_type is not None and (not media_type.isascii() or not media_type.isprintable() or "/" not in media_type):
        raise Invalid(f"{media_type!r} is not a media type: write it like text/csv.", code="media_type_invalid")
    return media_type


def _incoming(services: Services) -> Path:
    """Return a folder on the disk of the blobs, so that nothing fills another."""
    folder = Path(services.settings.uploads)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
