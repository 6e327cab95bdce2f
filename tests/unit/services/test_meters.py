"""What is counted for whoever watches: each thing once, and types that strangers choose are bounded."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.domain.api_logs import Counted, count_key
from notebook_automation.domain.changes import Change
from notebook_automation.domain.events import EventChange
from notebook_automation.domain.sessions import SessionChange
from notebook_automation.services.meters import OTHER, Meters
from notebook_automation.store.database import Database

_numbers = itertools.count(1)


@pytest.fixture
def meters(tmp_path: Path) -> Iterator[Meters]:
    database = Database(f"sqlite:///{tmp_path}/automation.db")
    database.create()
    yield Meters(database)
    database.close()


def change(entity: str, content: Any, activity: str = "updated") -> Change:
    channel = "events" if isinstance(content, EventChange) else "sessions"
    return Change(
        seq=next(_numbers), channel=channel, entity=entity, activity=activity, content=content, created_at=1.0
    )


def session(status: str, began: float | None = 101.0, ended: float | None = 103.0) -> SessionChange:
    return SessionChange(
        status=status, call="a.ipynb", project="sales", trigger=None, current_cell=None, total_cells=None,
        progress=None, created_at=100.0, started_at=began, finished_at=ended,
    )  # type: ignore[arg-type]  # fmt: skip


def test_a_session_is_counted_once_however_often_it_changes_after_its_end(meters: Meters) -> None:
    for status in ("requested", "running", "completed", "completed"):
        meters.changed(change("ses_1", session(status)))
    meters.changed(change("ses_2", session("cancelled", None)))
    assert {status: sum(one.counts) for status, one in meters.session_seconds.items()} == {
        "completed": 1, "cancelled": 1,
    }  # fmt: skip
    assert meters.session_seconds["completed"].total == 2.0
    assert (sum(meters.start_seconds.counts), meters.start_seconds.total) == (1, 1.0)


def test_events_are_counted_by_source_and_type_up_to_a_number_of_types(meters: Meters) -> None:
    for number in range(150):
        made = EventChange(type=f"t{number}", source="webhook", trigger=None)
        meters.changed(change(f"evt_{number}", made, "created"))
        meters.changed(change(f"evt_{number}", made, "updated"))
    assert sum(meters.events.values()) == 150
    assert len(meters.events) == 101
    assert meters.events["webhook", OTHER] == 50


def test_requests_keep_their_sum_and_their_place_in_the_histogram(meters: Meters) -> None:
    key = count_key(0.0, "GET", "/api/v1/status", 200, 40.0)
    meters.counted([Counted(key, 3, 120.0), Counted(key, 1, 40.0)])
    histogram = meters.request_seconds["GET", "/api/v1/status"]
    assert meters.requests == {("GET", "/api/v1/status", 200): 4}
    assert histogram.total == pytest.approx(0.16)
    assert histogram.counts[histogram.bounds.index(0.05)] == 4


async def test_what_there_is_now_is_read_when_it_is_asked_for(meters: Meters) -> None:
    now = await meters.now()
    assert (dict(now.sessions), now.queued, now.oldest) == ({}, 0, 0.0)
    assert now.database_seconds > 0
