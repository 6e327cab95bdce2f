"""The page that Prometheus reads: where it is turned on, with its token, or from this machine where it has none."""

from __future__ import annotations

import hmac
import ipaddress
import logging
from typing import Any

from tornado.httputil import split_host_and_port
from tornado.web import RequestHandler

from notebook_automation._version import __version__
from notebook_automation.adapters.metrics_text import MEDIA_TYPE, Family, metrics_text
from notebook_automation.domain.errors import AutomationError, Forbidden, NotFound
from notebook_automation.services.container import Services
from notebook_automation.services.meters import Histogram, Now

from .correlated import Correlated
from .host import Host
from .problems import MEDIA_TYPE as PROBLEM
from .problems import NotAuthenticated, error_of, problem_of
from .wire import encode

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
_log = logging.getLogger(__name__)


class MetricsHandler(Correlated, RequestHandler):
    """Answers GET with the metrics of this server, and those of the database that it shares."""

    SUPPORTED_METHODS = ("GET", "HEAD")

    async def get(self) -> None:
        """Send the page."""
        host: Host = self.application.settings["notebook_automation"]
        services = await host.services()
        self._admit(services)
        # What was counted a moment ago is in it.
        await services.api_logs.flush()
        text = metrics_text(families(services, await services.meters.now()))
        self.set_header("Content-Type", MEDIA_TYPE)
        self.finish(text)

    head = get

    def _admit(self, services: Services) -> None:
        """Raise NotFound, NotAuthenticated or Forbidden unless whoever asks may read the page."""
        settings = services.settings
        if not settings.metrics:
            raise NotFound("There is no page of metrics: turn it on by the setting metrics.", code="metrics_off")
        if settings.metrics_token:
            sent = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(sent.encode("utf-8", "replace"), settings.metrics_token.encode()):
                raise NotAuthenticated("Send the token of the setting metrics_token: Authorization: Bearer ….")
            return
        headers = self.request.headers
        # A proxy on this machine would make everybody local, and so would a name that a page makes lead here.
        direct = not any(name in headers for name in _FORWARDED)
        if not (direct and is_local(self.request.remote_ip or "") and is_local(_host_name(self.request.host))):
            raise Forbidden(
                "Metrics without a token are for this machine alone: set metrics_token.", code="metrics_local"
            )

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_correlation_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def check_xsrf_cookie(self) -> None:
        """Nothing is changed here."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        raised = kwargs.get("exc_info", (None, None))[1]
        problem = problem_of(raised, self.correlation_id)
        if problem.status >= 500 and error_of(raised) is None:
            _log.error("%s metrics could not be read", self.correlation_id, exc_info=kwargs.get("exc_info"))
        self.set_status(problem.status)
        if problem.status == 401:
            self.set_header("WWW-Authenticate", 'Bearer realm="metrics"')
        self.set_header("Content-Type", PROBLEM)
        self.finish(encode(problem))

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """``write_error`` has what is worth a line."""
        if not isinstance(value, AutomationError):
            super().log_exception(typ, value, tb)


def is_local(name: str) -> bool:
    """Return whether a host's name, or address, is of this machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _host_name(host: str) -> str:
    return split_host_and_port(host.lower())[0]


def families(services: Services, now: Now) -> list[Family]:
    """Return the metrics of a server."""
    meters, leadership = services.meters, services.leadership
    return [
        Family(
            name="info", help="The version that runs.", kind="gauge", labels=("version", "database"),
            values=[((__version__, services.database_kind), 1)],
        ),
        Family(
            name="leader", help="Whether this server ticks, dispatches and cleans up.", kind="gauge",
            values=[((), 1 if leadership.active else 0)],
        ),
        Family(
            name="requests", help="Requests that this server answered.", kind="counter",
            labels=("method", "route", "status"),
            values=[((*which, str(status)), count) for (*which, status), count in meters.requests.items()],
        ),
        Family(
            name="request_duration_seconds", help="Time until an answer was written.", kind="histogram",
            labels=("method", "route"), values=[(key, _values(one)) for key, one in meters.request_seconds.items()],
        ),
        Family(
            name="requests_not_logged", help="Requests that are counted, but too many to be kept in the API log.",
            kind="counter", values=[((), services.api_logs.dropped)],
        ),
        Family(
            name="events", help="Events, by what made them and their type.", kind="counter", labels=("source", "type"),
            values=[(key, count) for key, count in meters.events.items()],
        ),
        Family(
            name="ticks", help="Ticks of schedules that this server found late, and those that it found missed.",
            kind="counter", labels=("how",), values=[((how,), count) for how, count in meters.ticks.items()],
        ),
        Family(
            name="session_duration_seconds", help="Sessions that ended, by status: from start to end.",
            kind="histogram", labels=("status",),
            values=[((status,), _values(one)) for status, one in meters.session_seconds.items()],
        ),
        Family(
            name="session_start_delay_seconds", help="Sessions that ended: from being asked for to their start.",
            kind="histogram", values=[((), _values(meters.start_seconds))],
        ),
        Family(
            name="sessions", help="Sessions in the database, by status; waiting ones have given their process up.",
            kind="gauge", labels=("status",), values=[((status,), count) for status, count in now.sessions.items()],
        ),
        Family(
            name="queue_length", help="Sessions that wait for a runner.", kind="gauge", values=[((), now.queued)],
        ),
        Family(
            name="queue_oldest_seconds", help="How long the first of them has been waiting.", kind="gauge",
            values=[((), now.oldest)],
        ),
        Family(
            name="database_read_seconds", help="How long the database took to count the sessions.", kind="gauge",
            values=[((), now.database_seconds)],
        ),
    ]  # fmt: skip


def _values(histogram: Histogram) -> tuple[tuple[float, ...], list[int], float]:
    return histogram.bounds, histogram.counts, histogram.total
