"""Rules as people define them: what is refused, and with which words."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.trigger_rules import MOST_RULES, parse_rule, parse_rules

RULE = {"name": "r", "call": "report.ipynb"}


def test_a_rule_that_is_written_out_is_read_again() -> None:
    rule = parse_rule(
        {**RULE, "condition": "any", "conditions": ["true", " "], "transform": "data.json", "parameters": {"n": 1},
         "mapping": {"id": "data.id"}, "enabled": False}
    )  # fmt: skip
    assert rule.conditions == ("true",)
    assert parse_rule(rule.to_dict()) == parse_rule(rule.changed_fields()) == rule
    assert parse_rule(RULE).changed_fields() == RULE


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ("x", "rule_invalid", "rules"),
        ({"call": "report.ipynb"}, "rule_invalid", "rules"),
        ({"name": "a b", "call": "report.ipynb"}, "name_invalid", None),
        ({"name": "r"}, "rule_invalid", "rules.r.call"),
        ({**RULE, "call": "../x.ipynb"}, "call_invalid", None),
        ({**RULE, "condition": "one"}, "rule_invalid", "rules.r.condition"),
        ({**RULE, "conditions": "true"}, "rule_invalid", "rules.r.conditions"),
        ({**RULE, "conditions": [1]}, "rule_invalid", "rules.r.conditions"),
        ({**RULE, "conditions": ["true"] * 51}, "rule_invalid", "rules.r.conditions"),
        ({**RULE, "enabled": "yes"}, "rule_invalid", "rules.r.enabled"),
        ({**RULE, "mapping": {"n": 1}}, "rule_invalid", "rules.r.mapping"),
        ({**RULE, "mapping": {"a b": "1"}}, "parameter_name_invalid", None),
        ({**RULE, "when": "true"}, "rule_invalid", "rules.r.when"),
    ],
)
def test_a_rule_that_says_nothing_that_can_be_done_is_refused(given: Any, code: str, field: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rule(given)
    assert refused.value.code == code
    if field is not None:
        assert refused.value.details["field"] == field


def test_names_of_rules_are_their_own_and_there_is_an_end_to_their_number() -> None:
    with pytest.raises(Invalid) as refused:
        parse_rules([RULE, RULE])
    assert "two rules 'r'" in refused.value.message
    with pytest.raises(Invalid):
        parse_rules([{**RULE, "name": f"r{number}"} for number in range(MOST_RULES + 1)])
