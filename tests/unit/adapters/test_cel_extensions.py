"""CEL's standard extensions: what each function gives, how it is explained, and what it may cost at most.

Values are those of the extensions' own documentation (https://github.com/google/cel-go/tree/master/ext).
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.errors import Invalid

DATA: dict[str, Any] = {
    "json": {"title": " Fix: Größe ", "labels": ["bug", "ui", "bug"], "n": 3, "ratio": 2.5, "whole": 4.0, "none": None},
    "headers": {"x-kind": "push"},
    "items": [{"id": 2, "name": "b"}, {"id": 1, "name": "a"}],
    "pairs": {"a": 1, "b": 2},
}
EVENT = {"event_type": "post", "data": DATA}


@pytest.fixture(scope="module")
def filters() -> Filters:
    return Filters()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # strings
        ("'hello'.charAt(4)", "o"),
        ("'hello'.charAt(5)", ""),
        ("'hello mellow'.indexOf('ello', 2)", 7),
        ("'hello mellow'.indexOf('jello')", -1),
        ("'hello mellow'.lastIndexOf('ello')", 7),
        ("'hello mellow'.lastIndexOf('ello', 6)", 1),
        ("['hello', 'mellow'].join()", "hellomellow"),
        ("data.json.labels.join(', ')", "bug, ui, bug"),
        ("'TacoCÆt'.lowerAscii()", "tacocÆt"),
        ("'TacoCÆt'.upperAscii()", "TACOCÆT"),
        ("'hello hello'.replace('he', 'we', 1)", "wello hello"),
        ("'ab'.replace('', '_')", "_a_b_"),
        ("'hello hello hello'.split(' ', 2)", ["hello", "hello hello"]),
        ("'tacocat'.substring(0, 4)", "taco"),
        ("data.json.title.trim()", "Fix: Größe"),
        ("'gums'.reverse()", "smug"),
        ("strings.quote('a \"b\"')", '"a \\"b\\""'),
        ("'%s has %d, %.1f'.format([data.json.labels, data.json.n, data.json.ratio])", '[bug, ui, bug] has 3, 2.5'),
        # encoders
        ("base64.encode(b'hello')", "aGVsbG8="),
        ("string(base64.decode('aGVsbG8'))", "hello"),
        # math
        ("math.greatest(1, 2.5, -3)", 2.5),
        ("math.least([1, 2, 3])", 1),
        ("math.ceil(1.2) + math.floor(1.8) + math.trunc(-1.3)", 2.0),
        ("math.round(-1.5)", -2.0),
        ("math.round(data.json.n)", 3),
        ("math.abs(-5) + math.sign(-3)", 4),
        ("math.isNaN(0.0 / 0.0) && math.isInf(1.0 / 0.0) && !math.isFinite(1.0 / 0.0)", True),
        ("math.bitOr(1, 2) + math.bitAnd(3, 2) + math.bitXor(3, 1) + math.bitShiftLeft(1, 2)", 11),
        ("math.sqrt(16)", 4.0),
        # lists
        ("[1, 2, 3, 4].slice(1, 3)", [2, 3]),
        ("[1, [2, [3]]].flatten()", [1, 2, [3]]),
        ("[1, [2, [3]]].flatten(2)", [1, 2, 3]),
        ("data.json.labels.distinct()", ["bug", "ui"]),
        ("lists.range(size(data.json.labels))", [0, 1, 2]),
        ("[5, 3].reverse()", [3, 5]),
        ("[3, 2, 1].sort()", [1, 2, 3]),
        ("data.items.sortBy(item, item.id).map(item, item.name)", ["a", "b"]),
        ("data.json.labels.first().value() + data.json.labels.last().value()", "bugbug"),
        # sets
        ("sets.contains(data.json.labels, ['ui'])", True),
        ("sets.equivalent(data.json.labels, ['ui', 'bug'])", True),
        ("sets.intersects(data.json.labels, ['x'])", False),
        # bindings
        ("cel.bind(first, data.items[0], first.name + string(first.id))", "b2"),
        # optional values
        ("data.?json.?nothing.orValue('none')", "none"),
        ("data.json[?'n'].orValue(0)", 3),
        ("data.json[?'n'].hasValue() && !data.?zork.hasValue()", True),
        ("data.?json.n", 3),
        ("data.?zork", None),
        ("optional.of(1)", 1),
        ("optional.none().or(optional.ofNonZeroValue(0)).or(optional.of(3)).value()", 3),
        ("data.json.?n.optMap(n, n + 1).orValue(0)", 4),
        ("data.json.?n.optFlatMap(n, data.?zork).orValue(n_else())".replace("n_else()", "7"), 7),
        ("[?data.?zork, ?data.json.?n]", [3]),
        ("{?'a': data.?zork, 'b': 1}", {"b": 1}),
        # two variables
        ("data.json.labels.exists(i, label, i == 1 && label == 'ui')", True),
        ("data.pairs.all(key, value, key != '' && value > 0)", True),
        ("data.json.labels.existsOne(i, label, label == 'ui')", True),
        ("data.json.labels.transformList(i, label, i > 0, label + string(i))", ["ui1", "bug2"]),
        ("data.json.labels.exists_one(i, label, label == 'bug')", False),
        ("data.json.labels.existsOne(label, label == 'ui')", True),
        ("data.pairs.transformMap(key, value, value * 10)", {"a": 10, "b": 20}),
        ("data.pairs.transformMap(key, value, value > 1, [value, value * 1.5])", {"b": [2, 3.0]}),
        ("data.json.labels.transformMap(i, label, label)", {"0": "bug", "1": "ui", "2": "bug"}),
        ("data.pairs.transformMap(k, v, v).transformMap(k, v, k + string(v)).a", "a1"),
        ("data.items.transformMapEntry(i, item, {item.name: item.id})", {"a": 1, "b": 2}),
        ("data.pairs.transformMapEntry(k, v, v == 2, {string(v): k, k: 0})", {"2": "b", "b": 0}),
        ("data.pairs.transformMapEntry(k, v, {}) == {}", True),
        ("data.items.transformMapEntry(i, item, {?item.name: item.?id})", {"a": 1, "b": 2}),
        ("'a:1 b:2 c'.split(' ').transformMapEntry(i, v, cel.bind(p, v.split(':'), {?p[0]: p[?1]}))",
         {"a": "1", "b": "2"}),
        ("( data.pairs ).transformMap(k, v, (data.json.?none).?x.orValue(k)) . a", "a"),
        ("data.json.labels.transformMap(i, v, data.items.transformMap(j, w, i + j))",
         {"0": {"0": 0, "1": 1}, "1": {"0": 1, "1": 2}, "2": {"0": 2, "1": 3}}),
        # what is null has no fields
        ("data.json.none.?x", None),
        ("data.json.?none.?x.hasValue()", False),
        ("data.json.?none.x.?y.z.orValue('z')", "z"),
        ("data.json.none[?'x'].orValue(1) + data.json[?'none'][?'x'].orValue(2)", 3),
        ("data.json.none.?x.optMap(x, x + 1).hasValue()", False),
        ("( data.json.none // .? nothing\n ) .?x.hasValue() || data.?json.?n.orValue(0) == 3", True),
        ("[data.json].first().?n.orValue(0)", 3),
        ("(data.json.n == 3 ? data.json.?none : data.?zork).?x.hasValue()", False),
        # whether a field is there of what may be nothing
        ("has(data.?json.n) || false", True),
        ("has(data.?json.n) && !has(data.?json.zork) && !has(data.?zork.n) && !has(data.json.?none.x)", True),
        ("has(optional.of(data.json).n) && !has(data.?json.?none.x.y) && !has(optional.none().x)", True),
        ("has(( data.?json ) . n) && [data].all(each, has(each.?json.n))", True),
        # a comma behind the last element
        ("[1, 2, ] + [3,// last\n]", [1, 2, 3]),
        ("{'a': [1,], 'b': ',]',}", {"a": [1], "b": ",]"}),
        # numbers of JSON
        ("data.json.n + data.json.ratio", 5.5),
        ("data.json.n - 0.5", 2.5),
        ("data.json.n * 1.5", 4.5),
        ("data.json.ratio * data.json.n", 7.5),
        ("data.json.n / 2.0", 1.5),
        ("1.0 / 0 > 5 && -1 / 0.0 < 0 && math.isNaN(0 / 0.0)", True),
        ("data.json.n * 1.5 > 4 && data.json.n * 1.5 != 4", True),
        ("2.0 == 2 && 2 in [1.0, 2.0] && (data.json.n > 2 ? 1 : 0.5) == 1.0", True),
        ("data.json.whole % 2", 0.0),
        ("data.json.n / 2", 1),
        ("data.json.n == 3.0 && data.json.whole == 4 && data.json.whole in [4]", True),
        ("1u <= 1.0 && 1.0 == 1u && 1 < 2u && 2u > 1 && 1u in [1, 2] && data.json.n >= 3u", True),
        ("[1, 2.5].map(x, x * 2)", [2, 5.0]),
    ],
)  # fmt: skip
def test_what_it_gives(filters: Filters, text: str, value: Any) -> None:
    filters.check_value(text)
    given = filters.evaluate_value(text, EVENT)
    assert given == value
    assert type(given) is type(value)
    assert filters.explain(text, EVENT).tree is not None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2.0 == 2 && zork == 1", "Nothing is called zork"),
        ("2.0 == '2'", "line 1"),
        ("data.?flag", "end it with .orValue(false)"),
        ("data.json.labels.first()", "end it with .orValue(false)"),
        ("data.pairs.transformMap(k, v, zork) == {}", "Nothing is called zork here: an expression can read data and"),
        ("data.pairs.transformMap(k, v, zork) == {}", "(line 1, column 31)"),
        ("data.json.?n.?x.orValue(0) == 0 &&\n data.x.existsOne(x, zork == x)", "(line 2, column 22)"),
        ("data.x.existsOne(x, )", "line 1"),
        ("__expansion_of_pairs(data.pairs) == {}", "No name can begin with __expansion_"),
        ("data.pairs.transformMap(k, v, data.?zork) == {}", "at all with .orValue(…) (line 1, column 31)"),
        ("data.pairs.transformMap(k, v, {'a': [data.json.labels.first()]}) == {}", "(line 1, column 38)"),
        ("cel.bind(o, [.optional.of(1)], data.pairs.transformMap(k, v, o)) == {}", "(line 1, column 14)"),
        ("data.pairs.transformMap(k, v, dyn(k == 'a' ? data.?zork : data.?json)) == {}", "(line 1, column 35)"),
        ("data.pairs.transformMap(k, v, google.protobuf.Any{}) == {}", "use no messages"),
        ("lists.range(data.json.n) == []", "lists.range(math.least"),
        ("lists.range(data.json.n * 2) == []", "lists.range(math.least"),
        ("lists.range(100000000) == []", "too much work"),
        ("cel.bind(1, 2, true)", "line 1"),
        ("math.greatest('a', 2) == 2", "line 1"),
    ],
)
def test_a_refusal_says_what_to_do(filters: Filters, text: str, part: str) -> None:
    with pytest.raises(Invalid) as caught:
        filters.check(text)
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("data.json.labels.transformMapEntry(i, v, {v: i})", "two elements have the same key, 'bug'"),
        ("[0, 0u].transformMapEntry(i, v, {string(v): i})", "two elements have the same key, '0'"),
        ("data.json.labels.transformMapEntry(i, v, v)", "an object for each element"),
        ("data.pairs.transformMap(k, v, timestamp(v))", "write string(…) around a time"),
        ("data.json.title.transformMap(k, v, v)", "data.json.title is a text, which transformMap cannot take here"),
        ("data.json.title.?x", 'data.json.title is a text, so it has no "x"'),
    ],
)
def test_an_event_that_has_no_value_says_why(filters: Filters, text: str, part: str) -> None:
    with pytest.raises(Invalid) as caught:
        filters.evaluate_value(text, EVENT)
    assert part in caught.value.message


def test_what_is_null_is_explained_with_the_text_that_was_written(filters: Filters) -> None:
    text = 'data.json.?none.?x.orValue("") == "" && data.json.labels.existsOne(l, l == "ui")'
    explanation = filters.explain(text, EVENT)
    assert explanation.outcome.matched
    assert [(clause.text, clause.values) for clause in explanation.clauses] == [
        ('data.json.?none.?x.orValue("") == ""', {}),
        ('data.json.labels.existsOne(l, l == "ui")', {"data.json.labels": ["bug", "ui", "bug"]}),
    ]


def test_an_optional_value_within_a_result_is_no_mapping(filters: Filters) -> None:
    with pytest.raises(Invalid, match="orValue"):
        filters.evaluate_value("[data.?json]", EVENT)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("data.?json.?n.orValue(0) == 3", {"data.json.n": 3}),
        ('data.headers[?"X-Kind"].orValue("") == "push"', {"data.headers.x-kind": "push"}),
        ("math.round(data.json.ratio) > 1", {"data.json.ratio": 2.5}),
        ("sets.contains(data.json.labels, ['ui'])", {"data.json.labels": ["bug", "ui", "bug"]}),
        ("data.pairs.all(data, event_type, data != '')", {"data.pairs": {"a": 1, "b": 2}}),
        ("data.json.labels.sortBy(data, data).size() > 0", {"data.json.labels": ["bug", "ui", "bug"]}),
    ],
)
def test_the_values_that_a_clause_read(filters: Filters, text: str, values: dict[str, Any]) -> None:
    (clause,) = filters.explain(text, EVENT).clauses
    assert (clause.text, clause.result, clause.values) == (text, True, values)


def test_what_is_bound_is_explained_clause_by_clause(filters: Filters) -> None:
    text = 'cel.bind(json, data.json, json.n > 5 || (json.n == 3 && json.ratio > 9.0)) && event_type == "post"'
    explanation = filters.explain(text, EVENT)
    assert not explanation.outcome.matched
    assert [(clause.text, clause.result) for clause in explanation.clauses] == [
        ("json.n > 5", False), ("json.n == 3", True), ("json.ratio > 9.0", False), ('event_type == "post"', True),
    ]  # fmt: skip


LARGE = {
    "s": "q" * 200_000, "p": "q" * 100_000 + "x", "many": [1.5 * n for n in range(9_000)], "n": 9_000,
    "objects": [{"a": n, "b": "x" * 20} for n in range(2_000)], "words": [f"w{n}" for n in range(9_000)],
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "data.s.indexOf(data.p) == 1",
        "data.s.lastIndexOf(data.p) == 1",
        "data.s.replace('q', data.p).size() == 1",
        "data.s.replace('', data.s).size() == 1",
        "data.s.replace('q', 'qqqqqqqqqqqqqqqqqqqqqqqqq').size() == 1",
        "data.s.split('').size() == 200000",
        "data.s.split('').map(x, x).size() == 1",
        "data.words.join(data.s).size() == 1",
        "data.many.distinct().size() == 9000",
        "data.objects.distinct().size() == 2000",
        "data.many.sortBy(x, -x).size() == 9000",
        "sets.contains(data.many, data.words)",
        "sets.equivalent(data.objects, data.objects)",
        "lists.range(size(data.s)).size() == 200000",
        "lists.range(math.least(data.n, 9000000)).distinct().size() == 1",
        "data.many.transformList(i, v, v).size() == 9000",
        "data.many.transformMap(i, v, v).size() == 9000",
        "[1, 2, 3].transformMap(i, v, data).size() == 3",
        "data.words.all(i, v, data.s.indexOf(v) < 0)",
        "cel.bind(a, data.s + data.s, cel.bind(b, a + a, cel.bind(c, b + b, (c + c + c + c).size() == 1)))",
        "'%.1000f'.format([data.many]).size() == 1",
        "(" + " + ".join(["'%.1000f'.format([1.0e300])"] * 25) + ").size() == 1",
        "data.many.all(x, x * 2 + 1 - x / 3 != -1)",
        "data.objects.all(o, data.objects.all(p, p.a.zork == o))",
        "[[]].map(x, data.objects.map(o, o.a.zork)).size() == 1",
    ],
)  # fmt: skip
def test_work_on_a_large_event_is_bounded(filters: Filters, text: str) -> None:
    event = {"event_type": "post", "data": LARGE}
    filters.check("data.a == 1")
    started = time.process_time()
    with contextlib.suppress(Invalid):
        filters.check(text)
    outcome = filters.evaluate(text, event)
    assert time.process_time() - started < 1.0
    assert outcome.matched or outcome.error is not None or "1000f" in text or "sets" in text


def test_the_extensions_are_affordable_on_ordinary_events(filters: Filters) -> None:
    data = {"ref": "refs/heads/main", "commits": [{"id": n, "added": [f"src/{n}.py"]} for n in range(50)]}
    event = {"event_type": "push", "data": {"json": data, "body": {"text": "x" * 1_000_000}}}
    for text in (
        "data.json.ref.replace('refs/heads/', '') == 'main'",
        "data.json.ref.split('/')[2] == 'main'",
        "data.json.commits.map(c, c.added).flatten().distinct().size() == 50",
        "data.json.commits.sortBy(c, -c.id)[0].id == 49",
        "cel.bind(names, data.json.commits.map(c, c.added[0]), names.exists(n, n.lowerAscii().endsWith('7.py')))",
        "sets.intersects(data.json.commits.map(c, c.added[0]), ['src/5.py'])",
    ):
        assert filters.evaluate(text, event).error is None, text
        assert filters.evaluate(text, event).matched, text
