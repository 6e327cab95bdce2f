"""Forms: schemas that need nothing else, values checked by them, the difference of an edit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.errors import Invalid, TooLarge
from notebook_automation.domain.inquiry_forms import check_schema, check_value, edits, same, schema_of
from notebook_automation.domain.inquiry_questions import title_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "schema",
    [
        5,
        ["a", "b"],
        {"type": "thing"},
        {"enum": 5},
        {"$ref": "http://127.0.0.1/schema"},
        {"properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"allOf": [{"$dynamicRef": "https://example.org/x"}]},
        {"pattern": "("},
    ],
)
def test_what_is_no_schema_or_needs_others_is_refused(schema: Any) -> None:
    with pytest.raises(Invalid) as caught:
        check_schema(schema)
    assert caught.value.code == "schema_invalid"


def test_a_schema_that_leads_in_a_circle_or_nowhere_ends() -> None:
    for schema in (
        {"$ref": "#"},
        {"$ref": "#/$defs/none"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    ):
        with pytest.raises(Invalid, match="circle"):
            check_value(schema, {})


DOUBLING = {
    "$defs": {
        "a0": {"type": "integer"},
        **{f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n - 1}"}] * 2} for n in range(1, 40)},
    },
    "$ref": "#/$defs/a39",
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a|aa)+$"}, "a" * 90 + "!"),
        ({"patternProperties": {"^(a|aa)+$": {}}}, {"a" * 90 + "!": 1}),
        (DOUBLING, 5),
    ],
)
def test_what_would_take_for_ever_is_given_up(schema: Any, value: Any) -> None:
    check_schema(schema)
    with pytest.raises(Invalid, match="in reasonable time"):
        check_value(schema, value)


def test_patterns_references_and_sets_work_as_ever() -> None:
    tree = {"type": "object", "patternProperties": {"^x": {"$ref": "#"}}, "additionalProperties": False}
    check_value(tree, {"x": {"xy": {}}})
    with pytest.raises(Invalid):
        check_value(tree, {"x": {"y": {}}})
    check_value({"pattern": "^[A-Z]{2}$"}, "EU")
    with pytest.raises(Invalid, match="does not match"):
        check_value({"pattern": "^[A-Z]{2}$"}, "eu")
    distinct = [{"n": n} for n in range(10_000)]
    for items in ([1, 2], distinct):
        check_value({"uniqueItems": True}, items)
        with pytest.raises(Invalid):
            check_value({"uniqueItems": True}, [*items, items[0]])


def test_large_ones_are_refused() -> None:
    with pytest.raises(TooLarge):
        check_schema({"enum": ["x" * 70_000]})
    with pytest.raises(TooLarge):
        check_value({}, "x" * 270_000)


def test_a_value_says_where_it_is_wrong() -> None:
    schema = {"type": "object", "properties": {"when": {"type": "string", "format": "date"}}}
    check_schema(schema)
    check_value(schema, {"when": "2026-12-01"})
    with pytest.raises(Invalid, match="at when") as caught:
        check_value(schema, {"when": "tomorrow"})
    assert caught.value.details["field"] == "value.when"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [{"path": "/b", "before": 2, "after": 3}]),
        ({"a": 1}, {"b": 1}, [{"path": "/a", "before": 1}, {"path": "/b", "after": 1}]),
        ({"a/b": {"~": 1}}, {"a/b": {"~": 2}}, [{"path": "/a~1b/~0", "before": 1, "after": 2}]),
        ([1, 2], [1, 3], [{"path": "/1", "before": 2, "after": 3}]),
        ([1], [1, 2], [{"path": "", "before": [1], "after": [1, 2]}]),
        (1, True, [{"path": "", "before": 1, "after": True}]),
        (1, 1.0, []),
    ],
)
def test_what_an_edit_has_changed(before: Any, after: Any, expected: Any) -> None:
    assert edits(before, after) == expected


def test_a_list_that_is_proposed_has_items_of_a_type_where_they_have_one() -> None:
    assert schema_of(["a", "b"]) == {"type": "array", "items": {"type": "string"}}
    assert schema_of([]) == schema_of(["a", 1]) == {"type": "array"}


@given(JSON, JSON)
def test_there_are_edits_where_values_differ_and_what_is_proposed_fits_its_schema(one: Any, other: Any) -> None:
    assert (edits(one, other) == []) is same(one, other)
    assert same(one, one)
    check_schema(schema_of(one))
    check_value(schema_of(one), one)


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("# Release **1.2**?\n\nmore", "Release 1.2?"),
        ("Take `a * b * c` or *this*, see [the plan](https://x.example/p)!", "Take a * b * c or this, see the plan!"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("\n\n> - `go`", "go"),
        ("***", "Inquiry"),
        ("a\x00b\x1bc", "abc"),
        ("x" * 130, "x" * 119 + "…"),
    ],
)
def test_the_title_is_the_first_line_as_plain_text(prompt: str, title: str) -> None:
    assert title_of(prompt) == title
