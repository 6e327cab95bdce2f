"""The way to the API while nothing of it is imported yet: requests for it wait, and Jupyter serves others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, HTTPServerRequest, RequestStartLine, ResponseStartLine
from tornado.routing import Router

if TYPE_CHECKING:
    from tornado.web import Application


class LateRouter(Router):
    """Hands requests to the API's own router, once it is ``imported``; they wait for that."""

    def __init__(self, application: Application, imported: asyncio.Event) -> None:
        self._application = application
        self._imported = imported
        self._router: Router | None = None

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        if self._router is not None:
            return self._router.find_handler(request, **kwargs)
        return _Waiting(self, request, self._imported)

    def find_imported(self, request: HTTPServerRequest) -> HTTPMessageDelegate:
        """Return the handler of a request that has waited."""
        if self._router is None:
            from notebook_automation.api.router import router

            self._router = router(self._application)
        found = self._router.find_handler(request)
        assert found is not None
        return found


class _Waiting(HTTPMessageDelegate):
    """A request that came before its handler was imported: Tornado reads no further until it is found."""

    def __init__(self, router: LateRouter, request: HTTPServerRequest, imported: asyncio.Event) -> None:
        self._router = router
        self._request = request
        self._imported = imported
        self._found: HTTPMessageDelegate | None = None

    async def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        """Find the handler once that is possible."""
        await self._imported.wait()
        self._found = self._router.find_imported(self._request)
        going_on = self._found.headers_received(start_line, headers)
        if going_on is not None:
            await going_on

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Hand a piece of the body on."""
        return None if self._found is None else self._found.data_received(chunk)

    def finish(self) -> None:
        """Hand the end of the request on."""
        if self._found is not None:
            self._found.finish()

    def on_connection_close(self) -> None:
        """Say that nobody waits any more."""
        if self._found is not None:
            self._found.on_connection_close()
