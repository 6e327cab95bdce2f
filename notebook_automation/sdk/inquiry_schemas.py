"""What an answer may be, as notebooks write it: a JSON Schema, a list of choices, or a class with typed fields."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .errors import Invalid

Convert = Callable[[Any], Any]
"""Makes of the JSON of an answer what its schema was written as."""

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    dict: {"type": "object"},
    list: {"type": "array"},
    type(None): {"type": "null"},
    Any: {},
}


def schema_of(given: Any) -> tuple[dict[str, Any] | None, Convert]:
    """Return ``given`` as JSON Schema, and what makes its own kind of value of an answer's JSON.

    None is approve or reject. A list of texts or numbers is a choice of one of them; a dataclass, a Pydantic model or
    an Enum gives an instance of itself. Raises Invalid (``schema_invalid``) for anything else.
    """
    if given is None:
        return None, _same
    if isinstance(given, Mapping):
        return dict(given), _same
    if isinstance(given, list | tuple):
        if not given:
            raise Invalid("A choice needs something to choose from: schema=['now', 'later'].", code="schema_invalid")
        return {"enum": list(given)}, _same
    if hasattr(given, "model_json_schema"):
        return given.model_json_schema(), given.model_validate
    if isinstance(given, type | types.GenericAlias | types.UnionType) or get_origin(given) is not None:
        return _of_type(given), lambda value: _converted(given, value)
    raise Invalid(
        "schema= is a JSON Schema (a dict), a list of choices, a dataclass, an Enum or a Pydantic model, "
        f"not {given!r}.",
        code="schema_invalid",
    )


def type_of(value: Any) -> Any:
    """Return the class of an instance that is a form by itself (a dataclass, a Pydantic model), else None."""
    kind = type(value)
    return kind if dataclasses.is_dataclass(kind) or hasattr(kind, "model_json_schema") else None


def _same(value: Any) -> Any:
    return value


def _of_type(kind: Any) -> dict[str, Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of_type(one) for one in inner]}
    if origin in (list, set, tuple) and len([one for one in inner if one is not ...]) == 1:
        return {"type": "array", "items": _of_type(inner[0]), **({"uniqueItems": True} if origin is set else {})}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of_type(inner[1])}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [one.value for one in kind]}
    if dataclasses.is_dataclass(kind):
        return _of_dataclass(kind)
    raise Invalid(
        f"{kind!r} says nothing that a form can ask for: use str, int, float, bool, date, datetime, Literal, an Enum, "
        "list[…], dict[str, …] or another dataclass; or write the JSON Schema as a dict.",
        code="schema_invalid",
    )


def _of_dataclass(kind: Any) -> dict[str, Any]:
    hints, properties, required = get_type_hints(kind), {}, []
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        shown = _of_type(hints[field.name])
        title = field.metadata.get("title")
        about = field.metadata.get("description")
        properties[field.name] = {
            **shown,
            **({"title": title} if title else {}),
            **({"description": about} if about else {}),
        }
        if field.default is not dataclasses.MISSING:
            properties[field.name]["default"] = (
                field.default.value if isinstance(field.default, enum.Enum) else field.default
            )
        elif field.default_factory is dataclasses.MISSING:
            required.append(field.name)
    return {
        "type": "object",
        "title": kind.__name__,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _converted(kind: Any, value: Any) -> Any:
    """Return the JSON ``value`` as a ``kind``; of a union as the first of its kinds that it can be."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is date or kind is datetime:
        return kind.fromisoformat(value)
    if kind is float and isinstance(value, int):
        return float(value)
    if origin in (Union, types.UnionType):
        return _first_that_fits(inner, value)
    if origin in (list, set, tuple):
        return origin(_converted(inner[0], one) for one in value)
    if origin is dict:
        return {name: _converted(inner[1], one) for name, one in value.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        hints = get_type_hints(kind)
        return typing.cast(Any, kind)(**{name: _converted(hints[name], one) for name, one in value.items()})
    return value


def _first_that_fits(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    for kind in kinds:
        if kind in (str, int, float, bool, dict, list) and not isinstance(value, kind):
            continue
        try:
            return _converted(kind, value)
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
    return value
