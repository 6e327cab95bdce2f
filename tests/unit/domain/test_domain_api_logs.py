"""What a day of requests comes to: counts are exact, percentiles within a twentieth."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.api_logs import (
    HOUR,
    Counted,
    bucket_of,
    count_key,
    duration_of,
    figures_of,
    summary_of,
)

NOW = 500_000 * HOUR + 1200


def counted(at: float, status: int = 200, ms: float = 5.0, route: str = "/api/v1/status", count: int = 1) -> Counted:
    return Counted(count_key(at, "GET", route, status, ms), count, ms * count)


@given(st.floats(0.1, 10_000_000))
def test_a_duration_is_told_within_a_twentieth(ms: float) -> None:
    assert abs(duration_of(bucket_of(ms)) / ms - 1) < 0.05


def test_durations_out_of_bounds_have_a_bucket_too() -> None:
    assert bucket_of(0.0) == bucket_of(0.1) == 0
    assert bucket_of(1e12) == bucket_of(1e15)


def test_percentiles_are_those_of_the_requests() -> None:
    durations = [random.Random(7).lognormvariate(2, 1.5) for _ in range(2000)]
    figures = figures_of(counted(NOW, ms=ms) for ms in durations)
    for percent, told in ((50, figures.p50_ms), (95, figures.p95_ms), (99, figures.p99_ms)):
        exact = sorted(durations)[math.ceil(len(durations) * percent / 100) - 1]
        assert told is not None
        assert abs(told / exact - 1) < 0.05
    assert figures.average_ms is not None
    assert math.isclose(figures.average_ms, sum(durations) / len(durations))


def test_a_day_is_told_by_hour_by_route_and_by_status() -> None:
    found = summary_of(
        [
            counted(NOW, count=3), counted(NOW - HOUR, status=404),
            counted(NOW - HOUR, status=500, route="/webhooks/{slug}"),
            counted(NOW - 24 * HOUR, count=100),
        ],
        NOW,
    )  # fmt: skip
    assert (found.total.requests, found.total.client_errors, found.total.server_errors) == (5, 1, 1)
    assert len(found.hours) == 24
    assert found.hours[0][0] == found.since == (500_000 - 23) * HOUR
    assert [figures.requests for _, figures in found.hours[-3:]] == [0, 2, 3]
    assert [(method, route, one.requests) for method, route, one in found.routes] == [
        ("GET", "/api/v1/status", 4),
        ("GET", "/webhooks/{slug}", 1),
    ]
    assert found.statuses == {200: 3, 404: 1, 500: 1}
    assert found.hours[0][1].p50_ms is None


def test_methods_that_somebody_invents_are_counted_as_one() -> None:
    assert count_key(NOW, "BREW", "/", 405, 1.0).method == count_key(NOW, "X" * 100, "/", 405, 1.0).method == "OTHER"
