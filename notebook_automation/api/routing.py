"""Routes as values: what an operation takes and gives, the request that reaches it, and how its route is found."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from tornado.web import RequestHandler

from notebook_automation.domain.access import Action, Caller
from notebook_automation.domain.inquiries import Channel
from notebook_automation.domain.request_keys import RequestKey
from notebook_automation.services.container import Services

from .links import Links
from .wire import validate_text

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Tag:
    """A noun's section of the OpenAPI document; ``text`` is its description."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation. ``path`` is relative to the API; ``{name}`` is one part of it, ``{name...}`` the rest.

    ``query``, ``body`` and ``answer`` are the types of what is taken and given; ``media_type`` of what is given where
    it is no JSON. ``status`` is that of success; an operation that ``may_create`` answers 201 when it did. ``handle``
    is what the usual handler calls; ``handler`` replaces the usual handler. ``messages`` returns the types of what a
    WebSocket sends. An operation that ``takes_key`` is done once for all requests with the same Idempotency-Key.
    What is taken and given by one that ``is_private`` is kept in no log.
    """

    tag: Tag
    method: Method
    path: str
    permission: Action
    summary: str
    handle: Handle | None = None
    query: type[Any] | None = None
    body: type[Any] | None = None
    answer: type[Any] | None = None
    status: int = 200
    may_create: bool = False
    media_type: str = "application/json"
    takes_file: bool = False
    takes_key: bool = False
    is_private: bool = False
    handler: type[RequestHandler] | None = None
    messages: Callable[[], Sequence[type[Any]]] = tuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``path`` are the decoded parts of the URL by name, ``query`` and ``body`` of the route's own types.

    ``routes`` are all that the API has, for the operations that describe it. ``key`` is the caller's own for this
    request, where the route takes one. ``channel`` is by which of our clients it came.
    """

    services: Services
    caller: Caller
    links: Links
    path: Mapping[str, str]
    query: Any
    body: Any
    routes: tuple[Route, ...]
    key: RequestKey | None = None
    channel: Channel = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that is more than a value with the route's own status; ``value`` of bytes is sent as it is."""

    value: Any = None
    status: int | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


REPEATED = {"Idempotent-Replayed": "true"}
"""Headers of an answer that tells of what an earlier request with the same key did."""
Handle = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Match:
    """What a request meets: no route but ``allowed`` methods means 405, neither means 404."""

    route: Route | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    allowed: Sequence[str] = ()


class Table:
    """Finds the route of a path and method."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        # Fixed words come before names, so that triggers/preview is no trigger; and longer paths before shorter.
        ordered = sorted(routes, key=lambda route: [*(part.startswith("{") for part in route.path.split("/")), True])
        self._compiled = [(_pattern(route.path), route) for route in ordered]

    def find(self, method: str, path: str) -> Match:
        """Return what is at ``path`` (percent-encoded, relative to the API). Raises Invalid (``url_invalid``)."""
        allowed: dict[str, None] = {}
        for pattern, route in self._compiled:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            if route.method == method or (method == "HEAD" and route.method == "GET"):
                parts = {name: validate_text(unquote_to_bytes(raw), name) for name, raw in found.groupdict("").items()}
                return Match(route, parts)
            allowed[route.method] = None
        return Match(allowed=list(allowed))


def _pattern(path: str) -> re.Pattern[str]:
    text = re.escape(path).replace(r"\{", "{").replace(r"\}", "}").replace(r"\.\.\.", "...")
    text = re.sub(r"/\{(\w+)\.\.\.\}", r"(?:/(?P<\1>.*))?", text)
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text))
