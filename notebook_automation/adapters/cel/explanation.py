"""Why a filter did or did not match: its truth, clause by clause, with the values that each clause read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from notebook_automation.domain.filters import (
    Clause,
    ClauseKind,
    Explanation,
    FilterLimits,
    FilterOutcome,
)

from .binders import binder
from .field_paths import dotted, paths, with_lower_headers
from .syntax import Node, parse
from .values import shortened

_KINDS: dict[str, ClauseKind] = {"and": "all", "or": "any", "if": "if", "unary": "not"}
_ABSENT = object()
_Within = Callable[[str], str]


def _alone(part: str) -> str:
    return part


class Explainer:
    """Splits one expression at ``&&``, ``||``, ``!`` and ``? :`` that stand outside every loop.

    The body of ``cel.bind`` is split as well, each clause with what is bound around it.

    Outside loops each part is an expression of its own over the same variables, so the evaluator itself gives
    its truth; there is no second evaluator that could disagree.
    """

    def __init__(
        self, outcome: Callable[[str], FilterOutcome], values: Mapping[str, Any], limits: FilterLimits
    ) -> None:
        self._outcome = outcome
        self._values = values
        self._limits = limits
        self._left = limits.clauses

    def explain(self, text: str, root: Node) -> Explanation:
        tree = self._clause(text, root, _alone)
        return Explanation(self._outcome(text), tree, tuple(_tests(tree)))

    def _clause(self, text: str, node: Node, within: _Within) -> Clause:
        part = text[node.start : node.end]
        kind = _KINDS.get(node.kind, "test") if node.kind != "unary" or node.name == "!" else "test"
        macro = binder(node)
        if node.name == "cel.bind" and macro is not None and macro.bodies[0].kind in _KINDS:
            # What is bound is of interest only in the clauses that use it.
            start = text[node.start : macro.bodies[0].start]
            return self._clause(text, macro.bodies[0], lambda inner: within(f"{start}{inner})"))
        outcome = self._outcome(within(part))
        result = outcome.matched if outcome.error is None else None
        # What does not fit into the bound stays whole, so that nothing is left out.
        if kind != "test" and len(node.args) <= self._left:
            self._left -= len(node.args) - 1
            parts = tuple(self._clause(text, arg, within) for arg in node.args)
            return Clause(part, result, outcome.error, {}, kind, parts)
        return Clause(part, result, outcome.error, self._read(within(part)))

    def _read(self, part: str) -> dict[str, Any]:
        root = parse(part, self._limits)
        root = parse(with_lower_headers(part, root), self._limits)
        seen: dict[str, Any] = {}
        for names in sorted(paths(root)):
            name = dotted(names)
            value = self._look_up(name.split("."))
            if value is not _ABSENT:
                seen[name] = value
        return seen

    def _look_up(self, names: list[str]) -> Any:
        value: Any = self._values
        for name in names:
            if not isinstance(value, Mapping) or name not in value:
                return _ABSENT
            value = value[name]
        return shortened(value, self._limits)


def _tests(clause: Clause) -> list[Clause]:
    if clause.kind == "test":
        return [clause]
    tests = [test for part in clause.parts for test in _tests(part)]
    if clause.kind != "not":
        return tests
    # Told apart from what it negates, each test would seem to hold where the whole does not.
    read = {name: value for test in tests for name, value in test.values.items()}
    return [Clause(clause.text, clause.result, clause.error, read)]
