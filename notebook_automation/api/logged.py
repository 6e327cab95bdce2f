"""Requests go into the API log when they are answered: what is noted here is written later, and never waited for."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from tornado.web import RequestHandler

from notebook_automation.domain.api_logs import UNKNOWN_ROUTE
from notebook_automation.services.api_logs import ApiLogs, Served

_log = logging.getLogger(__name__)
_LEFT_OUT = frozenset(
    {
        "cache-control", "content-security-policy", "cross-origin-resource-policy", "date", "server",
        "x-content-type-options", "x-correlation-id", "x-request-id",
    }
)  # fmt: skip
"""Headers of answers that say the same in all of them, or what the log says elsewhere."""

if TYPE_CHECKING:
    from .correlated import Correlated

    class _Base(Correlated, RequestHandler):
        """What this is mixed into."""

else:
    _Base = object


class Logged(_Base):
    """For handlers with a `correlation_id`: notes each request once, when its answer is written."""

    _noted = False
    _answered: bytes | None = None

    def log_route(self) -> str | None:
        """Return the template of the request's address, None where none fits."""
        raise NotImplementedError

    def log_is_known(self) -> bool:
        """Return whether there is something at the address: else a part of it may be anything, also what is secret."""
        return self.log_route() is not None

    def log_user(self) -> str | None:
        """Return who asked, as far as that is known."""
        return None

    def log_event(self) -> str | None:
        """Return the id of the event that came of it, which has all else that came."""
        return None

    def log_headers(self) -> list[tuple[str, str]]:
        """Return the headers to keep."""
        return list(self.request.headers.get_all())

    def log_body(self) -> bytes | None:
        """Return the body to keep; None: none. Asked where the settings keep bodies."""
        return None

    def log_keeps_answer(self) -> bool:
        """Return whether what was answered may be kept as well."""
        return False

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> Any:
        if isinstance(chunk, bytes) and (logs := self._api_logs()) is not None and logs.keeps_bodies:
            self._answered = chunk
        return super().finish(chunk)

    def on_finish(self) -> None:
        self.note_request()
        super().on_finish()

    def note_request(self) -> None:
        """Take note of the request, as it has been answered so far."""
        if self._noted:
            return
        self._noted = True
        if self.span is not None:
            route = self.log_route() or UNKNOWN_ROUTE
            self.span.end(route, self.request.method or "", self.get_status(), self.correlation_id)
        logs = self._api_logs()
        if logs is None or not logs.is_on:
            return
        try:
            if logs.keeps(self.log_event()):
                logs.note(self._served(logs))
            else:
                seconds = max(0.0, self.request.request_time())
                route = self.log_route() or UNKNOWN_ROUTE
                logs.count(time.time() - seconds, self.request.method or "", route, self.get_status(), seconds)
        except Exception:  # noqa: BLE001 - the answer is on its way, and the connection is to go on
            _log.exception("%s could not be noted in the API log", self.correlation_id)

    def _served(self, logs: ApiLogs) -> Served:
        request, route = self.request, self.log_route()
        seconds = max(0.0, request.request_time())
        served = Served(
            at=time.time() - seconds, seconds=seconds, correlation_id=self.correlation_id,
            method=request.method or "", route=route or "", is_known=self.log_is_known(), path=request.path,
            query=request.query, status_code=self.get_status(), code=self.problem_code, user_id=self.log_user(),
            client=request.remote_ip, event_id=self.log_event(), headers=self.log_headers(),
        )  # fmt: skip
        if served.event_id is None:
            served.answer_headers = [one for one in self._headers.get_all() if one[0].lower() not in _LEFT_OUT]
        if logs.keeps_bodies:
            served.body, served.body_type = self.log_body(), request.headers.get("Content-Type", "")
            if self.log_keeps_answer():
                served.answer, served.answer_type = self._answered, self._headers.get("Content-Type", "")
        return served

    def _api_logs(self) -> ApiLogs | None:
        services = self.services_now()
        return None if services is None else services.api_logs
