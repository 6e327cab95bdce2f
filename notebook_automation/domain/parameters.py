"""A run's parameters: what the `parameters` cell declares, and what is laid over it."""

from __future__ import annotations

import difflib
import keyword
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One name of the `parameters` cell, as papermill's inspection reads it.

    ``default`` is the source text of its default. ``value`` is that text as a JSON value where it is a literal, and
    ``type`` one of string, integer, number, boolean, array, object, null or any (not a literal: unchecked).
    """

    name: str
    default: str
    type: str = "any"
    value: Any = None
    help: str = ""


def validate_parameter_name(name: str) -> str:
    """Return ``name`` if it is a Python identifier and no keyword: it becomes a variable in the notebook.

    Raises Invalid (``parameter_name_invalid``).
    """
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        raise Invalid(
            f"{name!r} cannot be a parameter: a parameter is a variable name of letters, digits and '_'.",
            code="parameter_name_invalid",
        )
    return name


def check_json(name: str, value: Any) -> None:
    """Raise Invalid (``parameter_type``) unless ``value`` is a JSON value: it is stored, shown and passed on as one."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid(f"Parameter {name!r} has a number that JSON cannot hold: {value}.", code="parameter_type")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Invalid(f"Parameter {name!r} has the key {key!r:.60}: keys are texts.", code="parameter_type")
            check_json(name, item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            check_json(name, item)
    elif json_type(value) == "any":
        raise Invalid(
            f"Parameter {name!r} has {value!r:.60}, which JSON cannot hold: write it as a text.", code="parameter_type"
        )


def json_type(value: Any) -> str:
    """Return the JSON type of ``value``: string, integer, number, boolean, array, object or null; else any."""
    if value is None:
        return "null"
    for kind, name in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
        (tuple, "array"),
        (dict, "object"),
    ):
        if isinstance(value, kind):
            return name
    return "any"


def merged(declared: list[Parameter] | None, *layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a run gets over its notebook's defaults: later layers win.

    ``declared`` is what the `parameters` cell declares, or None where there is nothing to check against (a notebook
    without such a cell, a Python function). Raises Invalid (``parameter_unknown``, ``parameter_type``).
    """
    values: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            check_json(name, value)
            values[validate_parameter_name(name)] = value
    if declared is not None:
        by_name = {parameter.name: parameter for parameter in declared}
        for name, value in values.items():
            _check(name, value, by_name)
    return values


def _check(name: str, value: Any, declared: Mapping[str, Parameter]) -> None:
    parameter = declared.get(name)
    if parameter is None:
        close = difflib.get_close_matches(name, declared, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else f" It has: {', '.join(declared) or 'none'}."
        raise Invalid(
            f"The notebook's parameters cell has no {name!r}.{hint}", code="parameter_unknown", parameter=name
        )
    given, wanted = json_type(value), parameter.type
    fits = (
        wanted in ("any", "null") or given == wanted or given == "null" or (given == "integer" and wanted == "number")
    )
    if not fits:
        raise Invalid(
            f"Parameter {name!r} is {given} {value!r:.60}, but the parameters cell has {wanted} "
            f"({name} = {parameter.default:.60}).",
            code="parameter_type",
            parameter=name,
        )
