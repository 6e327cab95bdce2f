"""The handler of every REST route: who asks, what for, the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError, stream_request_body

from notebook_automation.domain.errors import AutomationError, NotFound
from notebook_automation.domain.inquiries import Channel
from notebook_automation.domain.request_keys import RequestKey

from .access import KnownCaller
from .bodies import BoundedBody
from .connections import check_headers
from .logged import Logged
from .models.empty import NoQuery
from .problems import MethodNotAllowed, error_of
from .routing import Reply, Request, Route
from .wire import encode, encode_sorted, read_body, read_query

JSON_LIMIT = 1024 * 1024
"""Largest JSON body, in bytes."""
JSON_SECONDS = 30.0
"""Time for a JSON body, in seconds."""
_CHANNELS: Mapping[str, Channel] = {"panel": "panel", "widget": "widget", "cli": "cli"}
"""What our own clients say of themselves."""


@stream_request_body
class RouteHandler(Logged, BoundedBody, KnownCaller, JupyterHandler):
    """Serves one of ``routes``; ``allowed`` are the methods that there are at its path."""

    def initialize(
        self, route: Route | None, allowed: Sequence[str], parts: Mapping[str, str], routes: tuple[Route, ...]
    ) -> None:
        self.route, self.allowed, self.parts, self.routes = route, allowed, parts, routes

    async def prepare(self) -> None:  # type: ignore[override]
        self.expect(limit=JSON_LIMIT, seconds=JSON_SECONDS, limit_name="the largest JSON that is read")
        if self.request.method == "OPTIONS":
            await JupyterHandler.prepare(self, _redirect_to_login=False)
            return
        try:
            check_headers(self.request)
            await self.identify()
            await self.permit(self._found().permission)
        except (AutomationError, HTTPError) as raised:
            error = error_of(raised)
            if error is None:
                raise
            self.refuse(error)

    async def respond(self) -> None:
        """Answer the request whose body has come."""
        self.body_ended()
        route = self._found()
        assert route.handle is not None
        query = read_query(self.request.query_arguments, route.query or NoQuery)
        body = None
        if route.body is not None:
            body = read_body(self.body, self.request.headers.get("Content-Type", ""), route.body)
        request = Request(
            services=await self.services(), caller=self.caller, links=self.links, path=self.parts, query=query,
            body=body, routes=self.routes, key=self._key(body) if route.takes_key else None,
            channel=_CHANNELS.get(self.request.headers.get("X-Notebook-Automation-Channel", ""), "rest"),
        )  # fmt: skip
        self.send(route, await route.handle(request))

    def log_route(self) -> str | None:
        return f"/api/v1/{self.route.path}" if self.route is not None else None

    def log_user(self) -> str | None:
        caller = getattr(self, "caller", None)
        return None if caller is None else caller.session_id or caller.login

    def log_body(self) -> bytes | None:
        return None if self._is_private or self.sink is not None else self.body

    def log_keeps_answer(self) -> bool:
        return not self._is_private

    @property
    def _is_private(self) -> bool:
        return self.route is None or self.route.is_private

    def _key(self, body: Any) -> RequestKey | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        asked = f"{self.request.method} {self.request.path}\n".encode() + encode_sorted(body)
        return RequestKey(key, hashlib.sha256(asked).hexdigest())

    def send(self, route: Route, answer: Any) -> None:
        """Send what the handler of ``route`` answered."""
        reply = answer if isinstance(answer, Reply) else Reply(value=answer)
        self.set_status(reply.status or route.status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        if reply.value is None and (reply.status or route.status) == 204:
            self.finish()
            return
        self.set_header("Content-Type", reply.media_type)
        self.finish(reply.value if isinstance(reply.value, bytes) else encode(reply.value))

    get = head = post = put = patch = delete = respond

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        if isinstance(kwargs.get("exc_info", (None, None))[1], MethodNotAllowed):
            self.set_header("Allow", ", ".join(self.allowed))
        super().write_error(status_code, **kwargs)

    def _found(self) -> Route:
        if self.route is not None:
            return self.route
        if self.allowed:
            raise MethodNotAllowed(
                f"{self.request.method} is not for {self.request.path}: use {', '.join(self.allowed)}."
            )
        raise NotFound(f"There is nothing at {self.request.path}: see openapi.json.", code="path_not_found")
