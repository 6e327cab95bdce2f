"""The page of a signed link: no sign-in, no cookie, no JavaScript; it answers on POST, and looking changes nothing.

As that of webhooks, the handler is tornado's own and not Jupyter's: there is no user whom another page could act as.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from tornado.web import RequestHandler, stream_request_body

from notebook_automation.adapters.html_pages import style
from notebook_automation.domain.errors import (
    AutomationError,
    Conflict,
    Forbidden,
    Invalid,
    TooLarge,
    TooMany,
    UnsupportedMediaType,
)
from notebook_automation.domain.inquiry_links import no_link
from notebook_automation.services.container import Services
from notebook_automation.services.inquiry_links import OpenedLink

from .bodies import BoundedBody
from .connections import check_headers
from .correlated import Correlated
from .host import Host
from .inquiry_form import INLINE_TYPES, Entered, given_of, message_page, question_page, read_form, thanks_page
from .logged import Logged
from .problems import MethodNotAllowed, error_of, problem_of

_log = logging.getLogger(__name__)
_LIMIT = 1024 * 1024
_SECONDS = 30.0
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_SHOWN = re.compile(r"shown/([0-9]{1,4})")
_TITLES = {404: "This link opens nothing", 409: "Your answer was not taken", 429: "Too many requests"}


@stream_request_body
class InquiryPageHandler(Logged, Correlated, BoundedBody, RequestHandler):
    """Serves what is below a link's ``token``: its page, and what is shown on it."""

    _services: Services

    def initialize(self, token: str, below: str) -> None:
        self.token, self.below = token, below

    async def prepare(self) -> None:
        self.begin_serving()
        self.expect(limit=_LIMIT, seconds=_SECONDS, limit_name="the largest form that is read")
        try:
            check_headers(self.request)
            host: Host = self.application.settings["notebook_automation"]
            self._services = await host.services()
            # Before anything is looked up: who guesses at links is slowed down as well.
            self._services.rate_limits.from_link_source(self.request.remote_ip or "")
            if not self.below:
                # Of what a page shows there may be fifty things, asked for at once.
                self._services.rate_limits.to_link(self.token)
        except AutomationError as error:
            self.refuse(error)

    async def get(self) -> None:
        """Show the question, or what was answered; or the content of something shown."""
        self.body_ended()
        shown = _SHOWN.fullmatch(self.below)
        if shown is not None:
            await self._send_shown(int(shown.group(1)))
            return
        opened = await self._opened()
        page = await self._thanks(opened) if opened.state == "answered" else await self._question(opened, Entered())
        self._send_page(page)

    head = get

    async def post(self) -> None:
        """Take the answer."""
        self.body_ended()
        if self.below:
            raise no_link()
        self._check_sender()
        texts = read_form(self.body)
        links = self._services.inquiry_links
        opened = None
        try:
            opened = await links.to_answer(self.token, texts.get("form", ""))
            given = await asyncio.to_thread(given_of, opened, texts)
            if isinstance(given, Entered):
                self._send_page(await self._question(opened, given), 400)
                return
            await links.answer(opened, given)
        except (Invalid, TooLarge, Forbidden, Conflict) as error:
            await self._not_taken(opened, texts, error)
            return
        # The browser looks at the page again, so that to load it anew sends nothing. By a relative address, since a
        # proxy may have put something before our path.
        self.set_status(303)
        self.set_header("Location", self.token)
        self.finish()

    def other(self) -> None:
        """Nothing else can be done here."""
        self.body_ended()
        raise MethodNotAllowed(f"Only {', '.join(_METHODS)} are for this page.")

    put = patch = delete = other

    def options(self) -> None:
        """Say what may be done here; pages of other origins may do nothing."""
        self.body_ended()
        self.set_header("Allow", ", ".join(_METHODS))
        self.set_status(204)
        self.finish()

    async def _opened(self) -> OpenedLink:
        if self.below:
            raise no_link()
        return await self._services.inquiry_links.open(self.token)

    async def _not_taken(self, opened: OpenedLink | None, texts: dict[str, str], error: AutomationError) -> None:
        """Say why an answer was not taken; on the form, where it can be corrected."""
        if error.code == "link_used":
            self._send_page(await self._thanks(await self._opened(), error.message), error.status)
            return
        if error.code == "form_code_wrong":
            opened = await self._opened()
        correctable = not isinstance(error, Conflict | Forbidden) or error.code in ("form_code_wrong", "value_stands")
        if opened is None or not correctable:
            self._send_page(message_page(_TITLES[409], error.message), error.status)
            return
        entered = Entered(texts=texts, errors={"": error.message})
        self._send_page(await self._question(opened, entered), error.status)

    async def _question(self, opened: OpenedLink, entered: Entered) -> str:
        zone = self._services.settings.timezone
        name = self._name(opened)
        # In a thread: a long prompt takes a while to become HTML.
        return await asyncio.to_thread(question_page, opened, entered, name, self.token, zone)

    async def _thanks(self, opened: OpenedLink, note: str = "") -> str:
        zone = self._services.settings.timezone
        return await asyncio.to_thread(thanks_page, opened, self._name(opened), zone, note)

    def _name(self, opened: OpenedLink) -> str:
        known = self._services.settings.people.get(opened.link.person, {})
        return known.get("name") or opened.link.person

    def _check_sender(self) -> None:
        """Raise unless the page itself sent its form, as far as a browser says so; the code in it is what decides."""
        headers = self.request.headers
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            raise UnsupportedMediaType("Only the form of the page is taken here: open the link in a browser.")
        if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise no_link()

    async def _send_shown(self, number: int) -> None:
        shown, content = await self._services.inquiry_links.shown(self.token, number)
        kind = shown.media_type.partition(";")[0].strip().lower()
        is_inline = kind in INLINE_TYPES
        # It stands in a frame or a picture of our page, and is on our origin: it may do nothing there.
        policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
        self.set_header("Content-Security-Policy", policy)
        self.clear_header("X-Frame-Options")
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        self.set_header("Content-Type", f"{kind}{charset}" if is_inline else "application/octet-stream")
        if not is_inline:
            self.set_header("Content-Disposition", f'attachment; filename="shown-{number}"')
        self.finish(await asyncio.to_thread(content.read_bytes))

    def _send_page(self, page: str, status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_correlation_headers()
        policy = (
            f"default-src 'none'; style-src {style()[1]}; img-src 'self'; frame-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        for name, value in (
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Robots-Tag", "noindex, nofollow"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):
            self.set_header(name, value)

    def log_route(self) -> str:
        return "/inquiries/answer/{token}"

    def check_xsrf_cookie(self) -> None:
        """There is no cookie here: the form carries a code of its own."""

    def compute_etag(self) -> None:
        """Nothing here is for caches."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        raised = kwargs.get("exc_info", (None, None))[1]
        if status_code == 405 or isinstance(raised, MethodNotAllowed):
            self.set_header("Allow", ", ".join(_METHODS))
        problem = problem_of(raised, self.correlation_id)
        self.problem_code = problem.code
        if isinstance(raised, TooMany):
            self.set_header("Retry-After", str(raised.details["retry_after"]))
        if problem.status >= 500 and error_of(raised) is None:
            _log.error("%s the page of a link failed", self.correlation_id, exc_info=kwargs.get("exc_info"))
        text = raised.message if isinstance(raised, AutomationError) else problem.detail
        self._send_page(message_page(_TITLES.get(problem.status, "This did not work"), text or ""), problem.status)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """``write_error`` has what is worth a line."""

    def _log(self) -> None:
        """No line for a link: its address is a secret."""
