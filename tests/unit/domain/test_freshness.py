"""Freshness as people write it, and from when on it is broken."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.freshness import Freshness, late_at, parse_freshness, stale_at


@pytest.mark.parametrize(
    ("given", "within", "slower_than"),
    [
        ({"within": "26h"}, 93600.0, None),
        ({"within": 60, "slower_than": "3x"}, 60.0, 3.0),
        ({"slower_than": 1.5, "within": None}, None, 1.5),
        ({"slower_than": "2.5×"}, None, 2.5),
    ],
)
def test_it_is_read_as_people_write_it(given: dict[str, Any], within: float | None, slower_than: float | None) -> None:
    found = parse_freshness(given)
    assert (found.within, found.slower_than) == (within, slower_than)
    assert parse_freshness(found.to_dict()) == found
    assert parse_freshness(found.changed_fields()) == found


@pytest.mark.parametrize(
    "given",
    [{}, {"within": "soon"}, {"within": True}, {"within": 0}, {"within": "500 days"}, {"within": []},
     {"slower_than": 1}, {"slower_than": "fast"}, {"slower_than": True}, {"slower_than": float("nan")},
     {"within": 60, "older": 1}],
)  # fmt: skip
def test_what_is_wrong_says_where(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_freshness(given)
    assert refused.value.code == "freshness_invalid"


def test_it_is_stale_so_long_after_the_last_success_or_a_later_change() -> None:
    fresh = Freshness(within=100.0)
    assert stale_at(fresh, 1000.0, 500.0) == 1100.0
    assert stale_at(fresh, 1000.0, 1500.0) == 1600.0
    assert stale_at(fresh, None, 500.0) == 600.0
    assert stale_at(Freshness(slower_than=3.0), None, 500.0) is None


def test_a_session_is_late_by_the_median_of_the_last_ones() -> None:
    slow = Freshness(slower_than=3.0)
    assert late_at(slow, 1000.0, [10.0, 8.0, 500.0, 10.0, 12.0]) == 1030.0
    assert late_at(slow, 1000.0, [8.0, 30.0, 10.0, 12.0, 20.0, 5.0]) == 1033.0
    assert late_at(slow, 1000.0, [10.0] * 4) is None
    # What takes no time is not late after three times of that.
    assert late_at(slow, 1000.0, [0.01] * 20) == 1001.01
    assert late_at(Freshness(within=1.0), 1000.0, [10.0] * 20) is None
