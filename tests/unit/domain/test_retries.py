"""When what failed is tried again, and which policies are refused."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.retries import RetryPolicy, next_delay, parse_retry
from notebook_automation.domain.sessions import Status


def test_each_wait_is_longer_up_to_the_longest_and_jitter_only_adds() -> None:
    policy = parse_retry({"max_attempts": 6, "base_delay": "1 min", "factor": 3, "max_delay": "10 min", "jitter": 0})
    waits = [next_delay(policy, "failed", tries=tries, seed="ses_1") for tries in range(6)]
    assert waits == [60, 180, 540, 600, 600, None]
    spread = RetryPolicy(base_delay=100.0, jitter=0.5)
    found = {next_delay(spread, "timeout", tries=0, seed=f"ses_{number}") or 0.0 for number in range(100)}
    assert len(found) == 100
    assert 100 <= min(found) < 110
    assert 140 < max(found) <= 150
    assert next_delay(spread, "failed", tries=0, seed="a") == next_delay(spread, "failed", tries=0, seed="a")


@pytest.mark.parametrize(
    ("given", "retried"),
    [
        ({}, {"failed", "timeout"}),
        ({"on": ["timeout"]}, {"timeout"}),
        ({"on": ["failed"], "if_lost": True}, {"failed", "abandoned"}),
        ({"max_attempts": 1, "if_lost": True}, set()),
    ],
)
def test_only_what_the_policy_names_is_tried_again(given: dict[str, Any], retried: set[Status]) -> None:
    ends: tuple[Status, ...] = ("completed", "failed", "cancelled", "timeout", "abandoned")
    policy = parse_retry(given)
    assert {end for end in ends if next_delay(policy, end, tries=0, seed="x") is not None} == retried


def test_a_long_first_wait_needs_no_longest_one() -> None:
    policy = parse_retry({"base_delay": "3 hours"})
    assert (policy.base_delay, policy.max_delay) == (10800, 10800)
    assert policy.changed_fields() == {"max_attempts": 3, "base_delay": 10800}
    assert parse_retry({"max_attempts": 4, "jitter": 0.1}).changed_fields() == {"max_attempts": 4}
    for one in (policy, RetryPolicy(), RetryPolicy(on=("timeout",), if_lost=True, factor=1.0, max_delay=100.0)):
        assert parse_retry(one.to_dict()) == one
        assert parse_retry(one.changed_fields()) == one


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"attempts": 3}, "retry", "has no attempts: it has max_attempts, base_delay"),
        ({"max_attempts": 0}, "retry.max_attempts", "from 1 to 100"),
        ({"max_attempts": 2.5}, "retry.max_attempts", "whole number"),
        ({"max_attempts": True}, "retry.max_attempts", "whole number"),
        ({"base_delay": "soon"}, "retry.base_delay", "not a duration"),
        ({"base_delay": 0}, "retry.base_delay", "from 1 second to 30 days"),
        ({"base_delay": 10**400}, "retry.base_delay", "is a number"),
        ({"base_delay": True}, "retry.base_delay", "is a number"),
        ({"base_delay": 60, "max_delay": 30}, "retry.max_delay", "shorter than base_delay"),
        ({"factor": 0.5}, "retry.factor", "from 1"),
        ({"factor": float("nan")}, "retry.factor", "from 1"),
        ({"jitter": 2}, "retry.jitter", "from 0 to 1"),
        ({"on": []}, "retry.on", "a list of failed and timeout"),
        ({"on": "failed"}, "retry.on", "a list of failed and timeout"),
        ({"on": ["abandoned"]}, "retry.on", "if_lost"),
        ({"if_lost": "yes"}, "retry.if_lost", "true or false"),
    ],
)
def test_what_cannot_be_meant_is_refused_under_its_field(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        parse_retry(given)
    assert (refused.value.code, refused.value.details["field"]) == ("retry_invalid", field)
