"""What the code of a session sends to be shown, before it asks; `inquiry_shown.py` has it for those who answer."""

from __future__ import annotations

from pathlib import Path

from tornado.web import stream_request_body

from notebook_automation.domain.inquiries import Shown
from notebook_automation.domain.shown import MOST_BYTES
from notebook_automation.services.container import Services
from notebook_automation.services.shown import Given
from notebook_automation.settings import Settings

from .handlers import RouteHandler
from .models import shown as models
from .routing import Reply, Route
from .sessions import TAG
from .uploads import Upload, checked_media_type


@stream_request_body
class ShownHandler(Upload, RouteHandler):
    """Takes what is to be shown."""

    query_type = models.ShownQuery

    def limit(self, settings: Settings) -> tuple[int, str]:
        return MOST_BYTES, "the most that one thing shown may have"

    async def keep(self, services: Services, query: models.ShownQuery, content: Path) -> Reply:
        given = Given(
            name=query.name, media_type=checked_media_type(query.media_type) or "", artifact=query.artifact,
            content=None if query.artifact is not None else content, alternative=query.alternative,
        )  # fmt: skip
        return Reply(value=shown_model(await services.shown.keep(self.caller, self.parts["id"], given)))


def shown_model(shown: Shown) -> models.ShownContent:
    """Return ``shown`` as the API tells of it."""
    return models.ShownContent(
        name=shown.name, kind=shown.kind, media_type=shown.media_type, digest=shown.digest, size=shown.size
    )


ROUTES = (
    Route(
        tag=TAG, method="POST", path="sessions/{id}/shown", permission="report",
        summary="Store what an inquiry will show (session only); the body is its content", handler=ShownHandler,
        query=models.ShownQuery, answer=models.ShownContent, status=201, takes_file=True,
    ),
)  # fmt: skip
