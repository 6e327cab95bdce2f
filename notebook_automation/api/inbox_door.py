"""The door of the inbox: takes deliveries by the name of their source, where no trigger waits for them."""

from __future__ import annotations

from urllib.parse import unquote

from tornado.web import stream_request_body

from notebook_automation.adapters.content_codings import unpackers
from notebook_automation.domain.deliveries import MAX_HEADERS
from notebook_automation.domain.errors import AutomationError, TooLarge
from notebook_automation.domain.inbox import InboxSource, admitted

from .connections import check_headers
from .host import Host
from .webhooks import METHODS, WebhookHandler


@stream_request_body
class InboxHandler(WebhookHandler):
    """Keeps a delivery of ``source``, under whose address the sender may append a path of its own."""

    _source: InboxSource

    def initialize(self, slug: str, below: str) -> None:
        self.slug, self.below = unquote(slug), below

    async def prepare(self) -> None:
        self.begin_serving()
        try:
            host: Host = self.application.settings["notebook_automation"]
            self._services = await host.services()
            limits = self._services.rate_limits
            limits.from_source(self.request.remote_ip or "")
            self._source = self._services.inbox.source(self.slug)
            settings = self._services.settings
            self._max_body = settings.webhook_max_body
            self.expect(
                limit=self._max_body, seconds=settings.webhook_body_time, packed=True, spool=settings.uploads,
                limit_name="setting webhook_max_body",
            )  # fmt: skip
            # Before its body is read, and before it counts for others of this name.
            admitted(self._delivery(b""), self._source)
            limits.to_inbox(self._source.name)
            check_headers(self.request)
            if sum(1 for _ in self.request.headers.get_all()) > MAX_HEADERS:
                raise TooLarge(f"A delivery may have {MAX_HEADERS} headers: send fewer.", code="headers_invalid")
            self._codings = self.request.headers.get("Content-Encoding", "")
            if self._codings:
                unpackers(self._codings)
        except AutomationError as error:
            self.refuse(error)

    async def deliver(self) -> None:
        """Keep the delivery; answer with its receipt."""
        self.body_ended()
        if self.request.method == "OPTIONS" and "Access-Control-Request-Method" in self.request.headers:
            self.set_header("Allow", ", ".join(METHODS))
            self.set_status(204)
            self.finish()
            return
        body = await self._unpacked() if self._codings else self.body
        self._receipt = await self._services.inbox.deliver(self._source, self._delivery(body), await self._behind())
        self._set_event_headers()
        self._accept(self._receipt)

    def log_route(self) -> str:
        return "/webhooks/inbox/{source}"

    def log_is_known(self) -> bool:
        return hasattr(self, "_source")

    def _public_url(self) -> None:
        """Nothing that is sent here is signed for an address."""

    get = head = post = put = patch = delete = options = deliver
