"""From text to a small tree of nodes with exact positions: parsing only, nothing is evaluated here.

The parser of ``cel-python`` reads a masked copy (see ``scan``), after Google's compiler has accepted the text.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from notebook_automation.domain.filters import FilterLimits

from .scan import invalid, mask, string_value

NAMESPACES = frozenset({"base64", "cel", "lists", "math", "optional", "sets", "strings"})
"""Names that are no variables where a function of theirs is called: ``math.abs(…)``."""

_DEPTH = 200  # of the tree; Google's compiler stops at 32, chains of ! and - excepted
_parsing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Node:
    """One construct. ``kind``: literal, ident, select, index, call, method, list, map, struct, unary, binary,
    and, or, if. ``name`` is the identifier, field, function or operator; ``args`` are the operands in source
    order, of a method and an index the target first. ``start``/``end`` are positions in the text.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    args: tuple[Node, ...] = ()
    value: str | None = None  # of a string literal
    number: int | None = None  # of an integer literal
    name_start: int = -1  # where the name of a select or a method stands
    optional: bool = False  # a select or index that is written .?field or [?key]
    depth: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((arg.depth for arg in self.args), default=0))


def parse(text: str, limits: FilterLimits) -> Node:
    """The tree of ``text``; raises ``Invalid`` (``filter_invalid``) where it cannot be read."""
    masked = mask(text, limits)
    parser, parse_error, build = _tools()
    with _parsing:
        try:
            tree = parser.parse(masked)
        except parse_error as error:
            line, column = error.line or 1, error.column or 1
            lines = masked.split("\n")
            position = sum(len(each) + 1 for each in lines[: line - 1]) + column - 1
            position = max(0, min(position, len(text) - 1))
            raise invalid(text, position, "The syntax is wrong from here on: rewrite it") from error
    root: Node = build(text).transform(tree)
    if root.depth > _DEPTH:
        raise invalid(text, root.start, "The expression is nested too deeply: simplify it")
    return root


@cache
def _tools() -> tuple[Any, Any, Any]:
    # A tenth of a second to import, so not before the first filter.
    from celpy.celparser import CELParseError, CELParser
    from lark import Token
    from lark.visitors import Transformer_NonRecursive

    class Build(Transformer_NonRecursive[Any, Any]):
        """Bottom-up, without recursion: a chain of 2,000 operators is a tree of 4,000 levels."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

        def __default__(self, data: Any, children: list[Any], meta: Any) -> Any:
            start, end = getattr(meta, "start_pos", 0), getattr(meta, "end_pos", 0)
            children = [self._name(c) if isinstance(c, Token) else c for c in children]
            return _node(self.text, str(data), children, start, end)

        def _name(self, token: Any) -> _Name:
            start, end = token.start_pos, token.end_pos
            return _Name(self.text[start:end].strip("`"), start, end, str(token.type))

    return CELParser(), CELParseError, Build


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class _Operator:
    """A left operand that waits for its right one; for a prefix operator there is none."""

    name: str
    left: Node | None = None


_OPERATORS = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
    "unary_not": "!",
    "unary_neg": "-",
}


def _node(text: str, rule: str, parts: list[Any], start: int, end: int) -> Any:
    if rule in _OPERATORS:
        return _Operator(_OPERATORS[rule], parts[0] if parts else None)
    if rule in ("exprlist", "mapinits", "fieldinits"):
        return parts
    if rule == "expr" and len(parts) == 3:
        return Node("if", start, end, "?", tuple(parts))
    if rule in ("conditionalor", "conditionaland") and len(parts) == 2:
        return _flat("or" if rule == "conditionalor" else "and", parts, start, end)
    if parts and isinstance(parts[0], _Operator):
        operator, right = parts
        if operator.left is None:
            return Node("unary", start, end, operator.name, (right,))
        return Node("binary", start, end, operator.name, (operator.left, right))
    if len(parts) == 1 and isinstance(parts[0], Node) and rule not in ("list_lit", "map_lit", "member_object"):
        return parts[0]
    return _primary(text, rule, parts, start, end)


def _flat(kind: str, parts: list[Node], start: int, end: int) -> Node:
    left, right = parts
    head = left.args if left.kind == kind else (left,)
    tail = right.args if right.kind == kind else (right,)
    return Node(kind, start, end, kind, head + tail)


def _primary(text: str, rule: str, parts: list[Any], start: int, end: int) -> Node:
    arguments = tuple(parts[-1]) if parts and isinstance(parts[-1], list) else ()
    match rule:
        case "literal":
            return _literal(text, parts[0], start, end)
        case "ident":
            kind = "literal" if parts[0].text in ("true", "false", "null") else "ident"
            return Node(kind, start, end, parts[0].text)
        case "dot_ident":
            return Node("ident", start, end, "." + parts[0].text)
        case "ident_arg" | "dot_ident_arg":
            return Node("call", start, end, parts[0].text, arguments)
        case "member_dot":
            optional = "?" in text[parts[0].end : parts[1].start]
            name = parts[1]
            return Node("select", start, end, name.text, (parts[0],), name_start=name.start, optional=optional)
        case "member_dot_arg":
            if parts[0].kind == "ident" and parts[0].name in NAMESPACES:
                return Node("call", start, end, f"{parts[0].name}.{parts[1].text}", arguments)
            return Node("method", start, end, parts[1].text, (parts[0], *arguments), name_start=parts[1].start)
        case "member_index":
            optional = "?" in text[parts[0].end : parts[1].start]
            return Node("index", start, end, "[]", tuple(parts), optional=optional)
        case "list_lit":
            return Node("list", start, end, "[]", arguments)
        case "map_lit":
            return Node("map", start, end, "{}", arguments)
    return _struct(parts[0], arguments, start, end)


def _literal(text: str, token: _Name, start: int, end: int) -> Node:
    value = string_value(text[start:end]) if token.type in ("STRING_LIT", "MLSTRING_LIT") else None
    number = int(text[start:end], 16 if "x" in text[start:end] else 10) if token.type == "INT_LIT" else None
    return Node("literal", start, end, token.type, value=value, number=number)


def _struct(name: Node, arguments: tuple[Any, ...], start: int, end: int) -> Node:
    # Between the values stand the names of the fields, which are no nodes.
    members = tuple(part for part in arguments if isinstance(part, Node))
    return Node("struct", start, end, "{}", (name, *members))
