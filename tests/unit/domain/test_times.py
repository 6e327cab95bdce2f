"""Lengths of time, and times as RFC 3339 writes them."""

from __future__ import annotations

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.times import duration, from_rfc3339, rfc3339


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("30 days", 2592000), ("1.5 h", 5400), ("2 weeks", 1209600), (" 5 MIN ", 300)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "0s", "-5s", "5 fortnights", "5s and more", "9" * 400 + "d", "1e3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        duration(text)
    assert refused.value.code == "duration_invalid"


def test_times_are_shown_and_read_as_rfc_3339() -> None:
    assert rfc3339(1_795_000_000.25) == "2026-11-18T11:06:40.250Z"
    assert rfc3339(None) is None
    assert from_rfc3339("2026-11-18T11:06:40.250Z") == 1_795_000_000.25
    assert from_rfc3339("2026-11-18T12:06:40.250+01:00") == 1_795_000_000.25
    assert from_rfc3339("2026-11-18T11:06:40.250") == 1_795_000_000.25
    for text in ("", "yesterday", "2026-13-01", "1795000000", "2026-11-18T25:00:00Z"):
        with pytest.raises(Invalid):
            from_rfc3339(text)
