"""What may be nothing at all (``.?field``, ``optional.of``, ``first()``): where it is made, and where it is used up."""

from __future__ import annotations

from .binders import binder
from .syntax import Node

_METHODS = frozenset({"first", "last", "optMap", "optFlatMap", "or"})
_FUNCTIONS = frozenset({"of", "none", "ofNonZeroValue"})
_CALLS = frozenset(f"optional.{name}" for name in _FUNCTIONS)
_USED_UP_BY = frozenset({"orValue", "hasValue", "value", "or", "optMap", "optFlatMap"})


def gives_optional(node: Node) -> bool:
    """Whether the form of ``node`` tells that its value is an optional one."""
    if node.kind in ("select", "index"):
        return node.optional or gives_optional(node.args[0])
    if node.kind == "if":
        return any(gives_optional(branch) for branch in node.args[1:])
    if node.kind == "call":
        return node.name in _CALLS or (node.name == "cel.bind" and gives_optional(node.args[-1]))
    if node.kind != "method":
        return False
    return node.name in _METHODS or (node.name in _FUNCTIONS and node.args[0].name == ".optional")


def kept_optional(text: str, root: Node) -> Node | None:
    """The first optional value that a list, an object, a name or a function may hold; None where all are used up.

    ``text`` is what ``root`` is the tree of. The whole expression may give one.
    """
    stack = [(root, True)]
    while stack:
        node, allowed = stack.pop()
        if not allowed and gives_optional(node):
            return node
        stack += [(arg, _uses_up(text, node, place, allowed)) for place, arg in enumerate(node.args)]
    return None


def _uses_up(text: str, node: Node, place: int, allowed: bool) -> bool:
    """Whether ``node`` leaves nothing of an optional value that its operand at ``place`` gives.

    Or it gives that on, and whatever it stands in uses it up (``allowed``; ``gives_optional`` has looked at that).
    """
    match node.kind:
        case "select" | "index":
            return place == 0
        case "if":
            return place > 0 and allowed
        case "list":
            return _is_marked(text, node.args[place])
        case "map":
            return place % 2 == 1 and _is_marked(text, node.args[place - 1])
        case "call":
            return node.name == "cel.bind" and place == 2 and allowed
        case "method" if node.name in _USED_UP_BY:
            macro = binder(node)
            body = macro is not None and place == len(node.args) - 1
            return place == 0 or (node.name == "or" and allowed) or (body and node.name == "optFlatMap" and allowed)
    return False


def _is_marked(text: str, entry: Node) -> bool:
    """Whether an element or key is written ``?entry``."""
    before = text[: entry.start].rstrip(" \t\r\n(")
    return before.endswith("?") and before[:-1].rstrip().endswith(("[", "{", ","))
