"""Parameters: layers merged, values fitted to their types."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.parameters import Parameter, json_type, merged

DECLARED = [
    Parameter(name="region", default="'emea'", type="string"), Parameter(name="count", default="1", type="integer"),
    Parameter(name="share", default="0.5", type="number"), Parameter(name="when", default="date.today()", type="any"),
    Parameter(name="limit", default="None", type="null"),
]  # fmt: skip


def test_later_layers_win_and_values_fit_their_types() -> None:
    layers: list[dict[str, Any]] = [{"region": "a", "count": 1}, {"region": "b", "share": 2}, {"region": None}]
    assert merged(DECLARED, *layers) == {"region": None, "count": 1, "share": 2}
    assert merged(DECLARED, {"when": {"any": ["thing"]}, "limit": 5}) == {"when": {"any": ["thing"]}, "limit": 5}
    assert merged(None, {"anything": 1}) == {"anything": 1}
    assert merged([], {}) == {}


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ({"regoin": "x"}, "parameter_unknown", "Did you mean 'region'"),
        ({"zzz": 1}, "parameter_unknown", "It has: region, count"),
        ({"count": "1"}, "parameter_type", "'count' is string"),
        ({"count": 1.5}, "parameter_type", "number"),
        ({"count": True}, "parameter_type", "boolean"),
        ({"share": "x"}, "parameter_type", "string"),
        ({"region": ["x"]}, "parameter_type", "array"),
        ({"region": float("inf")}, "parameter_type", "inf"),
        ({"region; import os": 1}, "parameter_name_invalid", "variable name"),
        ({"régión": 1}, "parameter_name_invalid", "variable name"),
        ({"class": 1}, "parameter_name_invalid", "variable name"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_a_hint(values: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(Invalid, match=text) as refused:
        merged(DECLARED, values)
    assert refused.value.code == code


def test_json_types() -> None:
    values = [None, True, 1, 1.5, "x", [1], (1,), {"a": 1}, {1}, b"x"]
    names = ["null", "boolean", "integer", "number", "string", "array", "array", "object", "any", "any"]
    assert [json_type(value) for value in values] == names
