"""How often a step is tried again, and after which pauses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.step_errors import StepMismatch
from notebook_automation.sdk.step_retries import Retry


def test_pauses_double_up_to_the_longest() -> None:
    retry = Retry(max_attempts=6, base_delay=timedelta(seconds=2), max_delay="9 s", jitter=False)
    assert [retry.delay_after(tries, OSError()) for tries in range(1, 7)] == [2.0, 4.0, 8.0, 9.0, 9.0, None]
    assert Retry(max_attempts=10_000, base_delay=1, jitter=False).delay_after(9_000, OSError()) == 300.0


def test_jitter_makes_a_pause_shorter_by_up_to_a_half() -> None:
    delays = [Retry(base_delay=2).delay_after(1, OSError()) for _ in range(200)]
    assert all(delay is not None and 1.0 <= delay <= 2.0 for delay in delays)
    assert len(set(delays)) > 100


def test_only_what_is_worth_it_is_tried_again() -> None:
    assert Retry(on=(OSError, ValueError), base_delay=0).delay_after(1, ConnectionError()) == 0.0
    assert Retry(on=OSError).delay_after(1, KeyError()) is None
    assert Retry().delay_after(1, StepMismatch("another")) is None


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "3"])
def test_a_number_of_tries_is_checked(wrong: Any) -> None:
    with pytest.raises(Invalid, match="max_attempts is a whole number"):
        Retry(max_attempts=wrong)


@pytest.mark.parametrize("wrong", [{"base_delay": "soon"}, {"max_delay": -1}])
def test_what_is_no_length_of_time_is_refused_by_its_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=f"^{next(iter(wrong))} is seconds"):
        Retry(**wrong)
