"""What a filter answers, refuses and maps."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.filters import FilterLimits, FilterOutcome

EVENT: dict[str, Any] = {
    "event_type": "post",
    "data": {
        "method": "POST",
        "headers": {"content-type": "application/json; charset=utf-8", "x-hub": "1"},
        "body": {"bytes": b"\xff\x00", "text": "h\u00e9"},
        "json": {"action": "opened", "n": 3, "ratio": 2.0, "none": None, "items": [{"id": 1}, {"id": 2}]},
    },
}


@pytest.fixture(scope="module")
def filters() -> Filters:
    return Filters()


@pytest.mark.parametrize(
    "text",
    [
        'data.method == "POST" && data.json.action in ["opened", "reopened"]',
        'data.headers["Content-Type"].startsWith("application/json")',
        'event_type == "post" || data.nothing.here == 1',
        "data.json.n == 3 && data.json.n == 3.0 && data.json.ratio == 2",
        "data.json.none == null",
        "data.json.items.exists(item, item.id == 2)",
        "size(data.body.bytes) == 2 && size(data.body.text) == 2",
        "!has(data.json.missing)",
        '  \n// a comment with "quotes" and ((( \nevent_type == "post"\n',
    ],
)
def test_matches(filters: Filters, text: str) -> None:
    filters.check(text)
    assert filters.evaluate(text, EVENT) == FilterOutcome(matched=True)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("data.json.missing == 1", 'no "missing"'),
        ("data.json.n", "true or false"),
        ("data.json.n > 'x'", "data.json.n is a number, which > cannot take"),
        ("data.json.n / 0 == 1", "zero"),
        ("9223372036854775807 + data.json.n > 0", "overflow"),
        ('duration("' + "a" * 3000 + '") > duration("1s")', "Duration"),
        ('data.json.action.matches("(a")', "regular expression"),
        ("data.json.n ==", "correct the expression here"),
    ],
)
def test_an_error_never_matches_and_says_why(filters: Filters, text: str, part: str) -> None:
    outcome = filters.evaluate(text, EVENT)
    assert outcome.matched is False
    assert outcome.error is not None
    assert part in outcome.error
    assert len(outcome.error) < 400


@pytest.mark.parametrize(
    ("text", "part", "position"),
    [
        ("", "empty", 0),
        ("data.items[*].id == 1", "list.exists(item", 11),
        ("data.n = 1", "== instead of =", 7),
        ("data.a and data.b", "&&, || and !", 7),
        ('true && payload.x == "a"', "Nothing is called payload", 8),
        ('event_type.shout() == "A"', "no function shout", 11),
        ("data.a ==", "correct the expression here", 9),
        ('data.a == "x', "never closed", 10),
        ("true &&\n  data.a == `", "correct the expression here", 20),
        ("1 + 1", "must give true or false", 0),
        ("data.a == '\ud800'", "surrogate", 11),
    ],
)
def test_a_refusal_says_where_and_what_to_do(filters: Filters, text: str, part: str, position: int) -> None:
    for _ in range(2):  # the second answer comes from the store of refusals
        with pytest.raises(Invalid) as caught:
            filters.check(text)
        assert caught.value.code == "filter_invalid"
        assert part in caught.value.message
        assert caught.value.details["position"] == position
        assert caught.value.details["line"] == text[:position].count("\n") + 1


def test_other_variables_are_declared_by_name(filters: Filters) -> None:
    filters.check("meta.state == 'open'", variables=("meta", "data"))
    with pytest.raises(Invalid, match="Nothing is called event_type"):
        filters.check("event_type == 'x'", variables=("meta", "data"))


@pytest.mark.parametrize(
    "text",
    [
        'data.headers["Content-TYPE"].startsWith("application/json")',
        'data["headers"]["X-Hub"] == "1"',
        'data.headers.`X-Hub` == "1"',
        '"X-Hub" in data.headers && !("X-Nothing" in data.headers)',
        "has(data.headers.`X-Hub`) && !has(data.headers.X)",
        'data.headers["\\x58-hub"] == "1"',
        '"data.headers[\\"X\\"]" == "data.headers[\\"X\\"]" && "X" != "x"',
        '"data.headers.X" != "data.headers.x" && data.headers["X-HUB"] == "1" && data.method != "post"',
        '[{"headers": {"X": 1}}].exists(data, data.headers.X == 1)',
    ],
)
def test_names_of_headers_in_any_case(filters: Filters, text: str) -> None:
    assert filters.evaluate(text, EVENT) == FilterOutcome(matched=True)


def test_headers_of_an_event_in_any_case(filters: Filters) -> None:
    assert filters.evaluate('data.headers.X_One == "V"', {"data": {"headers": {"X_ONE": "V"}}}).matched


def test_match_many_is_evaluate_for_each(filters: Filters) -> None:
    texts = ['event_type == "post"', "data.n", "data.", "data.json.n > 5", "data.json.n > 2", "zork"] * 3
    expected = [filters.evaluate(text, EVENT) for text in texts]
    assert filters.match_many(texts, EVENT) == expected
    assert Filters().match_many(texts, EVENT) == expected
    assert [outcome.matched for outcome in expected[:6]] == [True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("data.json.n + 1", 4),
        ("data.json.items.map(i, i.id * 10)", [10, 20]),
        ('{"a": data.json.action, 1: [data.json.ratio, null]}', {"a": "opened", "1": [2.0, None]}),
        ("data.body.bytes", "/wA="),
        ('timestamp("2026-03-01T10:00:00+02:00")', "2026-03-01T08:00:00Z"),
        ('duration("1500ms")', "1.5s"),
        ('duration("2s")', "2s"),
        ("7u", 7),
        ("event_type", "post"),
    ],
)
def test_mapping_to_json(filters: Filters, text: str, value: Any) -> None:
    filters.check_value(text)
    assert filters.evaluate_value(text, EVENT) == value


@pytest.mark.parametrize("text", ["data.zork", "0.0 / 0.0", "type(1)", "1 / 0"])
def test_a_mapping_without_value(filters: Filters, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        filters.evaluate_value(text, EVENT)
    assert caught.value.code == "mapping_failed"


LARGE = {"data": {"json": {"id": 2**64 - 1, "items": [{"id": -(2**80)}], "share": 1e300, "small": 2**62}}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("data.json.id", 2**64 - 1),
        ('data["json"]["id"]', 2**64 - 1),
        ("(data.json.items[0].id)", -(2**80)),
        ("data.json", LARGE["data"]["json"]),
        ("data.json.small", 2**62),
        ("data.json.id > 5.0", True),
        ("data.json.share / 1e300", 1.0),
    ],
)
def test_a_mapped_integer_beyond_64_bits_stays_what_was_sent(filters: Filters, text: str, value: Any) -> None:
    mapped = filters.evaluate_value(text, LARGE)
    assert (mapped, type(mapped)) == (value, type(value))


@pytest.mark.parametrize("text", ["data.json.id + 1.0", "[data.json.id]", "{'id': data.json.items[0].id}"])
def test_a_mapping_rounds_no_integer_in_silence(filters: Filters, text: str) -> None:
    with pytest.raises(Invalid, match="beyond 64 bits, which this would round: map the field alone"):
        filters.evaluate_value(text, LARGE)
    assert filters.evaluate_value("data.x + 1e300", {"data": {"x": 1.0}}) == 1e300


def test_a_mapping_that_is_no_expression(filters: Filters) -> None:
    with pytest.raises(Invalid) as caught:
        filters.evaluate_value("data..x", EVENT)
    assert caught.value.code == "filter_invalid"


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('data.json["action"] == "x" && event_type == "y"', {"data.json.action", "event_type"}),
        ("has(data.json.a.b)", {"data.json.a.b"}),
        ("data.items[0].id == data.items[data.n].id", {"data.items", "data.n"}),
        ("data.items.exists(i, i.id == data.wanted)", {"data.items", "data.wanted"}),
        ("data.xs.exists(data, data.y > 1) && data.z", {"data.xs", "data.z"}),
        ('data["a.b"].c == 1', {"data"}),
        ('data.headers["Content-Type"] == "data.no.field"', {"data.headers.content-type"}),
        ("data.a ? data.b : !data.c || -data.d < 1", {"data.a", "data.b", "data.c", "data.d"}),
        ('[data.a, {"k": data.b}].size() == 2', {"data.a", "data.b"}),
        ("data.name.startsWith(data.prefix)", {"data.name", "data.prefix"}),
        ("1 == 1", set()),
    ],
)
def test_fields_that_are_read(filters: Filters, text: str, fields: set[str]) -> None:
    assert filters.fields(text) == fields


def test_the_store_of_programs_is_bounded() -> None:
    filters = Filters(FilterLimits(programs=8))
    for n in range(50):
        assert filters.evaluate(f"data.n == {n}", {"data": {"n": n}}).matched
    assert len(filters._programs) == 8


def test_many_threads_share_one_object() -> None:
    filters = Filters(FilterLimits(programs=32))
    wrong: list[str] = []

    def work(mine: int) -> None:
        for n in range(150):
            wanted = (mine * 7 + n) % 40
            event = {"event_type": "post", "data": {"n": wanted, "l": list(range(wanted))}}
            texts = [f"data.n == {m} && data.l.all(i, i < {m})" for m in (wanted, wanted + 1, wanted - 1)]
            if [o.matched for o in filters.match_many(texts, event)] != [True, False, False]:
                wrong.append(f"{mine} {n}")

    threads = [threading.Thread(target=work, args=(mine,)) for mine in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
