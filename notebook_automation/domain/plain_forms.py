"""A JSON Schema as plain fields of a page: which there are, what stands in them, and the value that was filled in."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import Invalid
from .schema_errors import schema_errors
from .strict_json import parse_json

Kind = Literal["text", "paragraph", "integer", "number", "checkbox", "choice", "date", "email", "json"]
"""How a field is drawn; ``json`` takes any JSON value as text."""
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
_LONG_TEXT = 200
"""A text that may have more characters than this gets more than one line."""
_INVALID = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field. ``key`` is the property that it fills; None where it is the whole value.

    ``choices`` are (what is sent, what is shown); ``initial`` is what stands in it at first.
    """

    name: str
    kind: Kind
    label: str
    key: str | None = None
    help: str = ""
    is_required: bool = False
    choices: Sequence[tuple[str, str]] = ()
    initial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """``buttons`` are (what is sent, what is shown) where one click answers; else there are ``fields``."""

    buttons: Sequence[tuple[str, str]] = ()
    fields: Sequence[FormField] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was filled in: its ``value``, or what is wrong by the name of the field (empty: with the whole)."""

    value: Any = None
    errors: Mapping[str, str] = field(default_factory=dict)


def form_of(schema: Mapping[str, Any], proposed: Any = None) -> Form:
    """Return the form for a JSON Schema, with what is ``proposed`` in it."""
    choices = schema.get("enum")
    if isinstance(choices, list) and choices and proposed is None:
        return Form(buttons=_choices(choices, schema))
    properties = schema.get("properties")
    if _type(schema) == "object" and isinstance(properties, dict) and properties:
        required = schema.get("required")
        required = required if isinstance(required, list) else []
        given = proposed if isinstance(proposed, dict) else {}
        return Form(
            fields=[
                _field(f"field-{number}", key, part, given.get(key), is_required=key in required)
                for number, (key, part) in enumerate(properties.items())
            ]
        )
    return Form(fields=[_field("field-0", None, schema, proposed, is_required=True)])


def filled(schema: Mapping[str, Any], form: Form, posted: Mapping[str, str]) -> Filled:
    """Return the value of what was sent for ``form``, by the names of its fields (``choice`` is a button's)."""
    if form.buttons:
        sent = posted.get("choice", "")
        if sent not in [value for value, _ in form.buttons]:
            return Filled(errors={"": "Choose one of the buttons."})
        return Filled(value=json.loads(sent))
    errors: dict[str, str] = {}
    values: dict[str | None, Any] = {}
    for one in form.fields:
        value = _value(one, posted.get(one.name, ""), errors)
        if value is not _INVALID:
            values[one.key] = value
    whole = [one for one in form.fields if one.key is None]
    if errors or (whole and None not in values):
        return Filled(errors=errors or {form.fields[0].name: "Fill this in."})
    result = values[None] if whole else {str(key): value for key, value in values.items()}
    names = {one.key: one.name for one in form.fields}
    for error in schema_errors(schema, result):
        first = error.path[0] if error.path else None
        name = names.get(str(first) if first is not None and None not in names else None, "")
        where = "/".join(map(str, error.path[1:] if None not in names else error.path))
        errors.setdefault(name, f"{where}: {error.sentence}" if where else error.sentence)
    return Filled(errors=errors) if errors else Filled(value=result)


def _field(name: str, key: str | None, schema: Any, proposed: Any, *, is_required: bool) -> FormField:
    schema = schema if isinstance(schema, dict) else {}
    given = proposed if proposed is not None else schema.get("default")
    kind = _kind(schema)
    choices: list[tuple[str, str]] = []
    if kind == "choice":
        choices = _choices(schema["enum"], schema)
        initial = json.dumps(given, ensure_ascii=False) if given in schema["enum"] else ""
    elif kind == "json":
        initial = "" if given is None else json.dumps(given, ensure_ascii=False, indent=2)
    elif kind == "checkbox":
        initial = "true" if given is True else ""
    else:
        initial = "" if given is None else given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return FormField(
        name=name, key=key, kind=kind, label=_text(schema, "title") or key or "Answer",
        help=_text(schema, "description"), is_required=is_required and kind != "checkbox", choices=choices,
        initial=initial,
    )  # fmt: skip


def _kind(schema: Mapping[str, Any]) -> Kind:
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return "choice"
    wanted = _type(schema)
    if wanted == "string":
        named: dict[Any, Kind] = {"date": "date", "email": "email"}
        long = schema.get("maxLength", 0)
        is_long = isinstance(long, int) and long > _LONG_TEXT
        return named.get(schema.get("format"), "paragraph" if is_long else "text")
    kinds: dict[str, Kind] = {"integer": "integer", "number": "number", "boolean": "checkbox"}
    return kinds.get(wanted, "json")


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type that is wanted, null beside it left out; empty where there is more than one, or none."""
    wanted = schema.get("type")
    names = [one for one in (wanted if isinstance(wanted, list) else [wanted]) if one != "null"]
    return names[0] if len(names) == 1 and isinstance(names[0], str) else ""


def _choices(values: Sequence[Any], schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    titles = schema.get("enumNames")
    shown = titles if isinstance(titles, list) and len(titles) == len(values) else values
    return [
        (json.dumps(value, ensure_ascii=False), str(text) if isinstance(text, str) else json.dumps(text))
        for value, text in zip(values, shown, strict=True)
    ]


def _value(one: FormField, sent: str, errors: dict[str, str]) -> Any:
    """Return the value of what stood in a field; ``_INVALID`` where it is left out, or wrong (then in ``errors``)."""
    text = sent.replace("\r\n", "\n")
    if one.kind == "checkbox":
        return text == "true"
    if not text.strip():
        if one.is_required:
            errors[one.name] = "Choose one." if one.kind == "choice" else "Fill this in."
        return _INVALID
    if one.kind == "choice":
        if text in [value for value, _ in one.choices]:
            return json.loads(text)
        errors[one.name] = "Choose one."
        return _INVALID
    if one.kind in ("integer", "number"):
        return _read_number(one, text.strip(), errors)
    if one.kind == "json":
        try:
            return parse_json(text)
        except Invalid:
            errors[one.name] = 'This is not JSON. Write a text in quotes ("yes"), a number, a list or an object.'
            return _INVALID
    return text.strip() if one.kind in ("date", "email") else text


def _read_number(one: FormField, text: str, errors: dict[str, str]) -> Any:
    if one.kind == "integer":
        if _INTEGER.fullmatch(text):
            return int(text)
        errors[one.name] = "Write a whole number, such as 5."
        return _INVALID
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if math.isfinite(number):
        return number
    errors[one.name] = "Write a number, such as 0.5."
    return _INVALID


def _text(schema: Mapping[str, Any], name: str) -> str:
    value = schema.get(name)
    return value if isinstance(value, str) else ""
