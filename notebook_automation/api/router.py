"""Responses for everything below our path: which handler a request gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import Router

from notebook_automation.domain.errors import Invalid

from .handlers import RouteHandler
from .inbox_door import InboxHandler
from .inquiry_page import InquiryPageHandler
from .metrics_page import MetricsHandler
from .routes import ROUTES
from .routing import Match, Table
from .webhooks import WebhookHandler

if TYPE_CHECKING:
    from tornado.web import Application


class ApiRouter(Router):
    """Routes what is below ``notebook-automation/`` of a Jupyter server: webhooks, links, what ``table`` has."""

    def __init__(self, application: Application, table: Table) -> None:
        self._application, self._table = application, table
        base = f"{application.settings['base_url']}notebook-automation/"
        self._webhooks, self._api = f"{base}webhooks/", f"{base}api/v1/"
        self._metrics = f"{base}metrics"
        self._links = f"{base}inquiries/answer/"

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        delegate = self._application.get_handler_delegate
        path = request.path
        if path.startswith(self._webhooks):
            slug, _, below = path[len(self._webhooks) :].partition("/")
            if slug == "inbox":
                source, _, below = below.partition("/")
                return delegate(request, InboxHandler, {"slug": source, "below": unquote(below)})
            return delegate(request, WebhookHandler, {"slug": slug, "below": unquote(below)})
        if path.startswith(self._links):
            token, _, below = path[len(self._links) :].partition("/")
            return delegate(request, InquiryPageHandler, {"token": token, "below": below})
        if path == self._metrics:
            return delegate(request, MetricsHandler)
        match = Match()
        if path.startswith(self._api):
            try:
                match = self._table.find(request.method or "", path[len(self._api) :])
            except Invalid:
                match = Match()
        route = match.route
        handler = RouteHandler if route is None or route.handler is None else route.handler
        arguments = {"route": route, "allowed": match.allowed, "parts": match.parts, "routes": self._table.routes}
        return delegate(request, handler, arguments)


def router(application: Application) -> Router:
    """Return the router of a Jupyter server's web application."""
    return ApiRouter(application, Table(ROUTES))
