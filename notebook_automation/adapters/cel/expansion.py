"""What the evaluator's build lacks, written with what it has, just before an expression is compiled.

Only the compiler sees the result: bounds, reasons and explanations stay with the text that a person wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .field_paths import walk
from .optionals import gives_optional
from .syntax import Node

RESERVED = "__expansion_"
"""How names begin that stand in expanded texts alone, so that none of them hides a name that a person wrote."""
OF_PAIRS, OF_OBJECTS = f"{RESERVED}of_pairs", f"{RESERVED}of_objects"
"""Functions that ``environment`` adds: what ``transformList`` collected becomes an object."""

_VALUE = f"{RESERVED}value"
_MACROS = re.compile(r"\b(?:exists_one|existsOne|transformMap|transformMapEntry)\b")
_CLOSING = frozenset(",])")  # how an edit begins that ends something
_OPENS = 10**6
_Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Expanded:
    """``text`` for the compiler, and how it came from the text that a person wrote."""

    text: str
    edits: tuple[_Edit, ...] = ()

    def origin(self, position: int) -> int:
        """Where in the original stands what is at ``position`` of the expanded text."""
        grown = 0
        for start, end, new in self.edits:
            if position < start + grown:
                break
            if position < start + grown + len(new):
                return start
            grown += len(new) - (end - start)
        return position - grown


def may_lack(masked: str) -> bool:
    """Whether an expression that the compiler refuses may have a macro that is only to be had by expansion."""
    return _MACROS.search(masked) is not None


def expanded(text: str, masked: str, root: Node) -> Expanded:
    """Expand ``text``, of which ``root`` is the tree and ``masked`` what ``scan.mask`` gives.

    - ``list.existsOne(x, …)`` and ``list.exists_one(i, x, …)`` are each other's other spelling.
    - ``transformMap`` and ``transformMapEntry`` collect a list, which a function of ours turns into an object.
    - ``a.?b`` and ``a[?b]`` of an ``a`` that is null are nothing, as in cel-go, which other products are built on.
      ``has(a.?b.c)`` keeps its ``.c`` in sight, as the macro asks for a field.
    """
    tested = {id(node.args[0]) for node, _ in walk(root) if node.name == "has" and len(node.args) == 1}
    edits = [
        # At one place the inner node closes before the outer one, which opens before the inner one.
        ((start, -order if new[0] in _CLOSING else _OPENS + order), (start, end, new))
        for order, (node, _) in enumerate(walk(root))
        for start, end, new in _edits(node, masked, id(node) in tested)
    ]
    return _applied(text, [edit for _, edit in sorted(edits)])


def object_of_pairs(pairs: Any) -> dict[Any, Any]:
    """Return the object whose keys and values are ``pairs``, each a list of two."""
    return _object((key, value) for key, value in pairs)


def object_of_objects(objects: Any) -> dict[Any, Any]:
    """Return the object that has all that ``objects`` have. Raises ValueError where two have the same key."""
    if not all(isinstance(each, dict) for each in objects):
        raise ValueError("transformMapEntry needs an object for each element: write {key: value}")
    return _object(entry for each in objects for entry in each.items())


def _object(entries: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in entries:
        if key in found:
            raise ValueError(f"two elements have the same key, {str(key)[:100]!r}")
        found[key] = value
    return found


def _applied(text: str, edits: list[_Edit]) -> Expanded:
    pieces: list[str] = []
    at = 0
    for start, end, new in edits:
        pieces += [text[at:start], new]
        at = end
    return Expanded("".join([*pieces, text[at:]]), tuple(edits))


def _edits(node: Node, masked: str, is_tested: bool) -> Iterator[_Edit]:
    if node.kind == "method":
        yield from _method(node)
    elif node.kind in ("select", "index") and gives_optional(node):
        owner = node.args[0]
        value = f"{_VALUE}.orValue(dyn(null))" if gives_optional(owner) else f"dyn({_VALUE})"
        # Behind the brackets that may stand around the owner.
        end = masked.index("." if node.kind == "select" else "[", owner.end)
        yield node.start, node.start, f"cel.bind({_VALUE}, "
        closing = f", {value} == null ? optional.none() : {_VALUE}"
        if is_tested and not node.optional:
            yield end, end, f"{closing})"
            return
        yield end, end, closing
        yield node.end, node.end, ")"


def _method(node: Node) -> Iterator[_Edit]:
    named = (node.name_start, node.name_start + len(node.name))
    match node.name, len(node.args):
        case "existsOne", 3:
            yield *named, "exists_one"
        case "exists_one", 4:
            yield *named, "existsOne"
        case (("transformMap" | "transformMapEntry"), (4 | 5)) if node.args[1].kind == "ident":
            yield *named, "transformList"
            yield node.start, node.start, f"{OF_PAIRS if node.name == 'transformMap' else OF_OBJECTS}("
            yield node.end, node.end, ")"
            if node.name == "transformMap":
                body = node.args[-1]
                yield body.start, body.start, f"[{node.args[1].name}, "
                yield body.end, body.end, "]"
