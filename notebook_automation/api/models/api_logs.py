"""The API log, as the API shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from .paging import SORT, Cursor, Limit, Order, Page


class ApiLog(Struct, kw_only=True):
    """One request and its answer; `***` stands for what gives access to something.

    `route` is the template of its `path`. `user_id` is who asked: a person, or a session by its id. `code` is that of
    the problem that was answered. Bodies are there where the setting `api_log_bodies` keeps them. `event_ids` and
    `session_ids`, what the request led to, are there when one request is asked for.
    """

    id: str
    correlation_id: str
    created_at: str
    method: str
    route: str
    path: str
    query: str | None
    status_code: int
    code: str | None
    duration_ms: float
    user_id: str | None
    client: str | None
    event_id: str | None
    request_headers: dict[str, str]
    request_body: str | None
    response_headers: dict[str, str]
    response_body: str | None
    event_ids: list[str] | UnsetType = UNSET
    session_ids: list[str] | UnsetType = UNSET


class ApiLogPage(Page[ApiLog]):
    """A page of the API log."""


class ApiLogFilter(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which requests: those that fit all that is said."""

    method: str | None = None
    path: Annotated[str | None, Meta(description="A part of the path.")] = None
    route: str | None = None
    status_code: Annotated[int, Meta(ge=100, le=599)] | None = None
    status: Annotated[
        Literal["1xx", "2xx", "3xx", "4xx", "5xx"] | None, Meta(description="Those of one class of statuses.")
    ] = None
    user_id: str | None = None
    client: str | None = None
    correlation_id: str | None = None
    since: Annotated[str | None, Meta(description="Those that began then or later; RFC 3339.")] = None
    until: Annotated[str | None, Meta(description="Those that began before; RFC 3339.")] = None
    min_ms: Annotated[float, Meta(ge=0, description="Those that took so long at least, in milliseconds.")] | None = None


class ApiLogQuery(ApiLogFilter, kw_only=True, forbid_unknown_fields=True):
    """Which requests, and how they are sorted."""

    limit: Limit = 50
    cursor: Cursor | None = None
    sort: Annotated[Literal["created", "duration", "status", "path", "user"], SORT] = "created"
    order: Order = "desc"


class ApiLogExportQuery(ApiLogFilter, kw_only=True, forbid_unknown_fields=True):
    """Which requests, and as what they are read."""

    format: Literal["csv", "json"] = "csv"


class ApiLogExport(Struct, kw_only=True):
    """Requests, newest first."""

    items: list[ApiLog]


class Figures(Struct, kw_only=True):
    """What some requests come to: `client_errors` are 4xx, `server_errors` 5xx; times are milliseconds.

    Percentiles are told from a histogram, within 5 %.
    """

    requests: int
    client_errors: int
    server_errors: int
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class HourFigures(Figures, kw_only=True):
    """What the requests of an hour, from `start` on, come to."""

    start: str


class RouteFigures(Figures, kw_only=True):
    """What the requests of a route come to."""

    method: str
    route: str


class ApiSummary(Struct, kw_only=True):
    """Statistics of the last 24 hours, the one under way included; over all servers of the database.

    `status_codes` counts by status. `dropped` are requests since this server's start that are counted here and are not
    in the log, because too many came at once. `is_on` is whether requests are counted at all, `keeps_bodies` whether
    the log has their bodies.
    """

    since: str
    total: Figures
    hours: list[HourFigures]
    routes: list[RouteFigures]
    status_codes: dict[str, int]
    dropped: int
    is_on: bool
    keeps_bodies: bool
