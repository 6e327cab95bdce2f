"""The record of inquiries: all that happened to many of them, how many wait, how long people take to answer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiries import INQUIRY_ID, InquiryEntry, InquiryResource, Outcome
from notebook_automation.store import inquiries, inquiry_log
from notebook_automation.store.database import Database

from .inquiries import Inquiries, Search
from .inquiry_views import InquiryView

METRIC_DAYS = 30
"""Inquiries that were asked in so many days count."""
_MOST_COUNTED = 10_000
_AT_ONCE = 50
_BY_PEOPLE: frozenset[Outcome] = frozenset({"approved", "rejected", "answered", "sent_back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryMetrics:
    """What waits now, and how what was asked of late ended; times are seconds, ``oldest_at`` is epoch seconds."""

    waiting: int
    oldest_at: float | None
    median: float | None
    p90: float | None
    outcomes: Mapping[Outcome, int]


class InquiryRecords:
    """The service of the record."""

    def __init__(self, database: Database, found: Inquiries, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._inquiries = found
        self._clock = clock

    async def metrics(self, caller: Caller, project_id: str | None = None) -> InquiryMetrics:
        """Return numbers of one project, or of all. Raises Forbidden."""
        caller.require("read", InquiryResource(project_id=project_id))

        def work(tx: Connection) -> InquiryMetrics:
            since = INQUIRY_ID.floor(self._clock() - METRIC_DAYS * 86400.0)
            ended = inquiries.outcomes(tx, since, project_id, limit=_MOST_COUNTED)
            took = sorted(seconds for outcome, seconds in ended if outcome in _BY_PEOPLE)
            counts: dict[Outcome, int] = {}
            for outcome, _ in ended:
                counts[outcome] = counts.get(outcome, 0) + 1
            waiting, oldest_at = inquiries.oldest_pending(tx, project_id)
            return InquiryMetrics(
                waiting=waiting, oldest_at=oldest_at, median=_quantile(took, 0.5), p90=_quantile(took, 0.9),
                outcomes=counts,
            )  # fmt: skip

        return await self._database.read(work)

    async def record(
        self, caller: Caller, search: Search
    ) -> AsyncIterator[list[tuple[InquiryView, Sequence[InquiryEntry]]]]:
        """Yield all inquiries that ``search`` finds, newest first and some at a time, each with its whole log.

        Raises Forbidden.
        """
        cursor: str | None = None
        while True:
            found, cursor = await self._inquiries.listed(caller, search, limit=_AT_ONCE, cursor=cursor)
            ids = [view.inquiry.id for view in found]
            logs = await self._database.read(lambda tx, ids=ids: inquiry_log.of_many(tx, ids))  # type: ignore[misc]
            yield [(view, logs.get(view.inquiry.id, [])) for view in found]
            if cursor is None:
                return


def _quantile(ordered: Sequence[float], part: float) -> float | None:
    """Return the value below which this part of them is, the nearest one that there is."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else None
