"""How much work an expression can take at worst, so that no event can make a filter run for seconds.

Google's evaluator stops after 10,000 iterations, but one iteration may scan the whole event, ``map`` and
``filter`` take time in the square of the list, and a chain of ``.map(a, a + a)`` doubles its memory at every
step. So the work is bounded before: each construct has a polynomial in the longest list (``length``) and the
total size of the event, with factors measured on cel-expr-python 0.1.3 (one unit is about 2 ns).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .field_paths import path
from .syntax import Node

VALUE_UNITS = 16  # of size for each value of a payload, beside one for each character
_ITERATIONS = 10_000  # the evaluator's own budget
_STEP = 64  # units for one iteration of a macro
_APPEND = 42  # units for each pair of elements in map and filter, which copy their result at each step
_CEILING = 1e18  # no number grows past this, so nothing overflows
_FREE_CALLS = frozenset({"has", "dyn", "type", "size"})
_PREFIX_CALLS = frozenset({"startsWith", "endsWith"})
_COUNTED = re.compile(r"\{\d+(?:,(\d*))?\}|\{,\d+\}")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Measure:
    """The size of an event: ``length`` of its longest list or object, and ``size`` in units."""

    length: int
    size: int


@dataclass(frozen=True, slots=True)
class _Bound:
    """Upper bounds for a node: work to compute it, its size, its longest list; ``fixed``: known from the text."""

    work: float
    size: float
    length: float
    fixed: bool = False


SizeOf = Callable[[tuple[str, ...]], Measure]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names stand for: the loop variables, and the event, whole or (``size_of``) part by part."""

    event: _Bound
    loops: Mapping[str, _Bound]
    size_of: SizeOf | None

    def with_loop(self, variable: str, element: _Bound) -> _Scope:
        return _Scope(self.event, {**self.loops, variable: element}, self.size_of)

    def field(self, node: Node) -> _Bound | None:
        """The bound of a field of the event, where it can be known better than as the whole event."""
        if self.size_of is None or node.kind not in ("ident", "select", "index"):
            return None
        names = path(node, frozenset(self.loops))
        if names is None:
            return None
        measure = self.size_of(names)
        return _Bound(8 * len(names), measure.size, measure.length)


def worst_case(root: Node, event: Measure, size_of: SizeOf | None = None) -> float:
    """Units of work that ``root`` can take on an event of this measure, at most.

    ``size_of`` gives the measure of a field of the event at hand, for a closer bound that holds for it alone.
    """
    return _bound(root, _Scope(_Bound(0, event.size, event.length), {}, size_of)).work


def _bound(node: Node, scope: _Scope) -> _Bound:
    if node.kind == "literal":
        return _Bound(1, node.end - node.start + VALUE_UNITS, 0, fixed=True)
    known = scope.field(node)
    if known is not None:
        return known
    if node.kind == "ident":
        return scope.loops.get(node.name, scope.event)
    if node.variable is not None:
        return _macro(node, scope)
    return _operation(node, [_bound(arg, scope) for arg in node.args])


def _operation(node: Node, parts: list[_Bound]) -> _Bound:
    """The bound of an operator or a call from those of its operands."""
    work = sum(part.work for part in parts) + 8
    size = sum(part.size for part in parts)
    length = max((part.length for part in parts), default=0)
    match node.kind:
        case "select" | "if":
            return _Bound(work, size, length)
        case "index":
            return _Bound(work + parts[1].size / 8, parts[0].size, parts[0].length)
        case "and" | "or":
            return _Bound(work, VALUE_UNITS, 0)
        case "list" | "map" | "struct":
            total = size + VALUE_UNITS * len(parts)
            return _Bound(work + 8 * len(parts), total, max(length, len(parts)), all(part.fixed for part in parts))
        case "unary":
            return _Bound(work, size, length, parts[0].fixed)
        case "binary":
            return _binary(node, parts, work)
    return _call(node, parts, work)


