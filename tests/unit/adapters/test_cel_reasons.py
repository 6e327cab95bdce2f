"""An error names the part of the event that is not what the expression takes it for."""

from __future__ import annotations

import time
from typing import Any

import pytest

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.deliveries import Delivery, read_delivery

FORM = {"kind": "form", "form": {"action": "opened"}, "text": "action=opened", "json": None}
DATA: dict[str, Any] = {
    "json": None, "body": FORM, "n": 3, "nothing": None, "text": "abc", "list": [1, None], "user": {"name": None},
    "items": [{"id": {"x": 1}}, {"id": 7}],
}  # fmt: skip


@pytest.fixture(scope="module")
def filters() -> Filters:
    return Filters()


def error(filters: Filters, text: str, data: Any = DATA) -> str | None:
    event = {"event_type": "post", "data": data}
    outcome = filters.evaluate(text, event)
    assert filters.match_many([text], event) == [outcome]
    assert filters.explain(text, event).outcome == outcome
    return outcome.error


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('data.json.action == "opened"', "data.json is null: the body was a form"),
        ('data.json["action"] == "opened"', "data.json is null: the body was a form"),
        ("has(data.json.action)", "data.json is null: the body was a form"),
        ("data.text.?action.hasValue()", 'data.text is a text, so it has no "action"'),
        ("data.body.json.size() == 1", "data.body.json is null: the body was a form"),
        ('cel.bind(j, data.json, j.action == "opened")', "data.json is null: the body was a form"),
        ("data.user.name.first == 1", 'data.user.name is null, so it has no "first"'),
        ("data.text.x == 1", 'data.text is a text, so it has no "x"'),
        ("event_type.x == 1", 'event_type is a text, so it has no "x"'),
        ("data.list[1].x == 1", 'data.list[1] is null, so it has no "x"'),
        ("data.items.all(item, item.id.x == 1)", 'data.items[1].id is a number, so it has no "x"'),
        ("data.items.all(i, item, item.id.x == 1)", 'data.items[1].id is a number, so it has no "x"'),
        ("data.user.zork == 1", 'There is no "zork" in data.user; has(…) tests whether a field is there'),
        ("data.items[1].id + data.n.zork == 1", 'data.n is a number, so it has no "zork"'),
        ('data.nothing.startsWith("x")', "data.nothing is null, which startsWith cannot take here"),
        ("data.n > data.nothing", "data.nothing is null, which > cannot take here"),
        ('"x" in data.nothing', "data.nothing is null, which in cannot take here"),
        ("data.nothing.exists(x, x == 1)", "data.nothing is null, which exists cannot take here"),
        ("data.nothing || data.n == 4", "data.nothing is null, and not true or false"),
        ("data.n ? true : false", "data.n is a number, and not true or false"),
        # Not what is skipped:
        ("(data.json == null || data.json.a == 1) && data.text.b == 1", 'data.text is a text, so it has no "b"'),
        ("data.json != null ? data.json.x == 1 : data.text.b == 1", 'data.text is a text, so it has no "b"'),
        ("data.text.b == 1 || data.json.a == 1", 'data.text is a text, so it has no "b"'),
    ],
)  # fmt: skip
def test_it_says_which_thing_is_missing(filters: Filters, text: str, sentence: str) -> None:
    assert error(filters, text) == sentence


def test_a_missing_key_of_an_element(filters: Filters) -> None:
    assert (error(filters, "data.items.map(i, i.zork) == []") or "").startswith('There is no "zork" in data.items[0];')


@pytest.mark.parametrize(
    ("content_type", "body", "cause"),
    [
        ("text/plain", b"hello", "a text that is no JSON"),
        ("application/x-www-form-urlencoded", b"a=1", "a form"),
        ("application/octet-stream", b"\xff\xfe\x00", "no text"),
        ("application/json", b"null", "the JSON null"),
        ("", b"", "empty"),
    ],
)
def test_what_the_body_was_instead_of_json(filters: Filters, content_type: str, body: bytes, cause: str) -> None:
    headers = [("Content-Type", content_type)] if content_type else []
    data = read_delivery(Delivery(method="POST", url="http://x/h", path="/h", query="", headers=headers, body=body))
    assert error(filters, "data.json.a == 1", data) == f"data.json is null: the body was {cause}"


def test_no_error_of_the_evaluator_shows_its_own_words(filters: Filters) -> None:
    assert "non-message" not in (error(filters, "[data.n].all(x, x.y == 1)") or "")


def test_a_huge_key_is_not_repeated(filters: Filters) -> None:
    sentence = error(filters, "data.user[data.key] == 1", {"user": {}, "key": "k" * 100_000})
    assert sentence is not None
    assert len(sentence) < 400


def test_looking_for_the_reason_takes_no_time(filters: Filters) -> None:
    data = {"rows": [[{}] * 50] * 500 + [[None] * 50] * 50, "n": None}
    clauses = " && ".join(f"data.rows.all(r, r.all(x, x.a{n} == 1 || x.b.c{n} == 1))" for n in range(20))
    error(filters, "data.n.a == 1", data)
    started = time.process_time()
    assert error(filters, clauses, data)
    nested = "data.n.a == 1"
    for n in range(12):
        nested = f"({nested} || data.n.x{n} == 1) && data.n.y{n} == 1"
    assert error(filters, nested, data)
    assert time.process_time() - started < 2.0
