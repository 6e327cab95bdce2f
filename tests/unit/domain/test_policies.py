"""Policies as people write them, and in words."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.policies import (
    Policy,
    group_key,
    parse_policy,
    policy_text,
    validated_priority,
    written,
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (3, Policy(threshold=3)),
        ("3", Policy(threshold=3)),
        ("100/hour", Policy(threshold=100, period=3600.0)),
        ("100 per 2h", Policy(threshold=100, period=7200.0)),
        ("5 in 1h30m", Policy(threshold=5, period=5400.0)),
        ("1 by region", Policy(threshold=1, parameters=("region",))),
        ("1 by region,  shop", Policy(threshold=1, parameters=("region", "shop"))),
        ("2 for each shop, else cancel", Policy(threshold=2, parameters=("shop",), method="cancel")),
        ("1 by a, cancel running", Policy(threshold=1, parameters=("a",), method="cancel", cancels="running")),
        ("1, else cancel running", Policy(threshold=1, method="cancel", cancels="running")),
        ("10/1min by a,b else cancel new", Policy(threshold=10, period=60.0, parameters=("a", "b"), method="cancel")),
        ({"threshold": 2, "period": "1 day"}, Policy(threshold=2, period=86400.0)),
        ({"threshold": 2, "parameters": ["a", "a"], "method": None}, Policy(threshold=2, parameters=("a",))),
    ],
)
def test_a_policy_is_read_as_people_write_it(given: Any, wanted: Policy) -> None:
    assert parse_policy(given) == wanted
    assert parse_policy(wanted.to_dict()) == wanted
    assert parse_policy(written(wanted)) == wanted


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("many", "write it like 3"),
        ("", "write it like 3"),
        ("0", "from 1 to 10000"),
        (True, "threshold"),
        ("3/fortnight", "not a duration"),
        ("3 by 1st", "write it like 3"),
        ("3 by class", "class"),
        ("3, enqueue running", "cancels nothing"),
        ("3/h, cancel running", "makes no room"),
        ({"threshold": 1.5}, "whole number"),
        ({"threshold": 3, "each": 2}, "has no each"),
        ({}, "needs threshold"),
        ({"threshold": 1, "method": "drop"}, "enqueue or cancel"),
        ({"threshold": 1, "cancels": "running"}, "belongs to method: cancel"),
        ({"threshold": 1, "period": "0s"}, "not a duration"),
        ({"threshold": 1, "period": 10**400}, "too long"),
        ({"threshold": 1, "parameters": [1]}, "list of names"),
        ({"threshold": 1, "parameters": [f"p{n}" for n in range(11)]}, "at most 10"),
    ],
)
def test_what_is_no_policy_is_refused_with_what_to_do(given: Any, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        parse_policy(given)


def test_a_policy_is_said_in_words() -> None:
    assert policy_text(parse_policy("3")) == "at most 3 at once"
    assert policy_text(parse_policy("100/hour")) == "at most 100 in 1 hour"
    assert policy_text(parse_policy("5 in 90 min")) == "at most 5 in 90 minutes"
    assert policy_text(parse_policy("5 in 90 s")) == "at most 5 in 90 s"
    by = parse_policy("2 by region, shop")
    assert policy_text(by) == "at most 2 at once for each region and shop"
    assert policy_text(by, by.group_of({"region": "emea", "n": 1})) == "at most 2 at once for region=emea, shop=null"


def test_the_same_values_are_one_group_whatever_their_order() -> None:
    assert group_key({"a": 1, "b": {"x": 1, "y": 2}}) == group_key({"b": {"y": 2, "x": 1}, "a": 1})
    assert group_key({"a": 1}) != group_key({"a": "1"})
    assert group_key({}) == ""


@pytest.mark.parametrize("wrong", [-1, 101, 1.0, True, "5", None])
def test_a_priority_is_a_whole_number_in_its_bounds(wrong: Any) -> None:
    assert validated_priority(0) == 0
    with pytest.raises(Invalid, match="from 0"):
        validated_priority(wrong)
