"""How long an artifact is kept, as people write it."""

from __future__ import annotations

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.retention import parse_retention


@pytest.mark.parametrize(
    ("text", "policy", "limit", "expires"),
    [
        ("30 days", "days", 30, 30 * 86400.0), ("1 day", "days", 1, 86400.0), ("12hours", "hours", 12, 43200.0),
        ("90 Minutes", "minutes", 90, 5400.0), ("2 weeks", "days", 14, 14 * 86400.0),
        ("5 versions", "versions", 5, None),
    ],
)  # fmt: skip
def test_retention(text: str, policy: str, limit: int, expires: float | None) -> None:
    retention = parse_retention(text)
    assert (retention.policy, retention.limit) == (policy, limit)
    assert retention.expires_at(100.0) == (None if expires is None else 100.0 + expires)
    assert parse_retention(str(retention)) == retention


@pytest.mark.parametrize("text", ["", "forever", "0 days", "-1 days", "1.5 days", "5", "9999999 days", "5 years"])
def test_what_does_not_say_how_long_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_retention(text)
    assert refused.value.code == "retention_invalid"
