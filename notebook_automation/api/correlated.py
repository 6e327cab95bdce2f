"""The name of a request: taken from its sender where that has one, sent back, and known to all that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import RequestHandler

from notebook_automation.domain.correlation import RequestOrigin, correlation_id_of, serve, traceparent_of

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
        serve(RequestOrigin(self.correlation_id, traceparent_of(self.request.headers.get("Traceparent"))))

    def set_correlation_headers(self) -> None:
        """Name the request in its answer."""
        self.set_header(CORRELATION_HEADER, self.correlation_id)
        self.set_header(REQUEST_HEADER, self.correlation_id)
