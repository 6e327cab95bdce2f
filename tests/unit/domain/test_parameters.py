"""Parameters: layers merged, values fitted to their types."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.parameters import Parameter, check_names_of, json_type, merged

DECLARED = [
    Parameter(name="region", default="'emea'", type="string"), Parameter(name="count", default="1", type="integer"),
    Parameter(name="share", default="0.5", type="number"), Parameter(name="when", default="date.today()", type="any"),
    Parameter(name="limit", default="None", type="null"), Parameter(name="debug", default="False", type="boolean"),
    Parameter(name="rows", default="5", type="integer", annotated=True), Parameter(name="größe", default="1"),
    Parameter(name="tags", default="[]", type="array"), Parameter(name="team", default="", type="string",
                                                                  has_default=False),
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
        ({"count": "1x"}, "parameter_type", "'count' is string '1x'.*Write a whole number"),
        ({"count": "9" * 5000}, "parameter_type", "string"),
        ({"rows": 1.5}, "parameter_type", "number 1.5.*rows = 5.*whole number"),
        ({"rows": "1.5"}, "parameter_type", "number 1.5"),
        ({"share": "1e999"}, "parameter_type", "'1e999'"),
        ({"region": 1.1}, "parameter_type", r"""-p region='"1.1"' at a shell, string\(…\) in a mapping"""),
        ({"region": True}, "parameter_type", r"""-p region='"true"'"""),
        ({"team": 1.5}, "parameter_type", "team: string"),
        ({"debug": 1}, "parameter_type", "Write true or false"),
        ({"debug": "yes"}, "parameter_type", "Write true or false"),
        ({"tags": "a"}, "parameter_type", "Write a list"),
        ({"count": True}, "parameter_type", "boolean"),
        ({"share": "x"}, "parameter_type", "string"),
        ({"region": ["x"]}, "parameter_type", "array"),
        ({"region": float("inf")}, "parameter_type", "inf"),
        ({"region; import os": 1}, "parameter_name_invalid", "variable name"),
        ({"a b": 1}, "parameter_name_invalid", "variable name"),
        ({"class": 1}, "parameter_name_invalid", "variable name"),
        ({"a.b c": 1}, "parameter_name_invalid", "variable name"),
        ({"a.b()": 1}, "parameter_name_invalid", "variable name"),
        ({"...": 1}, "parameter_name_invalid", "variable name"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_a_hint(values: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(Invalid, match=text) as refused:
        merged(DECLARED, values)
    assert refused.value.code == code


def test_only_in_r_a_name_may_have_dots() -> None:
    names = merged(None, {"min.rows": 1, ".hidden": 2, "x.1": 3})
    check_names_of("R", names)
    with pytest.raises(Invalid, match=r"'min\.rows' cannot be a parameter: only in R .* this is python") as refused:
        check_names_of("python", names)
    assert refused.value.code == "parameter_name_invalid"
    check_names_of("python", ["rows"])


def test_json_types() -> None:
    values = [None, True, 1, 1.5, "x", [1], (1,), {"a": 1}, {1}, b"x"]
    names = ["null", "boolean", "integer", "number", "string", "array", "array", "object", "any", "any"]
    assert [json_type(value) for value in values] == names


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("count", 0.5, 0.5),
        ("count", 2.0, 2),
        ("count", "7", 7),
        ("count", "+7", 7),
        ("count", "0x1F", 31),
        ("count", "0.5", 0.5),
        ("count", "007", 7),
        ("count", 2**70, 2**70),
        ("rows", 2.0, 2),
        ("share", "1", 1),
        ("share", ".5", 0.5),
        ("debug", "True", True),
        ("region", 4109, "4109"),
        ("region", "04109", "04109"),
        ("region", 2**70, str(2**70)),
        ("gro\u0308ße", 2, 2),
    ],
)
def test_values_become_what_the_cell_has_where_nothing_is_lost(name: str, value: Any, taken: Any) -> None:
    (found,) = merged(DECLARED, {name: value}).values()
    assert (found, type(found)) == (taken, type(taken))


def test_a_name_is_one_name_however_it_is_composed() -> None:
    assert merged(None, {"gro\u0308ße": 1}, {"größe": 2}) == {"größe": 2}
