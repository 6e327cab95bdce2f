"""JSON that two parsers may read differently is refused; all else comes through as it was sent."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.strict_json import MAX_JSON_DEPTH, parse_json


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{", "[1,]", "{'a': 1}", "{a: 1}", "[1] [2]", "01", "+1", "1.", "\ufeff[1]", '"a', '"a\nb"', "nul",
        '{"a": 1, "a": 1}', '{"b": {"a": 1, "a": 2}}', '[{"a": 1, "\\u0061": 2}]',
        "NaN", "[Infinity]", '{"a": -Infinity}', "1e400", "[-1e999]",
        "9" * 401, "-" + "9" * 5000, "[" + "1" * 100_000 + "]",
        '"\\ud800"', '["\\udc00\\ud800"]', '{"\\ud800": 1}', '"\\u0000"', '{"a\\u0000": 1}', '"a\0b"',
        "[" * 5000 + "]" * 5000, "[" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000, "[" * 33 + "]" * 33,
        "[" * 33 + "1" + "]" * 33,
    ],
    ids=lambda text: repr(text[:24]),
)  # fmt: skip
def test_json_that_is_hostile_or_unclear_is_400(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_json(text)
    assert (refused.value.code, refused.value.status) == ("body_invalid", 400)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9223372036854775808", 2**63), ("1" * 400, int("1" * 400)), ("1e308", 1e308), ("-0", 0), ('"\\/"', "/"),
        ('["\\\\\\\\u0000", "\\u0041"]', ["\\\\u0000", "A"]),
        ('"\\ud83d\\ude00"', "\U0001f600"), ('"\\\\u0000"', "\\u0000"),
        ('"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 36), ('{"": {"a": [], "b": {}}}', {"": {"a": [], "b": {}}}),
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
def test_json_that_is_unusual_is_read_as_it_says(text: str, value: Any) -> None:
    assert parse_json(text) == value


def test_json_may_be_as_deep_as_the_limit_says() -> None:
    for deepest in ("", "1", '"x"'):
        text = "[" * MAX_JSON_DEPTH + deepest + "]" * MAX_JSON_DEPTH
        assert parse_json(text) == json.loads(text)
    wide = {"a": [[{"b": [number]}] for number in range(1000)]}
    assert parse_json(json.dumps(wide)) == wide


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(_values, st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_json_value_comes_through_as_it_was_sent(value: Any, ascii: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii)) == value


def test_json_of_a_megabyte_is_read_in_a_moment() -> None:
    hostile = ["[" + "{},[]," * 170_000 + "0]", '{"a":"' + "\\u005b" * 170_000 + '"}', '["' + "[{" * 500_000 + '"]']
    for text in hostile:
        started = time.process_time()
        parse_json(text)
        assert time.process_time() - started < 2.0
