"""What is wrong with a value by a JSON Schema, in sentences for people who never heard of schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .inquiry_validators import TooMuchWork, validator_of

_MOST = 50
_TYPES = {
    "array": "a list", "boolean": "true or false", "integer": "a whole number", "null": "nothing", "number": "a number",
    "object": "an object", "string": "a text",
}  # fmt: skip
_FORMATS = {
    "date": "a date, such as 2026-12-31",
    "date-time": "a time with its zone, such as 2026-12-31T18:00:00Z",
    "time": "a time with its zone, such as 18:00:00Z",
    "email": "an e-mail address",
    "uri": "an address, such as https://example.org",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaError:
    """``path`` are the keys and indexes that lead to what is wrong, ``sentence`` says what to do about it."""

    path: tuple[str | int, ...]
    sentence: str


def schema_errors(schema: Mapping[str, Any], value: Any) -> list[SchemaError]:
    """Return all that is wrong with ``value``, at most 50 errors; an empty list where it is as ``schema`` says.

    The work is bounded as `inquiry_validators` does: where it cannot be checked, that is the one error. Formats are
    checked.
    """
    from referencing.exceptions import Unresolvable

    found: list[SchemaError] = []
    try:
        for error in validator_of(schema).iter_errors(value):
            found += _sentences(error)
            if len(found) >= _MOST:
                break
    except (TooMuchWork, RecursionError, Unresolvable):
        sentence = "This cannot be checked: the schema leads nowhere, in a circle, or takes too long. Tell who asks."
        return [SchemaError(path=(), sentence=sentence)]
    return found[:_MOST]


def _sentences(error: Any) -> Iterator[SchemaError]:
    path = tuple(error.absolute_path)
    if error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance:
                yield SchemaError(path=(*path, name), sentence="Fill this in.")
        return
    say = _BY_KEYWORD.get(error.validator)
    yield SchemaError(path=path, sentence=say(error.validator_value) if say else f"{str(error.message)[:300]}.")


def _type(wanted: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return f"This has to be {' or '.join(_TYPES.get(name, name) for name in names)}."


def _one_of(wanted: Any) -> str:
    return f"Choose one of {', '.join(json.dumps(one, ensure_ascii=False)[:60] for one in wanted)[:300]}."


_BY_KEYWORD: dict[str, Callable[[Any], str]] = {
    "type": _type,
    "enum": _one_of,
    "const": lambda wanted: f"This has to be {json.dumps(wanted, ensure_ascii=False)[:100]}.",
    "format": lambda wanted: f"Write {_FORMATS.get(wanted, wanted)}.",
    "minLength": lambda wanted: "Fill this in." if wanted == 1 else f"Write at least {wanted} characters.",
    "maxLength": lambda wanted: f"Write at most {wanted} characters.",
    "minimum": lambda wanted: f"This has to be {wanted} or more.",
    "maximum": lambda wanted: f"This has to be {wanted} or less.",
    "exclusiveMinimum": lambda wanted: f"This has to be more than {wanted}.",
    "exclusiveMaximum": lambda wanted: f"This has to be less than {wanted}.",
    "multipleOf": lambda wanted: f"This has to be a multiple of {wanted}.",
    "pattern": lambda wanted: f"This has to match {str(wanted)[:100]}.",
    "minItems": lambda wanted: f"Give at least {wanted}.",
    "maxItems": lambda wanted: f"Give at most {wanted}.",
}
