"""An explanation shows each clause, its truth or error, and the values that it read."""

from __future__ import annotations

import json

import pytest

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.errors import Invalid

DATA = {"method": "POST", "json": {"action": "closed", "n": 3, "tags": ["a", "b"]}, "headers": {"x-a": "1"}}
EVENT = {"event_type": "post", "data": DATA}


@pytest.fixture(scope="module")
def filters() -> Filters:
    return Filters()


def test_the_clause_that_did_not_hold(filters: Filters) -> None:
    explanation = filters.explain('data.method == "POST" && data.json.action in ["opened", "reopened"]', EVENT)
    assert not explanation.outcome.matched
    assert explanation.tree.kind == "all"
    held, failed = explanation.clauses
    assert (held.text, held.result, held.values) == ('data.method == "POST"', True, {"data.method": "POST"})
    assert failed.text == 'data.json.action in ["opened", "reopened"]'
    assert (failed.result, failed.error) == (False, None)
    assert failed.values == {"data.json.action": "closed"}


def test_an_error_in_a_clause_that_does_not_matter(filters: Filters) -> None:
    explanation = filters.explain("data.json.zork == 1 || data.json.n == 3", EVENT)
    assert explanation.outcome.matched
    broken, held = explanation.clauses
    assert broken.result is None
    assert '"zork"' in (broken.error or "")
    assert broken.values == {}
    assert held.result is True


def test_the_tree_follows_the_operators(filters: Filters) -> None:
    text = '(event_type == "a" || !(data.json.n > 2)) && (data.json.n == 3 ? has(data.method) : false) && true'
    tree = filters.explain(text, EVENT).tree
    assert tree.text == text
    assert [part.kind for part in tree.parts] == ["any", "if", "test"]
    either, branch, _ = tree.parts
    assert [part.kind for part in either.parts] == ["test", "not"]
    assert [part.result for part in either.parts] == [False, False]
    assert either.parts[1].parts[0].text == "data.json.n > 2"
    assert [part.text for part in branch.parts] == ["data.json.n == 3", "has(data.method)", "false"]


def test_what_is_negated_is_a_test_as_it_stands(filters: Filters) -> None:
    text = '!(data.json.n == 3) || !(data.method == "POST" && data.json.n > 2) && !has(data.zork)'
    explanation = filters.explain(text, EVENT)
    assert not explanation.outcome.matched
    assert [(clause.text, clause.result, clause.values, clause.kind) for clause in explanation.clauses] == [
        ("!(data.json.n == 3)", False, {"data.json.n": 3}, "test"),
        (
            '!(data.method == "POST" && data.json.n > 2)',
            False,
            {"data.method": "POST", "data.json.n": 3},
            "test",
        ),
        ("!has(data.zork)", True, {}, "test"),
    ]


def test_loops_stay_whole(filters: Filters) -> None:
    text = 'data.json.tags.exists(t, t == "b" && true)'
    (clause,) = filters.explain(text, EVENT).clauses
    assert (clause.text, clause.result, clause.values) == (text, True, {"data.json.tags": ["a", "b"]})


def test_headers_are_found_in_any_case_and_shown_as_written(filters: Filters) -> None:
    (clause,) = filters.explain('data.headers["X-A"] == "1"', EVENT).clauses
    assert clause.text == 'data.headers["X-A"] == "1"'
    assert clause.values == {"data.headers.x-a": "1"}


def test_values_are_cut_to_size(filters: Filters) -> None:
    deep: object = 1
    for _ in range(20):
        deep = {"d": deep}
    data = {"text": "x" * 10_000, "list": list(range(10_000)), "b": b"\xff" * 99, "deep": deep, "nan": float("nan")}
    explanation = filters.explain("data == 1", {"data": data, "event_type": "e"})
    shown = json.dumps(explanation.clauses[0].values, allow_nan=False)
    assert len(shown) < 1_500
    assert "99 bytes" in shown


def test_the_number_of_clauses_is_bounded_and_nothing_is_lost(filters: Filters) -> None:
    text = " || ".join(f"data.json.n == {n}" for n in range(3, 150))
    explanation = filters.explain(text, EVENT)
    assert explanation.outcome.matched
    assert len(explanation.clauses) == 1
    assert explanation.clauses[0].text == text


def test_an_event_that_cannot_be_read(filters: Filters) -> None:
    explanation = filters.explain("data.n == 1", {"data": {"n": {1, 2}}, "event_type": "e"})
    assert "set" in (explanation.outcome.error or "")


def test_no_expression_no_explanation(filters: Filters) -> None:
    with pytest.raises(Invalid):
        filters.explain("data ==", EVENT)