def _binary(node: Node, parts: list[_Bound], work: float) -> _Bound:
    left, right = parts
    if node.name == "+" and any(arg.name in ("INT_LIT", "UINT_LIT", "FLOAT_LIT") for arg in node.args):
        return _Bound(work, VALUE_UNITS, 0, left.fixed and right.fixed)
    if node.name == "+":
        size = left.size + right.size
        return _cap(work + 6 * size, size, left.length + right.length, left.fixed and right.fixed)
    if node.name == "in":
        # Each comparison is as long as the element it meets; in an object it is one look-up.
        return _cap(work + right.size + (0 if right.fixed else left.size / 8), VALUE_UNITS, 0)
    fixed = [part.size for part in parts if part.fixed]
    compared = min(fixed) if fixed else left.size + right.size
    return _cap(work + compared, VALUE_UNITS, 0, left.fixed and right.fixed)


def _call(node: Node, parts: list[_Bound], work: float) -> _Bound:
    size = sum(part.size for part in parts) + 2 * VALUE_UNITS
    length = max((part.length for part in parts), default=0)
    if node.name in _FREE_CALLS and len(parts) == 1:
        # The size of a string is counted in code points, so it is read once.
        return _cap(work + (parts[0].size if node.name == "size" else 0), size, length)
    search = _search_work(node, *parts) if len(parts) == 2 else None
    if search is not None:
        return _cap(work + search, VALUE_UNITS, 0)
    return _cap(work + 4 * size, size, length)


def _search_work(node: Node, text: _Bound, sought: _Bound) -> float | None:
    """Work of a function that looks for ``sought`` in ``text``; None where ``node`` calls another one."""
    if node.name == "matches":
        return text.size * _pattern_units(node.args[1])
    if node.name == "contains":
        # Worst case of a naive search: both sides come from the event.
        return text.size + sought.size if sought.fixed else text.size * max(1.0, sought.size / 64)
    return sought.size if node.name in _PREFIX_CALLS and sought.fixed else None


def _pattern_units(pattern: Node) -> float:
    """Units for each character searched. RE2 is linear in the text, and counted repetition multiplies its states."""
    text = pattern.value or ""
    repeated = 1.0
    for found in _COUNTED.finditer(text):
        repeated *= max((int(number) for number in _NUMBER.findall(found.group())), default=1) or 1
        repeated = min(repeated, 4096.0)
    return 8 + len(text) / 16 + (8 * repeated if repeated > 1 else 0)


def _macro(node: Node, scope: _Scope) -> _Bound:
    """Sum over the elements, of which only the total size is known.

    Work and size of the body grow at least in proportion to the element, so their sum is greatest when one
    element holds everything and the others nothing.
    """
    over = _bound(node.args[0], scope)
    variable = node.variable or ""
    bodies = node.args[2:]
    all_of_it = scope.with_loop(variable, _Bound(1, over.size, over.size / VALUE_UNITS))
    nothing = scope.with_loop(variable, _Bound(1, VALUE_UNITS, 0))
    whole = [_bound(body, all_of_it) for body in bodies]
    empty = [_bound(body, nothing) for body in bodies]
    steps = min(over.length, _ITERATIONS)
    work = over.work + sum(each.work for each in whole) + steps * (_STEP + sum(each.work for each in empty))
    if node.name not in ("map", "filter"):
        return _cap(work, VALUE_UNITS, 0)
    work += _APPEND / 2 * steps * steps
    if node.name == "filter":
        return _cap(work, over.size, over.length)
    size = whole[-1].size + steps * (empty[-1].size + VALUE_UNITS)
    return _cap(work, size, max(over.length, whole[-1].length, empty[-1].length))


def _cap(work: float, size: float, length: float, fixed: bool = False) -> _Bound:
    return _Bound(min(work, _CEILING), min(size, _CEILING), min(length, _CEILING), fixed)
