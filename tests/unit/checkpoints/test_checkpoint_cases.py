"""Whatever a notebook holds is restored as it was, or resuming is refused in words: nothing is silently another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from .conftest import RunCase

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))

EVERY = 4
SHARED = ("file", "open", "sqlite", "np.memmap", "ExitStack", "logging", "executor", "signal", "random", "gc disabled")
"""What a child shares with its parent, or might change in itself alone: all cases with these words."""
SAMPLE = [
    case
    for number, case in enumerate(CASES)
    if number % EVERY == 0 or any(word in case["name"] for word in SHARED)
    if "polars" not in str(case)
]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_is_restored_as_it_was_or_refused_in_words(run_case: RunCase, case: dict[str, Any]) -> None:
    found = run_case(case)
    if "refused" in case:
        assert found["outcome"] == "refused", found
        assert case["refused"] in found["detail"]
    else:
        assert found["outcome"] == "right", found


@pytest.mark.parametrize("case", SAMPLE, ids=[case["name"] for case in SAMPLE])
def test_a_child_saves_it_as_well(run_case_forked: RunCase, case: dict[str, Any]) -> None:
    found = run_case_forked(case)
    if "refused" in case:
        assert found["outcome"] == "refused", found
        assert case["refused"] in found["detail"]
    else:
        assert found["outcome"] == "right", found


def test_it_was_a_child_that_saved(run_case_forked: RunCase) -> None:
    assert run_case_forked({"cells": ["x = [1]", "f = open('a.txt', 'w')"], "check": "x"})["how"] == "forked"
