"""Why an expression has no value for an event: the evaluator names an operation, here is what it met there.

The evaluator says "Applying SELECT to non-message type"; the reader wants to know which part of the event is not
what the expression takes it for. So the fields that the expression reads are looked up in the event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from .binders import binder
from .syntax import Node

Keys = tuple[str | int | None, ...]
"""The way from a variable to a field; None stands for each element of a list or object, as a loop visits them."""
Ask = Callable[[Node], tuple[Any, str | None]]

_HAS = "has(…) tests whether a field is there"
_NO_KEY = re.compile(r"Key not found in map : (.*)\Z", re.DOTALL)
_NO_OVERLOAD = re.compile(r"No matching overloads found : (?:\([a-z_0-9]*\)\.)?([^(\s]+)")
_NO_FIELDS = ("Applying SELECT to non-message type", "Invalid container type")
_NO_OPTIONAL_FIELDS = ("_?._", "_[?_]")
_JSON: tuple[Keys, ...] = (("data", "json"), ("data", "body", "json"))
_KINDS_OF_BODY = {
    "form": "a form",
    "multipart": "a form of several parts",
    "text": "a text that is no JSON",
    "bytes": "no text",
    "empty": "empty",
    "json": "the JSON null",
}
_TRUTH = frozenset({"&&", "||", "!", "?"})
_LOOKED_AT = 1000  # elements of loops, at most
_ASKED = 8  # parts of an expression, at most: each may take as long as the expression itself
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Reading:
    """A field that is read; ``optional`` is from which of its ``keys`` on it may be missing.

    ``operations`` is what it is given to, by the evaluator's name: ``>``, ``startsWith``, ``<iter_range>``.
    """

    keys: Keys
    optional: int
    operations: Mapping[str, str]


Describe = Callable[[Keys, Reading, Mapping[str, Any]], str | None]


class Reasons:
    """The fields that one expression reads, in the order in which it is evaluated, found at the first error."""

    def __init__(self, root: Node) -> None:
        self._root = root

    @cached_property
    def _readings(self) -> tuple[Reading, ...]:
        return tuple(_readings(self._root))

    def sentence(self, message: str, values: Mapping[str, Any], ask: Ask) -> str | None:
        """Return which part of the event made the evaluator say ``message``; None where it is none of its fields.

        ``ask`` gives value and error of a part of the expression, where several fields could be meant.
        """
        found = _sentences(self._readings, message, values)
        if len(found) > 1:
            found = _sentences(_readings(_to_blame(self._root, ask)), message, values) or found
        return min(found, key=lambda sentence: " is null" not in sentence, default=None)


def _sentences(readings: Iterable[Reading], message: str, values: Mapping[str, Any]) -> list[str]:
    """Return what each reading that can have led to ``message`` met, each sentence once."""
    describe = _describer(message)
    if describe is None:
        return []
    found: dict[str, None] = {}
    left = iter(range(_LOOKED_AT))
    for reading in readings:
        for keys in _ways(reading.keys, values, left):
            sentence = describe(keys, reading, values)
            if sentence is not None:
                found[sentence] = None
                break
    return list(found)


def _ways(keys: Keys, value: Any, left: Iterator[int], before: Keys = ()) -> Iterator[Keys]:
    """Yield ``keys`` once for each element that they stand for, until nothing is ``left``."""
    for position, key in enumerate(keys):
        if key is None:
            rest = keys[position + 1 :]
            elements = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
            for (number, element), _ in zip(elements, left, strict=False):
                yield from _ways(rest, element, left, (*before, *keys[:position], number))
            return
        value = _item(value, key)
    yield (*before, *keys)


@lru_cache(maxsize=1024)
def _describer(message: str) -> Describe | None:
    if any(text in message for text in _NO_FIELDS):
        return _no_object
    missing = _NO_KEY.search(message)
    if missing:
        key = missing[1].strip().strip('"')
        return lambda keys, reading, values: _no_key(keys, reading, values, key)
    overload = _NO_OVERLOAD.search(message)
    if overload is None:
        return None
    name = overload[1]
    if name in _NO_OPTIONAL_FIELDS:
        return lambda keys, reading, values: _no_object(keys, replace(reading, optional=len(keys)), values)
    operation = name if name.startswith("<") else name.strip("_@")
    return lambda keys, reading, values: _no_operand(keys, reading, values, operation)


def _no_object(keys: Keys, reading: Reading, values: Mapping[str, Any]) -> str | None:
    """Say which value on the way to a field has no fields."""
    value: Any = values
    for position, key in enumerate(keys):
        if not isinstance(value, dict | list) or (isinstance(value, list) and isinstance(key, str)):
            if position >= reading.optional:
                return None
            return _met(keys[:position], value, values, f'so it has no "{key}"')
        value = _item(value, key)
        if value is _MISSING:
            return None
    return None


def _no_key(keys: Keys, reading: Reading, values: Mapping[str, Any], key: str) -> str | None:
    """Say in which object a key is missing."""
    value: Any = values
    for position, name in enumerate(keys):
        parent, value = value, _item(value, name)
        if value is _MISSING:
            if str(name) != key or position >= reading.optional or not isinstance(parent, dict):
                return None
            return f'There is no "{key}" in {_shown(keys[:position]) or "this event"}; {_HAS}'
    return None


def _no_operand(keys: Keys, reading: Reading, values: Mapping[str, Any], operation: str) -> str | None:
    """Say which value is not what an operation takes."""
    if operation not in reading.operations:
        return None
    value: Any = values
    for key in keys:
        value = _item(value, key)
        if value is _MISSING:
            return None
    shown = reading.operations[operation]
    consequence = "and not true or false" if shown in _TRUTH else f"which {shown} cannot take here"
    return _met(keys, value, values, consequence)


def _met(keys: Keys, value: Any, values: Mapping[str, Any], consequence: str) -> str:
    found = f"{_shown(keys)} is {_kind(value)}"
    cause = _no_json(values) if value is None and keys in _JSON else None
    return f"{found}, {consequence}" if cause is None else f"{found}: {cause}"


def _no_json(values: Mapping[str, Any]) -> str | None:
    """Say why there is no JSON in a delivery: what else its body was."""
    body = _item(_item(values, "data"), "body")
    if not isinstance(body, dict):
        return None
    was = _KINDS_OF_BODY.get(str(body.get("kind")))
    return None if was is None else f"the body was {was}"


def _item(value: Any, key: str | int | None) -> Any:
    if isinstance(value, dict):
        return value.get(key, _MISSING)
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    return _MISSING


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return kinds.get(type(value), "bytes")


def _shown(keys: Keys) -> str:
    text = ""
    for key in keys:
        plain = isinstance(key, str) and key.isidentifier()
        text += f".{key}" if plain else f'["{key}"]' if isinstance(key, str) else f"[{key}]"
    return text.removeprefix(".")


def _readings(root: Node) -> Iterator[Reading]:
    """Yield the longest chains of fields in source order, each with what it is an operand of."""
    inner: set[int] = set()
    operations: dict[int, dict[str, str]] = {}
    for node, names in _walk(root, {}):
        for arg in node.args:
            operations.setdefault(id(arg), {}).update(_operation(node))
        if id(node) in inner:
            inner.update(id(arg) for arg in node.args[:1] if node.kind in ("select", "index"))
            continue
        chain = _chain(node, names)
        if chain is not None:
            inner.update(id(arg) for arg in node.args[:1])
            yield Reading(*chain, operations.get(id(node), {}))


def _walk(node: Node, names: Mapping[str, Keys | None]) -> Iterator[tuple[Node, Mapping[str, Keys | None]]]:
    """Every node with what the names that macros gave stand for there; None where that is no field."""
    yield node, names
    macro = binder(node)
    if macro is None:
        for arg in node.args:
            yield from _walk(arg, names)
        return
    yield from _walk(macro.over, names)
    chain = _chain(macro.over, names)
    element = None if chain is None else (*chain[0], *((None,) if macro.loops else ()))
    bound = {**names, **dict.fromkeys(macro.names[:-1]), macro.names[-1]: element}
    for body in macro.bodies:
        yield from _walk(body, bound)


def _operation(node: Node) -> dict[str, str]:
    """What a node is to its operands: the evaluator's name for it, and the reader's."""
    macro = binder(node)
    if macro is not None:
        return {"<iter_range>": node.name} if macro.loops else {}
    if node.kind == "if":
        return {"<jump_condition>": "?"}
    name = {"and": "&&", "or": "||"}.get(node.kind, node.name)
    return {name: name}


def _chain(node: Node, names: Mapping[str, Keys | None]) -> tuple[Keys, int] | None:
    """The keys from a variable down, positions of numbers among them, and from which of them on they are optional."""
    keys: list[str | int | None] = []
    optional = 0  # steps, of those collected from the end
    while node.kind != "ident":
        if node.kind == "select":
            keys.append(node.name)
        elif node.kind == "index" and (node.args[1].value is not None or node.args[1].number is not None):
            keys.append(node.args[1].number if node.args[1].value is None else node.args[1].value)
        else:
            return None
        optional = len(keys) if node.optional else optional
        node = node.args[0]
    start = names.get(node.name, (node.name.removeprefix("."),))
    if start is None:
        return None
    return (*start, *reversed(keys)), len(start) + len(keys) - optional if optional else len(start) + len(keys)


def _to_blame(node: Node, ask: Ask) -> Node:
    """Return the smallest clause of ``node`` that has the error: operands that were not reached have none."""
    left = _ASKED
    while node.kind in ("and", "or", "if") and left > 0:
        if node.kind == "if":
            value, error = ask(node.args[0])
            left -= 1
            node = node.args[0] if error is not None else node.args[1 if value is True else 2]
            continue
        for arg in node.args[:left]:
            left -= 1
            if ask(arg)[1] is not None:
                node = arg
                break
        else:
            break
    return node
