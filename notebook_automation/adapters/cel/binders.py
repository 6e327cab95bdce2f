"""The macros that give a name to something: loops over a list or object, ``cel.bind``, ``optMap``."""

from __future__ import annotations

from dataclasses import dataclass

from .syntax import Node

_LOOPS = frozenset({"all", "exists", "exists_one", "existsOne", "map", "filter", "sortBy"})
_PAIR_LOOPS = frozenset(
    {"all", "exists", "exists_one", "existsOne", "transformList", "transformMap", "transformMapEntry"}
)
_OPTIONALS = frozenset({"optMap", "optFlatMap"})


@dataclass(frozen=True, slots=True)
class Binder:
    """``names`` stand in ``bodies`` for (parts of) ``over``; once for each element where it ``loops``."""

    names: tuple[str, ...]
    over: Node
    bodies: tuple[Node, ...]
    loops: bool


def binder(node: Node) -> Binder | None:
    """Return what a macro binds; None where ``node`` is something else."""
    if node.kind == "call" and node.name == "cel.bind" and len(node.args) == 3 and node.args[0].kind == "ident":
        return Binder((node.args[0].name,), node.args[1], node.args[2:], loops=False)
    if node.kind != "method" or len(node.args) < 3 or node.args[1].kind != "ident":
        return None
    over, first, *rest = node.args
    if node.name in _PAIR_LOOPS and rest[0].kind == "ident" and len(rest) in (2, 3):
        return Binder((first.name, rest[0].name), over, tuple(rest[1:]), loops=True)
    if (node.name in _LOOPS and len(rest) == 1) or (node.name == "map" and len(rest) == 2):
        return Binder((first.name,), over, tuple(rest), loops=True)
    if node.name in _OPTIONALS and len(rest) == 1:
        return Binder((first.name,), over, tuple(rest), loops=False)
    return None
