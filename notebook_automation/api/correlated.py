"""The name of a request: taken from its sender where that has one, sent back, and known to all that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import RequestHandler

from notebook_automation.adapters.telemetry import RequestSpan
from notebook_automation.domain.correlation import RequestOrigin, correlation_id_of, serve, traceparent_of
from notebook_automation.services.container import Services

from .host import Host

CORRELATION_HEADER = "X-Correlation-Id"
REQUEST_HEADER = "X-Request-Id"
"""The same under the name that proxies use; what the first one says goes before it."""

if TYPE_CHECKING:
    _Base = RequestHandler
else:
    _Base = object


class Correlated(_Base):
    """For handlers: `correlation_id` is in every answer, in the log, and in what the request leads to."""

    problem_code: str | None = None
    """The code of the problem that the request was answered with."""
    span: RequestSpan | None = None
    """The request's span, where traces are sent."""
    _correlation_id: str | None = None

    @property
    def correlation_id(self) -> str:
        """The name of this request and of its answer."""
        if self._correlation_id is None:
            headers = self.request.headers
            self._correlation_id = correlation_id_of(headers.get(CORRELATION_HEADER) or headers.get(REQUEST_HEADER))
        return self._correlation_id

    def begin_serving(self) -> None:
        """Let what is done from here on know which request it is done for. Called in ``prepare``."""
        came_with = traceparent_of(self.request.headers.get("Traceparent"))
        services = self.services_now()
        if services is not None and services.telemetry is not None:
            self.span = services.telemetry.begin_request(came_with)
        serve(RequestOrigin(self.correlation_id, came_with if self.span is None else self.span.traceparent))

    def services_now(self) -> Services | None:
        """Return the services if they run at this moment: a request may come before there is anything of them."""
        host: Host | None = self.application.settings.get("notebook_automation")
        return None if host is None else host.services_now()

    def set_correlation_headers(self) -> None:
        """Name the request in its answer."""
        self.set_header(CORRELATION_HEADER, self.correlation_id)
        self.set_header(REQUEST_HEADER, self.correlation_id)
