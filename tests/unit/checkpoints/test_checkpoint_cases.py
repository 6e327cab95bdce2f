"""Whatever a notebook holds is restored as it was, or resuming is refused in words: nothing is silently another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from .conftest import RunCase

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_is_restored_as_it_was_or_refused_in_words(run_case: RunCase, case: dict[str, Any]) -> None:
    found = run_case(case)
    if "refused" in case:
        assert found["outcome"] == "refused", found
        assert case["refused"] in found["detail"]
    else:
        assert found["outcome"] == "right", found
