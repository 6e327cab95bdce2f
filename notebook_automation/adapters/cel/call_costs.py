"""What functions cost at worst, in work, size and length of what they give, for ``cost``.

Factors are measured on cel-expr-python 0.1.3 (one unit is about 2 ns) and rounded up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from .bounds import VALUE_UNITS, Bound, capped
from .syntax import Node

_COUNTED = re.compile(r"\{\d+(?:,(\d*))?\}|\{,\d+\}")
_NUMBER = re.compile(r"\d+")
_REPLACE = 90  # for each place that replace finds
_SPLIT = 130  # for each piece that split makes
_FORMATTED = 330  # the longest text of a double with six digits behind the point
_FORMATTED_EXACTLY = 1400  # and with a thousand, which is the most that can be asked for

Parts = Sequence[Bound]


def call_bound(node: Node, parts: Parts) -> Bound:
    """The bound of a call from those of its operands (of a method the target first), their own work left out."""
    rule = _RULES.get((node.name, len(parts)))
    if rule is not None:
        return rule(node, parts)
    size = sum(part.size for part in parts) + 2 * VALUE_UNITS
    length = max((part.length for part in parts), default=0)
    return capped(4 * size, size, length)


def largest_integer(node: Node, length_of: Callable[[Node], float]) -> float:
    """The most that an integer expression can be, as far as its form tells; infinity where it does not.

    ``length_of`` gives the most characters or elements that a node's value can have.
    """
    if node.kind == "literal" and node.number is not None:
        return node.number
    if node.kind in ("call", "method") and node.name in ("size", "indexOf", "lastIndexOf") and node.args:
        return length_of(node.args[0])
    if node.kind == "call" and node.name == "math.least":
        operands = node.args[0].args if len(node.args) == 1 and node.args[0].kind == "list" else node.args
        return min((largest_integer(arg, length_of) for arg in operands), default=math.inf)
    if node.kind == "binary" and node.name in ("/", "%", "-") and node.args[1].number is not None:
        # What is subtracted is a literal, so the result is no larger unless that is negative.
        return largest_integer(node.args[0], length_of) + abs(node.args[1].number) * (node.name == "-")
    return math.inf


def _free(node: Node, parts: Parts) -> Bound:
    return capped(0, parts[0].size + 2 * VALUE_UNITS, parts[0].length)


def _read_once(node: Node, parts: Parts) -> Bound:
    # The size of a string is counted in code points.
    return capped(parts[0].size, 2 * VALUE_UNITS, 0)


def _matches(node: Node, parts: Parts) -> Bound:
    return capped(parts[0].size * _pattern_units(node.args[1]), VALUE_UNITS, 0)


def _contains(node: Node, parts: Parts) -> Bound:
    text, sought = parts
    # Worst case of a naive search: both sides come from the event.
    work = text.size + sought.size if sought.fixed else text.size * max(1.0, sought.size / 64)
    return capped(work, VALUE_UNITS, 0)


def _prefix(node: Node, parts: Parts) -> Bound:
    return capped(parts[1].size if parts[1].fixed else 4 * (parts[0].size + parts[1].size), VALUE_UNITS, 0)


def _index(node: Node, parts: Parts) -> Bound:
    text, sought = parts[0], parts[1]
    return capped(text.size * (12 + sought.size / 64), VALUE_UNITS, 0)


def _replace(node: Node, parts: Parts) -> Bound:
    text, sought, new = parts[0], node.args[1].value, parts[2]
    places = text.size / max(1, len(sought or ""))
    size = text.size + places * (new.size - VALUE_UNITS if new.fixed else new.size)
    return capped(2 * size + _REPLACE * places, size, 0)


def _split(node: Node, parts: Parts) -> Bound:
    pieces = parts[0].size / max(1, len(node.args[1].value or ""))
    return capped(4 * parts[0].size + _SPLIT * pieces, parts[0].size + VALUE_UNITS * pieces, pieces)


def _join(node: Node, parts: Parts) -> Bound:
    size = parts[0].size + parts[0].length * (parts[1].size if len(parts) > 1 else 0)
    return capped(4 * size, size, 0)


def _format(node: Node, parts: Parts) -> Bound:
    text, values = parts
    longest = _FORMATTED_EXACTLY if "." in (node.args[0].value or ".") else _FORMATTED
    size = text.size + 4 * values.size + longest * values.length
    return capped(4 * size, size, 0)


def _quote(node: Node, parts: Parts) -> Bound:
    return capped(8 * parts[0].size, 2 * parts[0].size, 0)


def _sort(node: Node, parts: Parts) -> Bound:
    size, length = parts[0].size, parts[0].length
    return capped(size * (2 + math.log2(length + 2)), size, length)


def _distinct(node: Node, parts: Parts) -> Bound:
    # Each element may be compared with each one before it.
    return capped(4 * parts[0].size * max(1.0, parts[0].length), parts[0].size, parts[0].length)


def _sets(node: Node, parts: Parts) -> Bound:
    left, right = parts
    return capped(2 * (left.length * right.size + right.length * left.size) + left.size + right.size, VALUE_UNITS, 0)


def _flatten(node: Node, parts: Parts) -> Bound:
    return capped(4 * parts[0].size, parts[0].size, parts[0].size / VALUE_UNITS)


def _pattern_units(pattern: Node) -> float:
    """Units for each character searched. RE2 is linear in the text, and counted repetition multiplies its states."""
    text = pattern.value or ""
    repeated = 1.0
    for found in _COUNTED.finditer(text):
        repeated *= max((int(number) for number in _NUMBER.findall(found.group())), default=1) or 1
        repeated = min(repeated, 4096.0)
    return 8 + len(text) / 16 + (8 * repeated if repeated > 1 else 0)


_RULES: Mapping[tuple[str, int], Callable[[Node, Parts], Bound]] = {
    **{(name, 1): _free for name in ("has", "dyn", "type")},
    ("size", 1): _read_once,
    ("matches", 2): _matches,
    ("contains", 2): _contains,
    **{(name, 2): _prefix for name in ("startsWith", "endsWith")},
    **{(name, count): _index for name in ("indexOf", "lastIndexOf") for count in (2, 3)},
    **{("replace", count): _replace for count in (3, 4)},
    **{("split", count): _split for count in (2, 3)},
    **{("join", count): _join for count in (1, 2)},
    ("format", 2): _format,
    ("strings.quote", 1): _quote,
    ("sort", 1): _sort,
    ("distinct", 1): _distinct,
    **{(f"sets.{name}", 2): _sets for name in ("contains", "equivalent", "intersects")},
    **{("flatten", count): _flatten for count in (1, 2)},
}
