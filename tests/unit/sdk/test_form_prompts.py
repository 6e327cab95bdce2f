"""A form asked for line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from notebook_automation.sdk.form_prompts import asked_by_text

RELEASE = {
    "type": "object",
    "properties": {
        "version": {"type": "string"},
        "count": {"type": "integer"},
        "share": {"type": "number", "default": 0.5},
        "sure": {"type": "boolean"},
        "region": {"enum": ["eu", 7]},
        "teams": {"type": "array"},
        "note": {"type": "string"},
    },
    "required": ["version", "count", "sure", "region", "teams"],
}


def asked(schema: Any, proposed: Any, *lines: str) -> tuple[Any, list[str], list[str]]:
    """The value, what was asked, and what was said, when ``lines`` are typed."""
    typed: Iterator[str] = iter(lines)
    questions: list[str] = []
    said: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return next(typed)

    return asked_by_text(schema, proposed, ask, said.append), questions, said


def test_each_field_is_asked_for_until_it_can_be_read() -> None:
    lines = ("1.4", "many", "3", "", "maybe", "yes", "us", "7", "ops", '["ops"]', "")
    value, questions, said = asked(RELEASE, None, *lines)
    assert value == {"version": "1.4", "count": 3, "share": 0.5, "sure": True, "region": 7, "teams": ["ops"]}
    assert questions[:2] == ["version: ", "count (a whole number): "]
    assert "share (a number) [0.5]: " in questions
    assert "region (eu, 7): " in questions
    assert [text.partition(":")[0] for text in said] == [
        "many is not a whole number.", "Say yes or no.", "Choose one of eu, 7.", "ops is no JSON",
    ]  # fmt: skip


def test_what_is_proposed_is_taken_by_an_empty_line() -> None:
    proposed = {"version": "1.4", "count": 0, "sure": False, "region": "eu", "teams": [], "more": "kept"}
    value, questions, _ = asked(RELEASE, proposed, *[""] * 7)
    assert value == {**proposed, "share": 0.5}
    assert "count (a whole number) [0]: " in questions


@pytest.mark.parametrize(
    ("schema", "line", "value"),
    [({"enum": ["now", "later"]}, "later", "later"), ({"type": "integer"}, "3", 3), ({}, '{"a": 1}', {"a": 1})],
)
def test_a_value_alone_is_one_line(schema: Any, line: str, value: Any) -> None:
    assert asked(schema, None, line)[0] == value
