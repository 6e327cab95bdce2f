"""The log of API requests, and what a day of them comes to: counts, errors, and how long answers took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .ids import IdPrefix

API_LOG_ID = IdPrefix("log")
HOUR = 3600.0
WINDOW_HOURS = 24
"""Hours that statistics tell of: the one that is under way, and those before it."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "OTHER"
"""What any other method is counted as: a caller may invent as many as it likes."""
UNKNOWN_ROUTE = "(unknown)"

_FIRST_MS, _GROWTH, _LAST_BUCKET = 0.1, 1.1, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiLog:
    """One request and its answer, its secrets masked. ``created_at`` (epoch seconds) is when it began.

    ``route`` is the template of its address, ``path`` the address itself. ``duration_ms`` is milliseconds until all of
    the answer was written. Bodies are texts, cut to what the settings allow; None: not kept. ``code`` is that of the
    problem it was answered with.
    """

    id: str
    correlation_id: str
    created_at: float
    method: str
    route: str
    path: str
    query: str | None
    status_code: int
    code: str | None
    duration_ms: float
    user_id: str | None
    client: str | None
    event_id: str | None = None
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str | None = None


@dataclass(frozen=True, slots=True)
class CountKey:
    """What requests are counted by: the hour since the epoch, the route, how it ended, how long it took (`bucket`)."""

    hour: int
    method: str
    route: str
    status_code: int
    bucket: int


@dataclass(frozen=True, slots=True)
class Counted:
    """``count`` requests of a kind, which took ``total_ms`` milliseconds together."""

    key: CountKey
    count: int
    total_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What some requests come to. ``client_errors`` are 4xx, ``server_errors`` 5xx; times are milliseconds."""

    requests: int
    client_errors: int
    server_errors: int
    average_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Statistics of the hours from ``since`` (epoch seconds): in all, for each hour, for each route, by status.

    Every hour is there, also one without requests.
    """

    since: float
    total: Figures
    hours: list[tuple[float, Figures]]
    routes: list[tuple[str, str, Figures]]
    statuses: dict[int, int]


def count_key(at: float, method: str, route: str, status_code: int, duration_ms: float) -> CountKey:
    """Return what a request that began ``at`` (epoch seconds) is counted by."""
    known = method if method in METHODS else OTHER_METHOD
    return CountKey(int(at // HOUR), known, route, status_code, bucket_of(duration_ms))


def bucket_of(duration_ms: float) -> int:
    """Return the number of the bucket of a duration: each ends a tenth above the one before."""
    if duration_ms <= _FIRST_MS:
        return 0
    return min(_LAST_BUCKET, math.ceil(math.log(duration_ms / _FIRST_MS) / math.log(_GROWTH) - 1e-9))


def duration_of(bucket: int) -> float:
    """Return what a duration in ``bucket`` is told as, in milliseconds: within a twentieth of what it was."""
    return float(_FIRST_MS * _GROWTH ** (bucket - 0.5))


def first_hour(now: float) -> int:
    """Return the first hour of the statistics that are asked for ``now`` (epoch seconds)."""
    return int(now // HOUR) - WINDOW_HOURS + 1


def summary_of(counted: Iterable[Counted], now: float) -> Summary:
    """Return what is ``counted`` in the hours before ``now`` (epoch seconds)."""
    first = first_hour(now)
    kept = [one for one in counted if one.key.hour >= first]
    by_hour: dict[int, list[Counted]] = {hour: [] for hour in range(first, first + WINDOW_HOURS)}
    by_route: dict[tuple[str, str], list[Counted]] = {}
    statuses: dict[int, int] = {}
    for one in kept:
        by_hour.setdefault(one.key.hour, []).append(one)
        by_route.setdefault((one.key.method, one.key.route), []).append(one)
        statuses[one.key.status_code] = statuses.get(one.key.status_code, 0) + one.count
    return Summary(
        since=first * HOUR,
        total=figures_of(kept),
        hours=[(hour * HOUR, figures_of(some)) for hour, some in sorted(by_hour.items())],
        routes=[(method, route, figures_of(some)) for (method, route), some in sorted(by_route.items())],
        statuses=dict(sorted(statuses.items())),
    )


def figures_of(counted: Iterable[Counted]) -> Figures:
    """Return what ``counted`` comes to."""
    requests = client_errors = server_errors = 0
    total_ms = 0.0
    buckets: dict[int, int] = {}
    for one in counted:
        requests += one.count
        total_ms += one.total_ms
        client_errors += one.count if 400 <= one.key.status_code < 500 else 0
        server_errors += one.count if one.key.status_code >= 500 else 0
        buckets[one.key.bucket] = buckets.get(one.key.bucket, 0) + one.count
    return Figures(
        requests=requests, client_errors=client_errors, server_errors=server_errors,
        average_ms=total_ms / requests if requests else None,
        p50_ms=_percentile(buckets, requests, 50), p95_ms=_percentile(buckets, requests, 95),
        p99_ms=_percentile(buckets, requests, 99),
    )  # fmt: skip


def _percentile(buckets: Mapping[int, int], requests: int, percent: int) -> float | None:
    """Return the duration that ``percent`` of the requests did not exceed."""
    wanted, seen = math.ceil(requests * percent / 100), 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= wanted:
            return duration_of(bucket)
    return None
