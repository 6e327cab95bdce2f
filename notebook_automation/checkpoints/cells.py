"""What a cell's source names: what it binds, what it reads, which attributes of modules it sets."""

from __future__ import annotations

import ast
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .kinds import is_a

_REACHES_ANYTHING = frozenset(("globals", "locals", "vars", "eval", "exec", "get_ipython", "gc", "inspect", "ctypes"))


@dataclass(frozen=True, slots=True)
class CellNames:
    """``attributes`` are set on a name: (name, attribute). ``anything``: it may reach every name."""

    binds: frozenset[str]
    reads: frozenset[str]
    attributes: frozenset[tuple[str, str]]
    anything: bool
    left: frozenset[str] = frozenset()
    """Bound by a ``with`` statement alone: what they hold was closed at its end."""
    calls: frozenset[str] = frozenset()
    """Functions of modules that are called by name, dotted."""

    def touches(self, name: str) -> bool:
        """Whether the cell may have changed what ``name`` holds."""
        return self.anything or name in self.reads or name in self.binds


@dataclass
class _Reader(ast.NodeVisitor):
    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    attributes: set[tuple[str, str]] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)

    def visit_Name(self, node: ast.Name) -> None:
        (self.reads if isinstance(node.ctx, ast.Load) else self.binds).add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name):
            self.attributes.add((node.value.id, node.attr))
        self.generic_visit(node)

    def visit_With(self, node: ast.With) -> None:
        self._visit_with(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self._visit_with(node)

    def _visit_with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if isinstance(item.optional_vars, ast.Name):
                self.left.add(item.optional_vars.id)
            elif item.optional_vars is not None:
                self.visit(item.optional_vars)
        for statement in node.body:
            self.visit(statement)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            self.calls.add(f"{node.func.value.id}.{node.func.attr}")
        if isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr") and len(node.args) > 1:
            target, attribute = node.args[:2]
            if isinstance(target, ast.Name) and isinstance(attribute, ast.Constant):
                self.attributes.add((target.id, str(attribute.value)))
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.binds.add(node.name)
        self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.binds.add(node.name)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.binds.add(node.name)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self.binds.add((node.asname or node.name).partition(".")[0])


def names_of(source: str, namespace: Mapping[str, Any]) -> CellNames:
    """Return what a cell names, by itself and through the notebook's functions that it leads to.

    ``source`` is Python, as the shell has it after magics were translated; what cannot be read may reach anything.
    """
    reader = _Reader()
    try:
        reader.visit(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError):
        return CellNames(frozenset(), frozenset(), frozenset(), anything=True)
    anything = not _REACHES_ANYTHING.isdisjoint(reader.reads)
    seen: set[str] = set()
    todo = set(reader.reads)
    while todo:
        name = todo.pop()
        seen.add(name)
        for code in _codes(namespace.get(name)):
            mentioned = set(_mentioned(code))
            anything = anything or not _REACHES_ANYTHING.isdisjoint(mentioned)
            todo |= (mentioned & namespace.keys()) - seen
    return CellNames(
        binds=frozenset(reader.binds | reader.left),
        reads=frozenset(seen),
        attributes=frozenset(reader.attributes),
        anything=anything,
        left=frozenset(reader.left - reader.binds),
        calls=frozenset(reader.calls),
    )


def _codes(value: Any) -> list[types.CodeType]:
    """Return the code of a function of the notebook, and of the methods of its classes and their instances."""
    if is_a(value, types.FunctionType):
        return [value.__code__] if value.__module__ == "__main__" else []
    kind = value if is_a(value, type) else type(value)
    if kind.__module__ != "__main__":
        return []
    return [one.__code__ for one in vars(kind).values() if isinstance(one, types.FunctionType)]


def _mentioned(code: types.CodeType) -> list[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return [*code.co_names, *(name for one in inner for name in _mentioned(one))]
