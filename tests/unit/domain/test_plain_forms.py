"""Forms without JavaScript: what fields a schema gets, and the value or the errors of what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.plain_forms import Filled, filled, form_of

RELEASE: dict[str, Any] = {
    "type": "object",
    "required": ["version", "channel"],
    "properties": {
        "version": {"type": "string", "title": "Version", "description": "As in the changelog", "minLength": 3},
        "notes": {"type": "string", "maxLength": 4000},
        "percent": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
        "factor": {"type": ["number", "null"]},
        "force": {"type": "boolean"},
        "on": {"type": "string", "format": "date"},
        "channel": {"enum": ["beta", "stable", 3]},
        "hosts": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    },
}


def sent(schema: Any, proposed: Any = None, **values: str) -> Filled:
    """Fill in a form by the labels' keys, as its page would send it."""
    form = form_of(schema, proposed)
    names = {one.key or "value": one.name for one in form.fields}
    return filled(schema, form, {names.get(key, key): value for key, value in values.items()})


def test_an_enum_is_buttons_and_only_these_are_taken() -> None:
    schema = {"enum": ["now", "later", 3], "enumNames": ["Now", "Later", "In 3 days"]}
    assert form_of(schema).buttons == [('"now"', "Now"), ('"later"', "Later"), ("3", "In 3 days")]
    assert sent(schema, choice="3") == Filled(value=3)
    assert sent(schema, choice='"never"').errors == {"": "Choose one of the buttons."}
    assert sent(schema).errors


def test_an_object_is_a_field_for_each_property() -> None:
    form = form_of(RELEASE, {"version": "1.2", "percent": 20, "channel": "stable", "hosts": ["a"], "force": True})
    kinds = {one.key: one.kind for one in form.fields}
    assert kinds == {
        "version": "text", "notes": "paragraph", "percent": "integer", "factor": "number", "force": "checkbox",
        "on": "date", "channel": "choice", "hosts": "json",
    }  # fmt: skip
    initial = {one.key: one.initial for one in form.fields}
    assert initial["version"] == "1.2"
    assert (initial["percent"], initial["channel"], initial["force"]) == ("20", '"stable"', "true")
    assert initial["hosts"] == '[\n  "a"\n]'
    assert {one.key for one in form.fields if one.is_required} == {"version", "channel"}
    assert (form.fields[0].label, form.fields[0].help) == ("Version", "As in the changelog")


def test_a_default_is_filled_in_where_nothing_is_proposed() -> None:
    assert form_of(RELEASE).fields[2].initial == "10"


def test_what_was_filled_in_has_the_types_of_the_schema() -> None:
    taken = sent(
        RELEASE, version="1.2.0", percent="25", factor=".5", force="true", on="2026-12-01", channel="3", hosts='["a"]',
        notes="one\r\ntwo",
    )  # fmt: skip
    assert taken == Filled(
        value={
            "version": "1.2.0", "notes": "one\ntwo", "percent": 25, "factor": 0.5, "force": True, "on": "2026-12-01",
            "channel": 3, "hosts": ["a"],
        }
    )  # fmt: skip


def test_what_is_left_empty_is_left_out() -> None:
    assert sent(RELEASE, version="1.2", channel='"beta"') == Filled(
        value={"version": "1.2", "channel": "beta", "force": False}
    )


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"channel": '"beta"'}, {"version": "Fill this in."}),
        ({"version": "1.2"}, {"channel": "Choose one."}),
        ({"version": "1.2", "channel": '"nightly"'}, {"channel": "Choose one."}),
        ({"version": "1", "channel": "3"}, {"version": "Write at least 3 characters."}),
        ({"version": "1.2", "channel": "3", "percent": "many"}, {"percent": "Write a whole number, such as 5."}),
        ({"version": "1.2", "channel": "3", "percent": "0"}, {"percent": "This has to be 1 or more."}),
        ({"version": "1.2", "channel": "3", "factor": "1,5"}, {"factor": "Write a number, such as 0.5."}),
        ({"version": "1.2", "channel": "3", "factor": "1e999"}, {"factor": "Write a number, such as 0.5."}),
        ({"version": "1.2", "channel": "3", "factor": "NaN"}, {"factor": "Write a number, such as 0.5."}),
        ({"version": "1.2", "channel": "3", "on": "tomorrow"}, {"on": "Write a date, such as 2026-12-31."}),
        ({"version": "1.2", "channel": "3", "hosts": "a"}, {"hosts": "This is not JSON"}),
        ({"version": "1.2", "channel": "3", "hosts": '["a", "b", "c"]'}, {"hosts": "Give at most 2."}),
        ({"version": "1.2", "channel": "3", "hosts": "[1]"}, {"hosts": "0: This has to be a text."}),
        ({"percent": "x"}, {"version": "Fill", "channel": "Choose", "percent": "Write a whole"}),
    ],
)
def test_errors_stand_beside_their_fields(values: dict[str, str], wrong: dict[str, str]) -> None:
    names = {one.name: one.key for one in form_of(RELEASE).fields}
    errors = {names[name]: text for name, text in sent(RELEASE, **values).errors.items()}
    assert errors.keys() == wrong.keys()
    for key, text in wrong.items():
        assert errors[key].startswith(text)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "yes", "yes"),
        ({"type": "integer", "minimum": 0}, "7", 7),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "", False),
        ({"type": "array"}, "[1, 2]", [1, 2]),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, '"x"', "x"),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({}, "null", None),
    ],
)
def test_anything_else_is_one_field(schema: Any, text: str, value: Any) -> None:
    assert sent(schema, value=text) == Filled(value=value)


def test_a_proposed_value_of_an_enum_is_a_field_that_may_be_changed() -> None:
    schema = {"enum": ["a", "b"]}
    [one] = form_of(schema, "b").fields
    assert (one.kind, one.initial) == ("choice", '"b"')
    assert sent(schema, "b", value='"a"') == Filled(value="a")


def test_what_concerns_no_single_field_is_said_of_the_whole() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "minProperties": 1}
    assert list(sent(schema).errors) == [""]


def test_a_schema_that_leads_elsewhere_fetches_nothing_and_is_an_error() -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/secret.json"}}}
    [error] = sent(schema, a="1").errors.values()
    assert error.startswith("This cannot be checked")
