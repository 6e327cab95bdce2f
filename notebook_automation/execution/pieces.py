"""Cuts a cell at the statements that wait, so that what stands before a wait has run and is saved when it begins."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nbformat import NotebookNode

from notebook_automation.domain.cells import without_magics
from notebook_automation.domain.checkpoints import sources_hash

from .called_notebook import is_executed
from .checkpointing import Place

PACKAGE = "notebook_automation"
WAITING = frozenset(
    {"sleep", "sleep_until", "wait", "next_signal", "wait_for_event", "next_event", "inquire", "inquire_all"}
)
"""The SDK's functions that may let their session wait."""
_NOT_NOW = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(slots=True)
class SdkNames:
    """By what names a notebook knows the SDK: ``modules`` are those of the package, ``functions`` of what waits."""

    modules: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, sources: Iterable[str]) -> SdkNames:
        """Return the names that the imports in the cells ``sources`` make."""
        names = cls()
        for source in sources:
            if PACKAGE not in source:
                continue
            for node in ast.walk(_parsed(source) or ast.Module([], [])):
                if isinstance(node, ast.Import):
                    names.modules |= {one.asname or one.name for one in node.names if one.name == PACKAGE}
                elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
                    names.functions |= {one.asname or one.name for one in node.names if one.name in WAITING}
        return names

    def waits(self, node: ast.AST) -> bool:
        """Return whether ``node`` calls what waits when it runs, and not only later, as the body of a function does."""
        if isinstance(node, _NOT_NOW):
            return False
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in self.functions:
                return True
            if isinstance(called, ast.Attribute) and called.attr in WAITING:
                return isinstance(called.value, ast.Name) and called.value.id in self.modules
        return any(self.waits(child) for child in ast.iter_child_nodes(node))


def pieces_of(source: str, names: SdkNames) -> list[str]:
    """Return the cell ``source`` in pieces that are to run one after the other; most cells are one.

    Each statement at the cell's top level that waits stands alone. Comments before a piece keep its line numbers; what
    is no cell's last expression is not shown. A cell with a cell magic, or that Python cannot read, is one piece.
    """
    if not (names.modules or names.functions) or source.lstrip().startswith("%%"):
        return [source]
    module = _parsed(source)
    if module is None or not any(map(names.waits, module.body)):
        return [source]
    groups = _groups(module.body, names)
    if any(_first_line(after[0]) <= (before[-1].end_lineno or 0) for before, after in pairwise(groups)):
        # Two statements on one line: `a = 1; na.sleep(5)`.
        return [source]
    lines = source.splitlines()
    return [_text(lines, groups, number) for number in range(len(groups))]


def _groups(body: list[ast.stmt], names: SdkNames) -> list[list[ast.stmt]]:
    groups: list[list[ast.stmt]] = []
    waited = True
    for statement in body:
        waits = names.waits(statement)
        if waits or waited:
            groups.append([statement])
        else:
            groups[-1].append(statement)
        waited = waits
    return groups


def _text(lines: list[str], groups: list[list[ast.stmt]], number: int) -> str:
    """Return the text of one group: all from the end of the group before, comments and magics included."""
    is_last = number == len(groups) - 1
    begin = 0 if number == 0 else groups[number - 1][-1].end_lineno or 0
    end = len(lines) if is_last else groups[number][-1].end_lineno or 0
    # Comments: IPython would take empty lines away.
    text = "#\n" * begin + "\n".join(lines[begin:end])
    shows = isinstance(groups[number][-1], ast.Expr)
    # IPython shows what a piece ends with, which for the cell is no end.
    return text if is_last or not shows else f"{text}\nNone;"


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class PiecePlan:
    """The pieces of all cells that a run of ``nb`` executes, in their order; ``nb`` is as it is sent to the kernel."""

    def __init__(self, nb: NotebookNode) -> None:
        executed = {index: cell.source for index, cell in enumerate(nb.cells) if is_executed(cell)}
        names = SdkNames.of(executed.values())
        self._pieces = {index: pieces_of(source, names) for index, source in executed.items()}
        self._order = [Place(index, number) for index, found in self._pieces.items() for number in range(len(found))]
        self._sources: dict[Place, str] = {}
        before = ""
        for place in self._order:
            before = sources_hash(before, self._pieces[place.cell_index][place.piece])
            self._sources[place] = before

    @property
    def places(self) -> Sequence[Place]:
        """All pieces, in order."""
        return self._order

    def pieces(self, cell_index: int) -> Sequence[str]:
        """Return the pieces of a cell; none where it is not executed."""
        return self._pieces.get(cell_index, ())

    def sources(self, place: Place) -> str:
        """Return the hash of all that has run when ``place`` has."""
        return self._sources[place]

    def all_sources(self) -> dict[tuple[int, int], str]:
        """Return `sources` of all pieces, by (the cell's index, the piece's number)."""
        return {(place.cell_index, place.piece): found for place, found in self._sources.items()}

    def after(self, place: Place) -> Place | None:
        """Return the piece that follows; None after the last."""
        number = self._order.index(place) + 1
        return self._order[number] if number < len(self._order) else None

    def cell_number(self, cell_index: int) -> int:
        """Return the number of a cell as the log counts: those that run, from 1."""
        return list(self._pieces).index(cell_index) + 1
