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

from .field_paths import dotted, paths, with_lower_headers
from .syntax import Node, parse
from .values import shortened

_KINDS: dict[str, ClauseKind] = {"and": "all", "or": "any", "if": "if", "unary": "not"}
_ABSENT = object()


class Explainer:
    """Splits one expression at ``&&``, ``||``, ``!`` and ``? :`` that stand outside every loop.

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
        tree = self._clause(text, root)
        return Explanation(self._outcome(text), tree, tuple(_tests(tree)))

    def _clause(self, text: str, node: Node) -> Clause:
        part = text[node.start : node.end]
        kind = _KINDS.get(node.kind, "test") if node.kind != "unary" or node.name == "!" else "test"
        outcome = self._outcome(part)
        result = outcome.matched if outcome.error is None else None
        # What does not fit into the bound stays whole, so that nothing is left out.
        if kind != "test" and len(node.args) <= self._left:
            self._left -= len(node.args) - 1
            parts = tuple(self._clause(text, arg) for arg in node.args)
            return Clause(part, result, outcome.error, {}, kind, parts)
        return Clause(part, result, outcome.error, self._read(part))

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
    return [test for part in clause.parts for test in _tests(part)]
