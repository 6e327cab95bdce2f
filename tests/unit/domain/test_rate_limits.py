"""Token buckets: so much at once, so much a second, and no more remembered than is allowed."""

from __future__ import annotations

import pytest

from notebook_automation.domain.rate_limits import SECONDS_AT_ONCE, TokenBuckets


def test_as_much_at_once_as_two_seconds_allow_then_one_after_the_other() -> None:
    rates = TokenBuckets(10)
    at_once = int(10 * SECONDS_AT_ONCE)
    assert [rates.take("a", 100.0) for _ in range(at_once)] == [0.0] * at_once
    assert rates.take("a", 100.0) == pytest.approx(0.1)
    assert rates.take("a", 100.05) == pytest.approx(0.05)
    assert rates.take("a", 100.1) == 0.0
    assert rates.take("a", 100.1) > 0


def test_keys_do_not_share_and_a_rested_one_is_full_but_no_fuller() -> None:
    rates = TokenBuckets(1)
    assert [rates.take("a", 0.0) > 0 for _ in range(3)] == [False, False, True]
    assert rates.take("b", 0.0) == 0.0
    assert [rates.take("a", 1000.0) > 0 for _ in range(3)] == [False, False, True]


def test_a_slow_rate_lets_one_through() -> None:
    rates = TokenBuckets(0.1)
    assert rates.take("a", 0.0) == 0.0
    assert rates.take("a", 0.0) == pytest.approx(10.0)


def test_none_is_counted_without_a_limit() -> None:
    rates = TokenBuckets(0)
    assert {rates.take("a", 0.0) for _ in range(10_000)} == {0.0}
    assert len(rates) == 0


def test_what_is_remembered_is_bounded() -> None:
    rates = TokenBuckets(1, most=3)
    for key in "abcde":
        rates.take(key, 0.0)
    assert len(rates) == 3
    assert rates.take("e", 0.0) == 0.0
    assert rates.take("e", 0.0) > 0
