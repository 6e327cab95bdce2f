"""Integers beyond 64 bits, which CEL knows only as doubles: what a mapping passes on stays what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .syntax import Node

_DOUBLES = 2.0**63
"""From here on a double may stand for an integer that CEL could not hold."""
_MISSING = object()


def passed_on(root: Node, text: str, variables: Mapping[str, Any]) -> Any:
    """Return the value at which a chain of fields and positions points, if it holds such an integer; else None.

    ``root`` is the tree of ``text``. Only for chains: anything that computes gives CEL's own values.
    """
    value = _at(root, text, variables)
    return value if value is not _MISSING and _holds_large(value) else None


def is_inexact(result: Any, variables: Mapping[str, Any]) -> bool:
    """Whether ``result`` holds a double that may stand for an integer of the ``variables`` that CEL could not hold."""
    return _any(result, lambda one: isinstance(one, float) and abs(one) >= _DOUBLES) and _holds_large(variables)


def _at(node: Node, text: str, variables: Mapping[str, Any]) -> Any:
    if node.kind == "ident":
        return variables.get(node.name.removeprefix("."), _MISSING)
    if node.kind not in ("select", "index"):
        return _MISSING
    owner = _at(node.args[0], text, variables)
    key: Any = node.name
    if node.kind == "index":
        literal = node.args[1]
        key = literal.value
        if literal.kind == "literal" and literal.name == "INT_LIT" and text[literal.start : literal.end].isdecimal():
            key = int(text[literal.start : literal.end])
    if isinstance(owner, Mapping):
        return owner.get(key, _MISSING)
    if isinstance(owner, list | tuple) and isinstance(key, int) and key < len(owner):
        return owner[key]
    return _MISSING


def _holds_large(value: Any) -> bool:
    return _any(value, lambda one: isinstance(one, int) and not -(2**63) <= one < 2**63)


def _any(root: Any, test: Any) -> bool:
    stack = [root]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            stack.extend(value.values())
        elif isinstance(value, list | tuple):
            stack.extend(value)
        elif test(value):
            return True
    return False
