"""A run's parameters: what the `parameters` cell declares, and what is laid over it."""

from __future__ import annotations

import difflib
import json
import keyword
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Invalid

_INTEGER = re.compile(r"[-+]?(?:[0-9]{1,4000}|0[xX][0-9a-fA-F]{1,4000}|0[oO][0-7]{1,4000})")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_ADVICE = {
    "integer": " Write a whole number, such as 5.",
    "number": " Write a number, such as 0.5.",
    "boolean": " Write true or false.",
    "array": " Write a list, such as [a, b].",
    "object": " Write an object, such as {a: 1}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One name of the `parameters` cell.

    ``default`` is the source text of its default, empty where it has none (``has_default``: `region: str`). ``value``
    is that text as a JSON value where it is a literal, and ``type`` one of string, integer, number, boolean, array,
    object, null or any (not a literal: unchecked); ``annotated`` where an annotation says it, not the default alone.
    """

    name: str
    default: str
    type: str = "any"
    value: Any = None
    help: str = ""
    annotated: bool = False
    has_default: bool = True


def validate_parameter_name(name: str) -> str:
    """Return ``name`` as Python reads it (NFKC) if it is an identifier and no keyword: it becomes a variable.

    It may have dots, as names in R do: see `check_names_of`. Raises Invalid (``parameter_name_invalid``).
    """
    normal = unicodedata.normalize("NFKC", name)
    if not normal.strip(".").replace(".", "_").isidentifier() or keyword.iskeyword(normal):
        raise Invalid(
            f"{name!r} cannot be a parameter: a parameter is a variable name of letters, digits and '_'.",
            code="parameter_name_invalid",
            field=f"parameters.{name}",
        )
    return normal


def check_names_of(language: str, names: Iterable[str]) -> None:
    """Raise Invalid (``parameter_name_invalid``) for a name that is no variable in this language: `a.b`, but in R."""
    for name in names:
        if "." in name and language.lower() != "r":
            raise Invalid(
                f"{name!r} cannot be a parameter: only in R a variable's name may have a dot, and this is {language}.",
                code="parameter_name_invalid",
                field=f"parameters.{name}",
            )


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


def merged(declared: Iterable[Parameter] | None, *layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a run gets over its notebook's defaults: later layers win.

    ``declared`` is what the `parameters` cell declares, or None where there is nothing to check against (a notebook
    without such a cell, a Python function); values are then as `fitted` makes them. Raises Invalid
    (``parameter_unknown``, ``parameter_type``, ``parameter_name_invalid``).
    """
    values: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            check_json(name, value)
            values[validate_parameter_name(name)] = value
    if declared is None:
        return values
    by_name = {parameter.name: parameter for parameter in declared}
    return {name: fitted(_known(name, by_name), value) for name, value in values.items()}


def fitted(parameter: Parameter, value: Any) -> Any:
    """Return ``value`` as the parameter takes it.

    A text that is a number or a truth value becomes one where that is wanted, a whole number a text; a default of 1
    takes 0.5, unless it is annotated as int. Nothing is converted that would lose a digit. Raises Invalid
    (``parameter_type``), and says how to write it.
    """
    given, wanted = json_type(value), parameter.type
    if given in ("null", wanted) or wanted in ("any", "null"):
        return value
    if isinstance(value, str) and wanted in ("integer", "number", "boolean"):
        value = _read(value)
        given = json_type(value)
    if given == wanted or (given == "integer" and wanted == "number"):
        return value
    if given == "number" and wanted == "integer" and (value.is_integer() or not parameter.annotated):
        return int(value) if value.is_integer() else value
    if given == "integer" and wanted == "string":
        return str(value)
    raise Invalid(
        f"Parameter {parameter.name!r} is {given} {value!r:.60}, but the parameters cell has {wanted} "
        f"({_shown(parameter)}).{_advice(parameter, value)}",
        code="parameter_type",
        parameter=parameter.name,
        field=f"parameters.{parameter.name}",
    )


def _known(name: str, declared: Mapping[str, Parameter]) -> Parameter:
    parameter = declared.get(name)
    if parameter is not None:
        return parameter
    close = difflib.get_close_matches(name, declared, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else f" It has: {', '.join(declared) or 'none'}."
    raise Invalid(
        f"The notebook's parameters cell has no {name!r}.{hint}",
        code="parameter_unknown",
        parameter=name,
        field=f"parameters.{name}",
    )


def _read(text: str) -> Any:
    """Return the number or truth value that ``text`` is as a whole; else the text."""
    word = text.strip()
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    if _INTEGER.fullmatch(word):
        return int(word, 0 if {"x", "o"} & set(word.lower()) else 10)
    if _NUMBER.fullmatch(word):
        number = float(word)
        return number if math.isfinite(number) else text
    return text


def _shown(parameter: Parameter) -> str:
    if parameter.has_default:
        return f"{parameter.name} = {parameter.default:.60}"
    return f"{parameter.name}: {parameter.type}"


def _advice(parameter: Parameter, value: Any) -> str:
    name, wanted = parameter.name, parameter.type
    if wanted == "string" and isinstance(value, bool | int | float):
        text = json.dumps(value)
        return f' Write it as text: "{text}" in JSON, -p {name}=\'"{text}"\' at a shell, string(…) in a mapping.'
    return _ADVICE.get(wanted, "")
