"""Errors of a JSON Schema, as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.schema_errors import schema_errors


@pytest.mark.parametrize(
    ("schema", "value", "path", "sentence"),
    [
        ({"type": "integer"}, "x", (), "This has to be a whole number."),
        ({"type": ["string", "null"]}, 1, (), "This has to be a text or nothing."),
        ({"enum": ["a", 2]}, 3, (), 'Choose one of "a", 2.'),
        ({"const": 1}, 3, (), "This has to be 1."),
        ({"type": "object", "required": ["a"]}, {}, ("a",), "Fill this in."),
        ({"properties": {"a": {"items": {"type": "number"}}}}, {"a": [1, "x"]}, ("a", 1), "This has to be a number."),
        ({"exclusiveMinimum": 0}, 0, (), "This has to be more than 0."),
        ({"multipleOf": 5}, 3, (), "This has to be a multiple of 5."),
        ({"format": "email"}, "ana", (), "Write an e-mail address."),
        ({"not": {}}, 1, (), "1 should not be valid under {}."),
    ],
)
def test_each_error_says_where_and_what_to_do(schema: Any, value: Any, path: tuple[Any, ...], sentence: str) -> None:
    [error] = schema_errors(schema, value)
    assert (error.path, error.sentence) == (path, sentence)


def test_a_value_as_it_should_be_has_no_errors_and_many_are_cut() -> None:
    assert schema_errors({"type": "integer"}, 3) == []
    assert len(schema_errors({"items": {"type": "integer"}}, ["x"] * 1000)) == 50


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "^(a|aa)+$"},
        {"$ref": "https://example.org/schema.json"},
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    ],
)
def test_what_cannot_be_checked_is_one_error(schema: Any) -> None:
    [error] = schema_errors(schema, "a" * 5000 + "!")
    assert error.path == ()
    assert error.sentence.startswith("This cannot be checked")
