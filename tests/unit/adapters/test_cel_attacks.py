"""Hostile expressions and hostile events: each ends soon, with an answer or an error, never with a crash."""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.errors import Invalid

SECONDS = 1.0  # bounds are tens of milliseconds; the rest is for a busy machine


@pytest.fixture(scope="module")
def filters() -> Filters:
    ready = Filters()
    ready.check("data.a == 1")  # imports are not what is timed
    return ready


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < SECONDS * 3


def refused_or_accepted(call: Callable[[str], object], text: str) -> bool:
    """False for a refusal of another kind; any other exception goes through."""
    try:
        call(text)
    except Invalid as refused:
        return refused.code == "filter_invalid"
    return True


DEEP = {
    "brackets": "(" * 2000 + "true" + ")" * 2000,
    "lists": "[" * 40 + "]" * 40 + " == []",
    "plus": "+".join(["1"] * 1500) + " == 1",
    "fields": "data" + ".a" * 1500 + " == 1",
    "not": "!" * 4000 + "true",
    "minus": "-" * 3000 + "data.a == 1",
    "ternary": "true ? true : " * 200 + "true",
    "calls": "size(" * 700 + "1" + ")" * 700 + " == 1",
    "open only": "(" * 4000,
    "close only": ")" * 4000,
    "long": "event_type == '" + "x" * 4100 + "'",
    "long in bytes": "event_type == '" + "\u20ac" * 1400 + "'",
    "macros": "data.l.all(a, data.l.all(b, data.l.all(c, data.l.all(d, true))))",
    "doubling": "size(['x']" + ".map(a, a + a)" * 28 + ") == 1",
    "quadratic by nesting": "data.l.map(a, data.l.map(b, data.l.map(c, [a, b, c]))).size() == 1 && " + "(" * 40,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_deep_long_and_multiplying_expressions_are_refused(filters: Filters, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        filters.check(text)
    assert caught.value.code == "filter_invalid"
    assert len(caught.value.message) < 300
    assert not filters.evaluate(text, {"data": {}, "event_type": "x"}).matched
    with pytest.raises(Invalid):
        filters.explain(text, {"data": {}, "event_type": "x"})


@pytest.mark.parametrize(
    "text",
    [
        'event_type == r"' + "\\" * 61 + '" || data.a == "x"',
        'event_type == "' + "\\\\" * 1000 + '"',
        "event_type == '''" + "\\\\'" * 600 + "'''",
        '"' + "\\" * 2001,
        "`" * 3001,
        "//" * 2000,
        '""' * 2000,
        'r"\\" == r"\\"',
        "\x00",
        "data.\u0430 == 1",
        "\u202edata == 1",
    ],
)
def test_texts_that_make_lexers_backtrack(filters: Filters, text: str) -> None:
    assert refused_or_accepted(filters.check, text)
    assert refused_or_accepted(filters.fields, text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=string.printable + "\u20ac\u0130", max_size=80))
def test_any_text_is_accepted_or_refused(text: str) -> None:
    one = Filters()
    assert refused_or_accepted(one.check, text)
    assert refused_or_accepted(one.fields, text)
    assert refused_or_accepted(lambda t: one.explain(t, {"data": {}, "event_type": "x"}), text)


PIECES = ["data", ".a", '["B"]', " && ", " || ", "!", "(", ")", " == ", "1", '"x"', " ? ", " : ", ".exists(i, i)", "-"]
PIECES += [".headers", ".X", " in ", "[", "]", ",", "has(", "true", "null", "size(", " + ", "{", "}", "2.5", "`q-q`"]
PIECES += [".?", "[?", "cel.bind(i, ", "math.abs(", ".optMap(i, i)", ".orValue(1)", "optional.of(", ".all(i, j, i)"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_whatever_compiles_can_be_explained(pieces: list[str]) -> None:
    filters, text = Filters(), "".join(pieces)
    event = {"data": {"a": [True], "headers": {"x": "1"}}, "event_type": "x"}
    try:
        filters.check_value(text)
    except Invalid:
        return
    explanation = filters.explain(text, event)
    assert explanation.tree.text == text.strip() or "(" in text or text.startswith(" ")
    assert explanation.outcome == filters.evaluate(text, event)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def endless() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["a"] = value["b"] = value
    return value


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (nested(60_000), "levels deep"),
        (endless(), "levels deep"),
        ([[0] * 1000] * 1000, "values"),
        ({1, 2}, "set"),
        (object(), "object"),
        ({None: 1}, "key"),
        ({2.5: 1}, "key"),
    ],
    ids=["deep", "endless", "many", "set", "object", "null key", "float key"],
)
def test_events_that_no_filter_can_read(filters: Filters, value: Any, part: str) -> None:
    event = {"event_type": "x", "data": {"value": value, "a": 1}}
    outcome = filters.evaluate("data.a == 1", event)
    assert not outcome.matched
    assert part in (outcome.error or "")
    assert filters.match_many(["data.a == 1"], event) == [outcome]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**63 - 1, "data.value == 9223372036854775807"),
        (2**63, "data.value == 9223372036854775808.0"),
        (-(2**63), "data.value < 0"),
        (2**200, "data.value > 9223372036854775807"),
        (10**4000, "data.value > 1.0e308"),
        (-(10**4000), "data.value < -1.0e308"),
        (float("nan"), "data.value != data.value"),
        (float("inf"), "data.value > 0"),
        ("\ud800x", 'data.value == "\ufffdx"'),
        ({"\udfff": 1}, '"\ufffd" in data.value'),
        ("a\x00b", 'data.value != "a" && size(data.value) == 3'),
        (b"a\x00b", 'data.value == b"a\\x00b"'),
        ({"a\x00b": 1}, '!("a" in data.value)'),
        ((1, 2), "data.value[1] == 2"),
        (bytearray(b"ab"), 'data.value == b"ab"'),
        (memoryview(b"ab"), 'data.value == b"ab"'),
        (nested(90), "size(data.value) == 1"),
        (True, "data.value == true && data.value != 1"),
    ],
)
def test_odd_values_are_readable_and_spoil_nothing(filters: Filters, value: Any, text: str) -> None:
    event = {"event_type": "x", "data": {"value": value, "a": 1}}
    assert filters.evaluate("data.a == 1", event).matched
    assert filters.evaluate(text, event).error is None
    assert filters.evaluate(text, event).matched


