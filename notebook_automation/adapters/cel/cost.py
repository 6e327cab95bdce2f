"""How much work an expression can take at worst, so that no event can make a filter run for seconds.

Google's evaluator stops after 10,000 iterations, but one iteration may scan the whole event, ``map`` and
``filter`` take time in the square of the list, and a chain of ``.map(a, a + a)`` doubles its memory at every
step. So the work is bounded before: each construct has a polynomial in the longest list (``length``) and the
total size of the event, with factors measured on cel-expr-python 0.1.3 (one unit is about 2 ns).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .binders import Binder, binder
from .bounds import VALUE_UNITS, Bound, Measure, capped
from .call_costs import call_bound, largest_integer
from .field_paths import path
from .syntax import Node

_ITERATIONS = 10_000  # the evaluator's own budget
_STEP = 64  # units for one iteration of a macro
_ARITHMETIC = 400  # of an integer and a double together, which is ours
# Units for each pair of elements in the macros that copy their result at each step.
_APPEND = {"map": 42, "filter": 42, "sortBy": 84, "transformList": 60, "transformMap": 84, "transformMapEntry": 84}
_CONVERTED = 40  # for each unit of size that a function of Python is given and gives back

SizeOf = Callable[[tuple[str, ...]], Measure]


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names stand for: the loop variables, and the event, whole or (``size_of``) part by part."""

    event: Bound
    loops: Mapping[str, Bound]
    size_of: SizeOf | None

    def with_names(self, names: tuple[str, ...], size: float, length: float) -> _Scope:
        return _Scope(self.event, {**self.loops, **dict.fromkeys(names, Bound(1, size, length))}, self.size_of)

    def field(self, node: Node) -> Bound | None:
        """The bound of a field of the event, where it can be known better than as the whole event."""
        if self.size_of is None or node.kind not in ("ident", "select", "index"):
            return None
        names = path(node, frozenset(self.loops))
        if names is None:
            return None
        measure = self.size_of(names)
        return Bound(8 * len(names), measure.size, measure.length)


def worst_case(root: Node, event: Measure, size_of: SizeOf | None = None) -> float:
    """Units of work that ``root`` can take on an event of this measure, at most.

    ``size_of`` gives the measure of a field of the event at hand, for a closer bound that holds for it alone.
    """
    return _bound(root, _Scope(Bound(0, event.size, event.length), {}, size_of)).work


def _bound(node: Node, scope: _Scope) -> Bound:
    if node.kind == "literal":
        return Bound(1, node.end - node.start + VALUE_UNITS, 0, fixed=True)
    known = scope.field(node)
    if known is not None:
        return known
    if node.kind == "ident":
        return scope.loops.get(node.name, scope.event)
    macro = binder(node)
    if macro is not None:
        return _macro(node, macro, scope)
    if node.kind == "call" and node.name == "lists.range" and len(node.args) == 1:
        return _range(node.args[0], scope)
    return _operation(node, [_bound(arg, scope) for arg in node.args])


def _operation(node: Node, parts: list[Bound]) -> Bound:
    """The bound of an operator or a call from those of its operands."""
    work = sum(part.work for part in parts) + 8
    size = sum(part.size for part in parts)
    length = max((part.length for part in parts), default=0)
    match node.kind:
        case "select" | "if":
            return Bound(work, size, length)
        case "index":
            return Bound(work + parts[1].size / 8, parts[0].size, parts[0].length)
        case "and" | "or":
            return Bound(work, VALUE_UNITS, 0)
        case "list" | "map" | "struct":
            total = size + VALUE_UNITS * len(parts)
            return Bound(work + 8 * len(parts), total, max(length, len(parts)), all(part.fixed for part in parts))
        case "unary":
            return Bound(work, size, length, parts[0].fixed)
        case "binary":
            return _binary(node, parts, work)
    called = call_bound(node, parts)
    return capped(work + called.work, called.size, called.length)


def _binary(node: Node, parts: list[Bound], work: float) -> Bound:
    left, right = parts
    if node.name in ("+", "-", "*", "/", "%"):
        work += _ARITHMETIC
    if node.name == "+" and any(arg.name in ("INT_LIT", "UINT_LIT", "FLOAT_LIT") for arg in node.args):
        return Bound(work, VALUE_UNITS, 0, left.fixed and right.fixed)
    if node.name == "+":
        size = left.size + right.size
        return capped(work + 6 * size, size, left.length + right.length, left.fixed and right.fixed)
    if node.name == "in":
        # Each comparison is as long as the element it meets; in an object it is one look-up.
        return capped(work + right.size + (0 if right.fixed else left.size / 8), VALUE_UNITS, 0)
    fixed = [part.size for part in parts if part.fixed]
    compared = min(fixed) if fixed else left.size + right.size
    return capped(work + compared, VALUE_UNITS, 0, left.fixed and right.fixed)


def _range(count: Node, scope: _Scope) -> Bound:
    largest = largest_integer(count, lambda node: _bound(node, scope).size)
    return capped(_bound(count, scope).work + 24 * largest + 8, VALUE_UNITS * (largest + 1), largest)


def _macro(node: Node, macro: Binder, scope: _Scope) -> Bound:
    """The bound of a macro: of a loop over the elements, of ``cel.bind`` and ``optMap`` over the one value."""
    over = _bound(macro.over, scope)
    if macro.loops:
        return _loop(node, macro, over, scope)
    (body,) = (_bound(one, scope.with_names(macro.names, over.size, over.length)) for one in macro.bodies)
    return capped(over.work + body.work + 8, body.size, body.length)


def _loop(node: Node, macro: Binder, over: Bound, scope: _Scope) -> Bound:
    """Sum over the elements, of which only the total size is known.

    Work and size of the body grow at least in proportion to the element, so their sum is greatest when one
    element holds everything and the others nothing.
    """
    all_of_it = scope.with_names(macro.names, over.size, over.size / VALUE_UNITS)
    nothing = scope.with_names(macro.names, VALUE_UNITS, 0)
    whole = [_bound(body, all_of_it) for body in macro.bodies]
    empty = [_bound(body, nothing) for body in macro.bodies]
    steps = min(over.length, _ITERATIONS)
    work = over.work + sum(each.work for each in whole) + steps * (_STEP + sum(each.work for each in empty))
    append = _APPEND.get(node.name)
    if append is None:
        return capped(work, VALUE_UNITS, 0)
    work += append / 2 * steps * steps
    if node.name in ("filter", "sortBy"):
        return capped(work, over.size, over.length)
    size = whole[-1].size + steps * (empty[-1].size + VALUE_UNITS)
    if node.name.startswith("transformMap"):
        work += _CONVERTED * size
    return capped(work, size, max(over.length, whole[-1].length, empty[-1].length))
