"""What an expression reads: dotted paths of fields, look-ups of headers, nesting of macros."""

from __future__ import annotations

from collections.abc import Iterator

from .binders import binder
from .scan import string_literal
from .syntax import Node

_HEADERS = ("data", "headers")


def path(node: Node, bound: frozenset[str] = frozenset()) -> tuple[str, ...] | None:
    """Names from a variable down, where a node is a chain of fields; None where it is anything else.

    ``data.json["action"]`` is ``("data", "json", "action")``. ``bound`` are loop variables, which are no fields.
    """
    names: list[str] = []
    while True:
        if node.kind == "select":
            names.append(node.name)
        elif node.kind == "index" and node.args[1].value is not None:
            names.append(node.args[1].value)
        elif node.kind == "ident":
            if node.name in bound:
                return None
            names.append(node.name.removeprefix("."))
            return tuple(reversed(names))
        else:
            return None
        node = node.args[0]


def walk(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[tuple[Node, frozenset[str]]]:
    """Every node with the loop variables that hide variables there. A macro's own variable is no node."""
    yield node, bound
    macro = binder(node)
    if macro is None:
        for arg in node.args:
            yield from walk(arg, bound)
        return
    yield from walk(macro.over, bound)
    for body in macro.bodies:
        yield from walk(body, bound.union(macro.names))


def paths(root: Node) -> frozenset[tuple[str, ...]]:
    """The longest chains of names that are read, each once."""
    found: set[tuple[str, ...]] = set()
    inner: set[int] = set()
    for node, bound in walk(root):
        if id(node) in inner:
            inner.update(id(arg) for arg in node.args[:1] if node.kind in ("select", "index"))
            continue
        names = path(node, bound)
        if names is not None:
            found.add(names)
            if node.kind in ("select", "index"):
                inner.add(id(node.args[0]))
    return frozenset(found)


def dotted(names: tuple[str, ...]) -> str:
    """``data.json.action``. Stops before a key that itself has a dot, which a dotted path cannot say."""
    plain: list[str] = []
    for name in names:
        if "." in name or not name:
            break
        plain.append(name)
    return ".".join(plain)


def with_lower_headers(text: str, root: Node) -> str:
    """The text with constant names of headers in lower case, as headers are stored.

    Covers ``data.headers.X``, ``data.headers["X"]`` and ``"X" in data.headers``, under ``has()`` as well; other
    literals, and look-ups by a computed name, stay as they are.
    """
    edits: list[tuple[int, int, str]] = []
    for node, bound in walk(root):
        if node.kind == "select" and path(node.args[0], bound) == _HEADERS:
            quote = 1 if text[node.name_start] == "`" else 0
            start = node.name_start + quote
            edits.append((start, start + len(node.name), node.name.lower()))
        elif node.kind == "index" and path(node.args[0], bound) == _HEADERS:
            edits.extend(_lower(node.args[1]))
        elif node.kind == "binary" and node.name == "in" and path(node.args[1], bound) == _HEADERS:
            edits.extend(_lower(node.args[0]))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _lower(key: Node) -> list[tuple[int, int, str]]:
    if key.value is None or key.value == key.value.lower():
        return []
    return [(key.start, key.end, string_literal(key.value.lower()))]


def deepest_macro(root: Node) -> tuple[int, Node]:
    """How many macros stand within each other at most, and the innermost of them (or the root)."""
    best, where = 0, root
    stack = [(root, 0)]
    while stack:
        node, outer = stack.pop()
        macro = binder(node)
        if macro is None:
            stack.extend((arg, outer) for arg in node.args)
            continue
        inner = outer + macro.loops
        if inner > best:
            best, where = inner, node
        stack.append((macro.over, outer))
        stack.extend((body, inner) for body in macro.bodies)
    return best, where
