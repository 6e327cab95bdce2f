"""Webhooks: the one door that needs no sign-in. What is accepted is on disk before the sender gets an answer.

The handler is tornado's own and not Jupyter's: no cookies, no cross-site checks (there is no user whom a page could
act as), and nothing on the way to the commit that does not have to be.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.web import RequestHandler, stream_request_body

from notebook_automation.adapters.content_codings import unpacked, unpackers
from notebook_automation.domain.challenges import ChallengeAnswer
from notebook_automation.domain.deliveries import MAX_HEADERS, Delivery
from notebook_automation.domain.errors import AutomationError, Forbidden, TooLarge
from notebook_automation.domain.events import Receipt
from notebook_automation.domain.requesters import BY_WEBHOOK, Requester
from notebook_automation.domain.triggers import Trigger
from notebook_automation.domain.verification import Unverified
from notebook_automation.services.container import Services
from notebook_automation.services.refusals import WebhookOff

from .access import session_token
from .bodies import BoundedBody
from .connections import check_headers
from .correlated import Correlated
from .events import receipt_model
from .host import Host
from .logged import Logged
from .problems import MEDIA_TYPE, error_of, problem_of
from .sync_answers import SyncAnswers
from .wire import encode

_SHOWN = ("User-Agent", "Content-Type", "Content-Length")
_log = logging.getLogger(__name__)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@stream_request_body
class WebhookHandler(Logged, Correlated, SyncAnswers, BoundedBody, RequestHandler):
    """Records a delivery to the webhook ``slug``, under which the sender may append a path of its own."""

    SUPPORTED_METHODS = METHODS
    _services: Services
    _trigger: Trigger
    _receipt: Receipt | None = None
    _codings = ""

    def initialize(self, slug: str, below: str) -> None:
        self.slug, self.below = slug, below

    async def prepare(self) -> None:
        self.begin_serving()
        try:
            host: Host = self.application.settings["notebook_automation"]
            self._services = await host.services()
            # Before anything is looked up: who guesses at addresses is slowed down as well.
            self._services.rate_limits.from_source(self.request.remote_ip or "")
            self._trigger = await self._webhook()
            self._services.rate_limits.to_webhook(self._trigger.id)
            self._expect_body()
            check_headers(self.request)
            if sum(1 for _ in self.request.headers.get_all()) > MAX_HEADERS:
                raise TooLarge(f"A delivery may have {MAX_HEADERS} headers: send fewer.", code="headers_invalid")
            self._codings = self.request.headers.get("Content-Encoding", "")
            if self._codings:
                unpackers(self._codings)
        except AutomationError as error:
            self.refuse(error)

    async def deliver(self) -> None:
        """Record the delivery; answer with its receipt, or with what the session says where the sender waits."""
        self.body_ended()
        request = self.request
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            # A browser asks before a page may send: pages of other origins may not read answers, so nothing is granted.
            self.set_header("Allow", ", ".join(METHODS))
            self.set_status(204)
            self.finish()
            return
        receipt = await self._services.events.deliver(
            self.slug,
            self._delivery(await self._unpacked() if self._codings else self.body),
            await self._behind(),
        )
        if isinstance(receipt, ChallengeAnswer):
            self.set_status(receipt.status)
            self.clear_header("Content-Type")
            if receipt.body is not None:
                self.set_header("Content-Type", "application/json")
            self.finish(None if receipt.body is None else encode(receipt.body))
            return
        self._receipt = receipt
        self._set_event_headers()
        # A rule that does not match starts nothing: nobody is there to answer, so the sender gets the receipt.
        if self._trigger.is_sync and receipt.session_ids:
            await self.answer(self._services.responses, receipt.session_ids, self._sync_time())
        else:
            self._accept(receipt)

    get = head = post = put = patch = delete = options = deliver

    async def _webhook(self) -> Trigger:
        try:
            return await self._services.events.webhook(self.slug)
        except WebhookOff as error:
            self._trigger = error.trigger
            raise

    async def _behind(self) -> Requester:
        """Return whoever is behind the session whose code sends, if it says so by its token; else nobody is known."""
        token = session_token(self.request.headers)
        if token is None:
            return BY_WEBHOOK
        try:
            return (await self._services.session_code.caller_of(token)).behind
        except Forbidden:
            return BY_WEBHOOK

    def _delivery(self, body: bytes) -> Delivery:
        request = self.request
        return Delivery(
            method=request.method or "",
            url=request.full_url(),
            path=self.below,
            query=request.query,
            headers=list(request.headers.get_all()),
            body=body,
            public_url=self._public_url(),
        )

    def log_route(self) -> str:
        return "/webhooks/{slug}"

    def log_is_known(self) -> bool:
        return hasattr(self, "_trigger")

    def log_event(self) -> str | None:
        return None if self._receipt is None else self._receipt.event_id

    def log_headers(self) -> list[tuple[str, str]]:
        # The event, and the refusal of what was refused, has them all, its sender's credentials encrypted.
        if self._receipt is not None:
            return []
        return [(name, self.request.headers[name]) for name in _SHOWN if name in self.request.headers]

    def _public_url(self) -> str | None:
        """The address as the sender knows it, where a proxy is before this server; None where nobody asks for it."""
        signature = self._trigger.signature
        if signature is None or not signature.scheme.signs_address:
            return None
        host: Host = self.application.settings["notebook_automation"]
        _, door, rest = (self.request.uri or "").partition("notebook-automation/webhooks/")
        return f"{host.public_base()}{door}{rest}"

    def _note(self, error: AutomationError | None) -> None:
        """Let the owner of the webhook see what its sender was told, where the delivery was not taken."""
        trigger = getattr(self, "_trigger", None)
        if trigger is not None and self._receipt is None and error is not None and error.status < 500:
            self._services.events.refusals.note(trigger, self._delivery(b""), error, self.received)

    def _expect_body(self) -> None:
        settings, own = self._services.settings, self._trigger.max_body
        self._max_body = settings.webhook_max_body if own is None else own
        self.expect(
            limit=self._max_body, seconds=settings.webhook_body_time, packed=True, spool=settings.uploads,
            limit_name="setting webhook_max_body" if own is None else "max_body of the trigger",
        )  # fmt: skip

    async def _unpacked(self) -> bytes:
        # In a thread: what is small on the way may be large.
        return await asyncio.to_thread(unpacked, self.body, self._codings, self._max_body)

    def _accept(self, receipt: Receipt) -> None:
        self.set_status(202)
        self.set_header("Content-Type", "application/json")
        self.finish(encode(receipt_model(receipt)))

    def _sync_time(self) -> float:
        own = self._trigger.sync_time
        return self._services.settings.webhook_sync_time if own is None else own

    def _set_event_headers(self) -> None:
        if self._receipt is not None:
            self.set_header("X-Event-Id", self._receipt.event_id)
            if self._receipt.repeated:
                self.set_header("X-Event-Repeated", "true")

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_correlation_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def check_xsrf_cookie(self) -> None:
        """There is no user here whom another page could act as."""

    def compute_etag(self) -> None:
        """Responses are not for caches."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        raised = kwargs.get("exc_info", (None, None))[1]
        problem = problem_of(raised, self.correlation_id)
        self.problem_code = problem.code
        self._note(error_of(raised))
        if isinstance(raised, Unverified) and self._trigger.signature and self._trigger.signature.preset == "basic":
            self.set_header("WWW-Authenticate", 'Basic realm="webhook", charset="UTF-8"')
        if isinstance(raised, AutomationError) and "retry_after" in raised.details:
            self.set_header("Retry-After", str(raised.details["retry_after"]))
        if problem.status >= 500 and error_of(raised) is None:
            _log.error("%s a webhook could not be taken", self.correlation_id, exc_info=kwargs.get("exc_info"))
        self.set_status(problem.status)
        # Also where no answer came: the event is stored.
        self._set_event_headers()
        self.set_header("Content-Type", MEDIA_TYPE)
        self.finish(encode(problem))

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """``write_error`` has what is worth a line."""

    def _log(self) -> None:
        """No line per delivery: the address is a secret, and the event says all else."""
