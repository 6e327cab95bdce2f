"""The API log: takes note of requests beside their answers, writes them together, shows them and what they come to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.api_logs import (
    API_LOG_ID,
    UNKNOWN_ROUTE,
    ApiLog,
    Counted,
    CountKey,
    Summary,
    count_key,
    first_hour,
    summary_of,
)
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.request_masking import RequestMasker
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.settings import Settings
from notebook_automation.store import api_logs, led_to
from notebook_automation.store.api_logs import Wanted
from notebook_automation.store.database import Database

from .all_secrets import AllSecrets
from .meters import Meters

_PAUSE = 1.0
"""Seconds from the first request that is noted to when it is written, with all that came meanwhile."""
_MOST_WAITING = 10_000
"""Requests that wait to be written; of more only the counts are kept."""
_MOST_OF_EVENTS = 100
"""Requests that wait to be written of which an event tells all: a burst of them is counted, and not told twice."""
_MOST_BYTES = 8 * 1024 * 1024
"""Bytes of bodies that wait to be written; others are not kept."""
_AT_ONCE = 200
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Served:
    """A request that was answered, as it came: nothing of it is masked yet. ``body`` and ``answer`` may be None."""

    at: float
    seconds: float
    correlation_id: str
    method: str
    route: str
    path: str
    query: str
    status_code: int
    code: str | None
    user_id: str | None
    client: str | None
    event_id: str | None = None
    is_known: bool = True
    headers: Sequence[tuple[str, str]] = ()
    answer_headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    body_type: str = ""
    answer: bytes | None = None
    answer_type: str = ""

    @property
    def size(self) -> int:
        """Bytes of its bodies."""
        return len(self.body or b"") + len(self.answer or b"")


@dataclass(frozen=True, slots=True)
class LedTo:
    """What a request led to: ids of events, and of sessions."""

    events: tuple[str, ...]
    sessions: tuple[str, ...]


class ApiLogs:
    """The service of the API log. ``note`` never waits and never raises; what it takes is written a second later."""

    def __init__(
        self, database: Database, secrets: AllSecrets, settings: Settings, meters: Meters | None = None
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._settings = settings
        self._meters = meters
        self._waiting: deque[Served] = deque()
        self._bytes = 0
        self._of_events = 0
        self._counts: dict[CountKey, list[float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self.dropped = 0
        """Requests since the start that are counted, and of which nothing else could be kept."""

    @property
    def is_on(self) -> bool:
        """Whether requests are kept at all."""
        return self._settings.api_log

    @property
    def keeps_bodies(self) -> bool:
        """Whether bodies are kept of requests."""
        return self._settings.api_log and self._settings.api_log_bodies > 0

    def keeps(self, event_id: str | None) -> bool:
        """Return whether more than its count is kept of a request that led to this event, or to none."""
        return event_id is None or self._of_events < _MOST_OF_EVENTS

    def count(self, at: float, method: str, route: str, status_code: int, seconds: float) -> None:
        """Count a request that was answered."""
        count = self._counts.setdefault(count_key(at, method, route, status_code, seconds * 1000), [0, 0.0])
        count[0] += 1
        count[1] += seconds * 1000
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._write_soon)

    def note(self, served: Served) -> None:
        """Take note of a request that was answered, and count it."""
        served.route = served.route or UNKNOWN_ROUTE
        self.count(served.at, served.method, served.route, served.status_code, served.seconds)
        if served.event_id is not None:
            self._of_events += 1
        if self._bytes + served.size > _MOST_BYTES:
            served.body = served.answer = None
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(served)
            self._bytes += served.size
        else:
            self.dropped += 1

    async def flush(self) -> None:
        """Write what was noted; what cannot be written is tried again. Never raises."""
        async with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            waiting, self._waiting, self._bytes, self._of_events = self._waiting, deque(), 0, 0
            counts, self._counts = self._counts, {}
            if not counts:
                return
            try:
                masker = RequestMasker(await self._secrets.masker())
                logs = await asyncio.to_thread(self._shown, waiting, masker)
                counted = [Counted(key, int(count), total) for key, (count, total) in counts.items()]
                # Some at a time: deliveries that are accepted meanwhile wait for the same writer.
                for start in range(0, max(1, len(logs)), _AT_ONCE):
                    some, with_counts = logs[start : start + _AT_ONCE], counted if start == 0 else []
                    await self._database.write(partial(api_logs.add, logs=some, counted=with_counts))
                    waiting, counts = deque(islice(waiting, len(some), None)), {}
                    if self._meters is not None:
                        self._meters.counted(with_counts)
            except Exception as error:  # noqa: BLE001 - whatever it is, requests are answered all the same
                _log.warning("Requests could not be kept in the API log: %s", error)
                self._take_back(waiting, counts)

    async def stop(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            await asyncio.wait([self._writing])
        await self.flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def listed(
        self, caller: Caller, wanted: Wanted, *, limit: int, cursor: str | None, sorting: Sorting = NEWEST_FIRST
    ) -> tuple[list[ApiLog], str | None]:
        """Return a page of requests, those of this moment too."""
        caller.require("configure", EVERYTHING)
        await self.flush()
        return await self._database.read(
            lambda tx: api_logs.listed(tx, wanted, limit=limit, cursor=cursor, sorting=sorting)
        )

    async def exported(self, caller: Caller, wanted: Wanted) -> AsyncIterator[list[ApiLog]]:
        """Yield all requests that fit, newest first, some at a time; at least once."""
        cursor: str | None = None
        while True:
            some, cursor = await self.listed(caller, wanted, limit=_AT_ONCE, cursor=cursor)
            yield some
            if cursor is None:
                return

    async def get(self, caller: Caller, log_id: str) -> tuple[ApiLog, LedTo]:
        """Return a request, and what it led to; raises NotFound (``api_log_not_found``)."""
        caller.require("configure", EVERYTHING)

        def work(tx: Connection) -> tuple[ApiLog, LedTo] | None:
            found = api_logs.get(tx, log_id)
            return None if found is None else (found, LedTo(*led_to.of_request(tx, found.correlation_id)))

        found = await self._database.read(work)
        if found is None:
            raise _no_log(log_id)
        return found

    async def remove(self, caller: Caller, log_id: str) -> None:
        """Delete a request from the log; the statistics stay. Raises NotFound (``api_log_not_found``)."""
        caller.require("configure", EVERYTHING)
        if not await self._database.write(lambda tx: api_logs.remove(tx, log_id)):
            raise _no_log(log_id)

    async def summary(self, caller: Caller, now: float | None = None) -> Summary:
        """Return the statistics of the last 24 hours, this moment's too."""
        caller.require("configure", EVERYTHING)
        await self.flush()
        at = time.time() if now is None else now
        return summary_of(await self._database.read(lambda tx: api_logs.counted_since(tx, first_hour(at))), at)

    def _write_soon(self) -> None:
        self._timer = None
        self._writing = asyncio.get_running_loop().create_task(self.flush(), name="na-api-log")

    def _take_back(self, waiting: deque[Served], counts: dict[CountKey, list[float]]) -> None:
        for key, (count, total) in counts.items():
            have = self._counts.setdefault(key, [0, 0.0])
            have[0] += count
            have[1] += total
        waiting.extend(self._waiting)
        while len(waiting) > _MOST_WAITING:
            waiting.popleft()
            self.dropped += 1
        self._waiting, self._bytes = waiting, sum(one.size for one in waiting)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(10 * _PAUSE, self._write_soon)

    def _shown(self, waiting: Sequence[Served], masker: RequestMasker) -> list[ApiLog]:
        paths: dict[tuple[str, bool], str] = {}
        for one in waiting:
            # The same again and again: those of webhooks, and what a page asks for.
            key = (one.path, one.is_known)
            if key not in paths:
                paths[key] = masker.path(one.path, is_known=one.is_known)[:_LONGEST_ADDRESS]
        most = self._settings.api_log_bodies
        return [_shown(one, masker, paths[one.path, one.is_known], most) for one in waiting]


def _shown(served: Served, masker: RequestMasker, path: str, most: int) -> ApiLog:
    """Return ``served`` as it is kept."""
    return ApiLog(
        id=API_LOG_ID.new(served.at),
        correlation_id=served.correlation_id,
        created_at=served.at,
        method=served.method[:_LONGEST_METHOD],
        route=served.route,
        path=path,
        query=masker.query(served.query)[:_LONGEST_ADDRESS] if served.query else None,
        status_code=served.status_code,
        code=served.code,
        duration_ms=served.seconds * 1000,
        user_id=served.user_id,
        client=served.client,
        event_id=served.event_id,
        request_headers=masker.headers(served.headers),
        response_headers=masker.headers(served.answer_headers),
        request_body=None if served.body is None else masker.body(served.body, served.body_type, most),
        response_body=None if served.answer is None else masker.body(served.answer, served.answer_type, most),
    )


_LONGEST_METHOD = 32
_LONGEST_ADDRESS = 4000


def _no_log(log_id: str) -> NotFound:
    return NotFound(
        f"There is no request {log_id!r} in the API log: it may have been deleted; its id begins with log_.",
        code="api_log_not_found",
    )
