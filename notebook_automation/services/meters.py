"""What is counted for whoever watches the server: requests, events, ends of sessions, ticks; and what there is now."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from notebook_automation.domain.api_logs import Counted, duration_of
from notebook_automation.domain.changes import Change
from notebook_automation.domain.events import EventChange
from notebook_automation.domain.sessions import TERMINAL, SessionChange, Status
from notebook_automation.store import session_counts
from notebook_automation.store.database import Database

REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SESSION_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0, 4 * 3600.0)
_MOST_TYPES = 100
"""Types of events that are told apart: whoever sends one chooses its type."""
_REMEMBERED = 10_000
OTHER = "other"


@dataclass(slots=True)
class Histogram:
    """Durations in seconds: how many were at most each of ``bounds``, one after the other; how many, and their sum."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, seconds: float, count: int = 1, total: float | None = None) -> None:
        """Count ``count`` durations of about ``seconds``, which together are ``total``."""
        self.counts[bisect_left(self.bounds, seconds)] += count
        self.total += seconds * count if total is None else total


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What there is at a moment; ``queued`` sessions wait for a runner, ``oldest`` of them for so many seconds.

    ``database_seconds`` is how long the database took to say so.
    """

    sessions: Mapping[Status, int]
    queued: int
    oldest: float
    database_seconds: float


class Meters:
    """Counts since the server's start, in memory. Nothing asks the database until somebody reads `now`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.requests: dict[tuple[str, str, int], int] = {}
        self.request_seconds: dict[tuple[str, str], Histogram] = {}
        self.events: dict[tuple[str, str], int] = {}
        self.session_seconds: dict[str, Histogram] = {}
        self.start_seconds = Histogram(SESSION_SECONDS)
        self.ticks = {"late": 0, "missed": 0}
        self._ended: OrderedDict[str, None] = OrderedDict()

    def counted(self, counted: Iterable[Counted]) -> None:
        """Add requests that were counted."""
        for one in counted:
            key = one.key
            status = (key.method, key.route, key.status_code)
            self.requests[status] = self.requests.get(status, 0) + one.count
            seconds = self.request_seconds.setdefault((key.method, key.route), Histogram(REQUEST_SECONDS))
            seconds.add(duration_of(key.bucket) / 1000, one.count, one.total_ms / 1000)

    def ticked(self, late: int, missed: int) -> None:
        """Add ticks that came late, and those that were missed."""
        self.ticks["late"] += late
        self.ticks["missed"] += missed

    def changed(self, change: Change) -> None:
        """Count what a change tells of: an event that came, a session that began or ended."""
        content = change.content
        if isinstance(content, EventChange) and change.activity == "created":
            self._event(content)
        elif isinstance(content, SessionChange) and content.status in TERMINAL and change.entity not in self._ended:
            # What somebody does to a session that has ended changes it again.
            self._ended[change.entity] = None
            if len(self._ended) > _REMEMBERED:
                self._ended.popitem(last=False)
            self._session(content)

    async def now(self) -> Now:
        """Return what there is at this moment. Raises Unavailable."""
        began = time.monotonic()

        def work(tx: Connection) -> tuple[Mapping[Status, int], float | None]:
            return session_counts.status_counts(tx), session_counts.oldest_queued(tx)

        counts, oldest = await self._database.read(work)
        waited = 0.0 if oldest is None else max(0.0, time.time() - oldest)
        return Now(
            sessions=counts, queued=counts.get("requested", 0), oldest=waited,
            database_seconds=time.monotonic() - began,
        )  # fmt: skip

    def _event(self, content: EventChange) -> None:
        key = (content.source, content.type)
        if key not in self.events and len(self.events) >= _MOST_TYPES:
            key = (content.source, OTHER)
        self.events[key] = self.events.get(key, 0) + 1

    def _session(self, content: SessionChange) -> None:
        seconds = self.session_seconds.setdefault(content.status, Histogram(SESSION_SECONDS))
        began, ended = content.started_at, content.finished_at
        seconds.add(0.0 if began is None or ended is None else max(0.0, ended - began))
        if began is not None:
            self.start_seconds.add(max(0.0, began - content.created_at))
