"""A request as the rooms' handlers see it, and what they answer with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from notebook_automation.domain.access import Caller
from notebook_automation.services.artifacts import Artifacts
from notebook_automation.services.changes import Changes
from notebook_automation.services.events import Events
from notebook_automation.services.manifests import Manifests
from notebook_automation.services.projects import Projects
from notebook_automation.services.rate_limits import RateLimits
from notebook_automation.services.responses import Responses
from notebook_automation.services.sessions import Sessions
from notebook_automation.services.triggers import Triggers
from notebook_automation.settings import Settings
from notebook_automation.store.database import Database

from .links import Links


class EngineState(Protocol):
    """What is told of the engine."""

    owner: str
    active: bool


class Rooms(Protocol):
    """The services that the API speaks to; whoever composes the product gives them."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def projects(self) -> Projects: ...
    @property
    def triggers(self) -> Triggers: ...
    @property
    def events(self) -> Events: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def artifacts(self) -> Artifacts: ...
    @property
    def manifests(self) -> Manifests: ...
    @property
    def rate_limits(self) -> RateLimits: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def responses(self) -> Responses: ...
    @property
    def engine(self) -> EngineState: ...


class Host(Protocol):
    """The server extension: rooms once they are open, and the addresses under which it is reached."""

    async def services(self) -> Rooms:
        """Return the rooms; raises Unavailable (``not_started``)."""

    def public_base(self) -> str:
        """Return the address under which others reach the server, with a slash at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``path`` are the decoded parts of the URL by name, ``query`` and ``body`` of the route's own types."""

    services: Rooms
    caller: Caller
    links: Links
    path: Mapping[str, str]
    query: Any
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that is more than a value with the route's own status; ``value`` of bytes is sent as it is."""

    value: Any = None
    status: int | None = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Request], Awaitable[Any]]