LARGE = {"l": list(range(9_000)), "s": "q" * 200_000, "p": "((a{0,100}){0,10})b", "nested": [list(range(95))] * 95}


@pytest.mark.parametrize(
    "text",
    [
        "data.l.all(x, data.l == data.l)",
        "data.l.all(x, data.l + data.l != [])",
        "data.l.map(x, x).size() == 9000",
        "data.l.filter(x, true).size() == 9000",
        "data.l.exists(x, x in data.l && x < 0)",
        "data.l.all(x, data.l.all(y, true))",
        "data.l.all(x, data.s.contains(data.s))",
        'data.l.all(x, data.s.matches("(.*)(.*)(.*)[a-z]*x"))',
        'data.s.matches("((q{0,100}){0,10})b")',
        "data.s.matches(data.p)",
        "size([data.s].map(a, a + a).map(a, a + a)[0]) == 1",
        "data.nested.map(a, a.map(b, data.s + data.s)).size() == 1",
        "data.nested.all(a, a.all(b, data.s + string(b) != data.s))",
        " + ".join(["data.s"] * 20) + " == data.s",
        "size(" + "[" * 20 + "data.l" + "]" * 20 + ") == 1",
        " && ".join(["data.s == data.s"] * 150),
    ],
)
def test_work_on_a_large_event_is_bounded(filters: Filters, text: str) -> None:
    filters.check(text)
    event = {"data": LARGE, "event_type": "x"}
    filters.evaluate("data.p == 1", event)
    started = time.process_time()
    outcome = filters.evaluate(text, event)
    assert time.process_time() - started < SECONDS
    assert outcome.matched or outcome.error is not None or "size(" in text or "matches" in text


def test_a_small_field_of_a_large_event_is_judged_by_its_own_size(filters: Filters) -> None:
    data = {"few": list(range(50)), "many": list(range(9_000)), "text": "y" * 1_000_000}
    event = {"data": data, "event_type": "x"}
    assert filters.evaluate("data.few.map(x, x + 1).size() == 50 && data.few.all(x, x in data.few)", event).matched
    assert filters.evaluate("data.many.map(x, x + 1).size() == 9000", event).error is not None


def test_ordinary_filters_work_on_large_events(filters: Filters) -> None:
    items = [{"id": n, "name": f"item {n}", "tags": ["a", "b"]} for n in range(3_000)]
    data = {"json": {"items": items, "action": "x"}, "body": {"text": "y" * 1_000_000, "json": {"items": items}}}
    event = {"event_type": "post", "data": data}
    for text in (
        'data.json.action == "x" && event_type == "post"',
        "data.json.items.exists(item, item.id == 2_999)".replace("_", ""),
        'data.json.items.exists(item, item.name.startsWith("item 29"))',
        'data.json.items.all(item, "a" in item.tags)',
        'data.body.text.contains("yyy") && data.body.text.matches("y+$")',
        'data.json.action.matches("^(x|y)[a-z0-9]{0,20}$")',
    ):
        assert filters.evaluate(text, event).error is None, text
        assert filters.evaluate(text, event).matched, text
