"""The forms of inquiries: JSON Schema that is checked, values that are checked by it, what an edit has changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from .errors import Invalid, TooLarge
from .inquiry_validators import TooMuchWork, validator_of

MAX_SCHEMA = 64 * 1024
"""Largest schema as JSON, in bytes."""
MAX_VALUE = 256 * 1024
"""Largest value as JSON, in bytes."""
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
)


def check_schema(schema: Any) -> None:
    """Raise Invalid (``schema_invalid``) or TooLarge unless ``schema`` is JSON Schema that needs nothing else."""
    check_size(schema, MAX_SCHEMA, "The schema of an inquiry")
    if not isinstance(schema, dict):
        raise Invalid('A schema is a JSON object, such as {"enum": ["eu", "us"]}.', code="schema_invalid")
    foreign = next((ref for ref in _references(schema) if not ref.startswith("#")), None)
    if foreign is not None:
        raise Invalid(
            f"The schema refers to {foreign[:200]!r}: put what it needs under $defs, since nothing is fetched.",
            code="schema_invalid",
        )
    from jsonschema.exceptions import SchemaError

    try:
        validator_of(schema).check_schema(schema)
    except SchemaError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        raise Invalid(
            f"This is no JSON Schema{f' at {where}' if where else ''}: {error.message[:300]}", code="schema_invalid"
        ) from None


def check_value(schema: Any, value: Any, what: str = "The answer") -> None:
    """Raise Invalid (``value_invalid``) or TooLarge unless ``value`` is as ``schema`` wants it."""
    check_size(value, MAX_VALUE, what)
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        error = best_match(validator_of(schema).iter_errors(value))
    except TooMuchWork:
        raise Invalid(
            f"{what} cannot be checked in reasonable time: make the patterns and references of the schema simpler.",
            code="schema_invalid",
        ) from None
    except (RecursionError, Unresolvable):
        raise Invalid(
            f"{what} cannot be checked: the schema leads nowhere or in a circle. Mend its $ref.",
            code="schema_invalid",
        ) from None
    if error is not None:
        path = ".".join(str(part) for part in error.absolute_path)
        where = f" at {path}" if path else ""
        raise Invalid(
            f"{what} is not as it is asked for{where}: {error.message[:300]}", code="value_invalid",
            field=f"value.{path}" if path else "value",
        )  # fmt: skip


def check_size(value: Any, limit: int, what: str) -> None:
    """Raise TooLarge unless ``value`` has at most ``limit`` bytes of JSON."""
    size = len(msgspec.json.encode(value))
    if size > limit:
        raise TooLarge(
            f"{what} may have {limit // 1024} KiB of JSON, and this has {size // 1024 + 1}: show it as a file or an "
            "artifact.",
            code="inquiry_too_large",
        )


def schema_of(value: Any) -> dict[str, Any]:
    """Return a schema for what is proposed without one: the types of ``value`` and of all that is in it."""
    if isinstance(value, dict):
        return {
            "type": "object",
            "properties": {name: schema_of(item) for name, item in value.items()},
            "required": list(value),
            "additionalProperties": False,
        }
    if isinstance(value, list):
        kinds = [schema_of(item) for item in value]
        return {"type": "array"} | ({"items": kinds[0]} if kinds and all(kind == kinds[0] for kind in kinds) else {})
    return next(({"type": name} for kind, name in _TYPES if isinstance(value, kind)), {})


def edits(before: Any, after: Any, path: str = "") -> list[dict[str, Any]]:
    """Return what differs, each ``{"path", "before", "after"}`` with a JSON Pointer; what is missing has no key."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        return [one for name in names for one in _edits_of(before, after, name, path)]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            one
            for number, pair in enumerate(zip(before, after, strict=True))
            for one in edits(*pair, f"{path}/{number}")
        ]
    return [] if same(before, after) else [{"path": path, "before": before, "after": after}]


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal; true is not 1, but 1.0 is."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


def _edits_of(before: dict[str, Any], after: dict[str, Any], name: str, path: str) -> list[dict[str, Any]]:
    where = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
    if name not in after:
        return [{"path": where, "before": before[name]}]
    if name not in before:
        return [{"path": where, "after": after[name]}]
    return edits(before[name], after[name], where)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, item in schema.items():
            if name in ("$ref", "$dynamicRef", "$recursiveRef") and isinstance(item, str):
                yield item
            yield from _references(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)
