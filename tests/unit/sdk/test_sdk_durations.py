"""Lengths of time as notebooks write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from notebook_automation.sdk.durations import seconds_of
from notebook_automation.sdk.errors import Invalid


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (90, 90.0), (0, 0.0), (0.5, 0.5), (timedelta(minutes=2), 120.0), ("90s", 90.0), ("5 min", 300.0),
        ("2 days", 172_800.0), ("1h30m", 5400.0), ("1 hour, 30 minutes", 5400.0), ("1 hour and 5 s", 3605.0),
        ("1.5 H", 5400.0), ("2 weeks", 1_209_600.0),
    ],
)  # fmt: skip
def test_it_is_read(given: Any, seconds: float) -> None:
    assert seconds_of(given) == seconds


@pytest.mark.parametrize(
    "given", ["", "soon", "5", "3 months", "5 min ago", -1, float("nan"), float("inf"), None, True]
)
def test_what_is_none_is_refused_with_examples(given: Any) -> None:
    with pytest.raises(Invalid, match="2 days"):
        seconds_of(given)
