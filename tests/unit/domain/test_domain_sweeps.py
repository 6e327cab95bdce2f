"""Which combinations a sweep is of."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.session_options import asked_options
from notebook_automation.domain.sweeps import combination_name, combinations, options_kept, options_of


def test_each_with_each_and_in_pairs() -> None:
    axes = {"region": ["emea", "apac"], "year": [2024, 2025]}
    assert [tuple(one.values()) for one in combinations(axes, paired=False)] == [
        ("emea", 2024), ("emea", 2025), ("apac", 2024), ("apac", 2025),
    ]  # fmt: skip
    assert combinations(axes, paired=True) == [
        {"region": "emea", "year": 2024}, {"region": "apac", "year": 2025},
    ]  # fmt: skip
    assert combinations({"days": [[1, 2]]}, paired=False) == [{"days": [1, 2]}]


@pytest.mark.parametrize(
    ("axes", "paired", "code"),
    [
        ({}, False, "sweep_invalid"),
        ({"region": []}, False, "sweep_invalid"),
        ({"a": [1, 2], "b": [1]}, True, "sweep_invalid"),
        ({"a-b": [1]}, False, "parameter_name_invalid"),
        ({"a": range(1000), "b": range(1000), "c": range(10**9)}, False, "group_too_large"),
        ({"a": ["x" * 100_000] * 200}, False, "group_too_large"),
    ],
)
def test_what_is_no_sweep_or_too_large_a_one(axes: Any, paired: bool, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        combinations(axes, paired=paired)
    assert refused.value.code == code


def test_a_combination_has_a_name_that_can_be_read() -> None:
    assert combination_name({"region": "emea", "year": 2024, "on": True}) == "region=emea, year=2024, on=true"
    long = combination_name({f"parameter_{number}": "x" * 1000 for number in range(100)})
    assert len(long) == 200
    assert long.startswith("parameter_0=xxx")


def test_options_are_the_same_after_they_were_kept() -> None:
    options = asked_options(
        tags=["b", "a"], skip_tags=["slow"], env={"MODE": 1}, memory="2GiB", kernel_name="ir", time_limit=60.0
    )
    kept = options_kept(options)
    assert set(kept) == {"tags", "skip_tags", "env", "memory", "kernel_name", "time_limit"}
    assert options_of(kept) == options
    assert options_of(options_kept(asked_options())) == asked_options()
