"""Rules: an error is not false, and what is disabled runs nothing."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.rules import Rule, decide


@pytest.mark.parametrize(
    ("condition", "results", "matched"),
    [
        ("all", [], True), ("any", [], True),
        ("all", [(True, None)], True), ("all", [(False, None)], False), ("all", [(True, None), (False, None)], False),
        ("any", [(True, None), (False, None)], True), ("any", [(False, None)], False),
        ("all", [(False, "no such key")], False), ("all", [(True, None), (False, "no such key")], False),
        ("any", [(False, "no such key")], False), ("any", [(False, "no such key"), (True, None)], True),
    ],
)  # fmt: skip
def test_an_error_is_not_false_and_never_fires(condition: Any, results: Any, matched: bool) -> None:
    rule = Rule(
        id="rul_1", trigger_id="trg_1", ref="s/o", call="a.ipynb", condition=condition, conditions=("x",) * len(results)
    )
    verdict = decide(rule, results)
    assert (verdict.status, verdict.matched) == ("processed", matched)
    if not matched and any(error for _, error in results):
        assert "no such key" in (verdict.reason or "")


def test_a_disabled_rule_runs_nothing_and_says_so() -> None:
    rule = Rule(id="rul_1", trigger_id="trg_1", ref="s/o", call="a.ipynb", enabled=False)
    verdict = decide(rule, [])
    assert (verdict.status, verdict.matched) == ("disabled", False)
    assert "disabled" in (verdict.reason or "")
