"""Reads a `parameters` cell: the names it sets, their defaults, types and help. In linear time, whatever is in it.

papermill's inspection gives the same answers for what it can read; its expression takes minutes for a line of spaces,
and it passes over targets in a row, lines with two `=`, and names without a value.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from notebook_automation.domain.cells import without_magics
from notebook_automation.domain.parameters import Parameter, json_type

LONGEST = 200_000
"""Characters up to which a cell is parsed: beyond, only the names at the beginnings of its lines are read."""

_TYPES = {
    **dict.fromkeys(("str", "Text"), "string"),
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    **dict.fromkeys(("list", "List", "tuple", "Tuple", "Sequence", "Iterable", "Collection"), "array"),
    **dict.fromkeys(("dict", "Dict", "Mapping", "MutableMapping"), "object"),
}
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python raises for text that is no Python, holds a NUL or half a character, or is nested too deep."""


def declared(source: str, language: str, kernel_name: str = "") -> list[Parameter] | None:
    """Return the parameters that a `parameters` cell declares; None where the language is one that nobody reads here.

    What stands under `if`, `try`, `with` or a loop counts, and of two values for one name the later; a magic beside
    is passed over. ``kernel_name`` finds papermill's translator for a language other than Python.
    """
    if language.lower() not in ("python", "ipython"):
        return _inspected(source, language, kernel_name)
    tree = _parsed(source) or _parsed(without_magics(source))
    if tree is None:
        return list(_named(_line_parameters(source)))
    lines = [line.encode("utf-8", "surrogatepass") for line in _lines(source)]
    return list(_named(_PythonCell(lines).parameters(tree.body, sure=True)))


def _parsed(source: str) -> ast.Module | None:
    if len(source) > LONGEST:
        return None
    try:
        return ast.parse(source)
    except _UNREADABLE:
        return None


def _lines(source: str) -> list[str]:
    """Return the lines as Python counts them: a form feed ends none."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _named(found: Iterable[tuple[Parameter, bool]]) -> Iterator[Parameter]:
    """Yield one parameter for each name. A value that is not sure to be set is shown, and is no default to fill in."""
    known: dict[str, Parameter] = {}
    for parameter, sure in found:
        before = known.get(parameter.name)
        one = parameter
        if not sure and before is not None:
            one = _either(before, parameter)
        elif not sure:
            one = replace(parameter, value=None)
        elif before is not None and not parameter.has_default:
            one = before
        known[parameter.name] = one
    yield from known.values()


def _either(before: Parameter, after: Parameter) -> Parameter:
    kinds = {before.type, after.type}
    kind = kinds.pop() if len(kinds) == 1 else "number" if kinds == {"integer", "number"} else "any"
    return replace(
        after,
        type=kind,
        value=None,
        has_default=before.has_default or after.has_default,
        annotated=before.annotated and after.annotated,
        help=after.help or before.help,
    )


class _PythonCell:
    """Reads statements; ``lines`` are the cell's, in UTF-8, as the syntax tree counts its columns."""

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines

    def parameters(self, statements: Iterable[ast.stmt], *, sure: bool) -> Iterator[tuple[Parameter, bool]]:
        """Yield what the statements set, and whether they are sure to."""
        for statement in statements:
            if isinstance(statement, ast.Assign):
                for target in statement.targets:
                    for one in self._assigned(target, statement.value):
                        yield self._commented(one, statement), sure
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                yield self._commented(self._annotated(statement, statement.target.id), statement), sure
            elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                always = sure and isinstance(statement, ast.With)
                for body in _bodies(statement):
                    yield from self.parameters(body, sure=always)

    def _assigned(self, target: ast.expr, value: ast.expr) -> Iterator[Parameter]:
        if isinstance(target, ast.Name):
            kind, literal = _typed(value, "any")
            yield Parameter(name=target.id, default=self._text(value), type=kind, value=literal)
        elif isinstance(target, ast.Starred):
            for name in _names(target.value):
                yield Parameter(name=name, default="")
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            if len(parts) == len(target.elts) and not any(isinstance(e, ast.Starred) for e in (*parts, *target.elts)):
                for one, part in zip(target.elts, parts, strict=True):
                    yield from self._assigned(one, part)
            else:
                for name in _names(target):
                    yield Parameter(name=name, default="")

    def _annotated(self, statement: ast.AnnAssign, name: str) -> Parameter:
        wanted = _annotation(statement.annotation)
        if statement.value is None:
            return Parameter(name=name, default="", type=wanted, annotated=wanted != "any", has_default=False)
        kind, literal = _typed(statement.value, wanted)
        return Parameter(
            name=name,
            default=self._text(statement.value),
            type=kind,
            value=literal,
            annotated=kind == wanted != "any",
        )

    def _commented(self, parameter: Parameter, statement: ast.stmt) -> Parameter:
        """Add what the comment behind a statement says: help, and before it perhaps `type: int`."""
        assert statement.end_lineno is not None
        assert statement.end_col_offset is not None
        line = self._lines[statement.end_lineno - 1]
        start = statement.end_col_offset
        while line[start : start + 1] in (b" ", b"\t"):
            start += 1
        if line[start : start + 1] != b"#":
            return parameter
        text = line[start + 1 :].decode("utf-8", "replace").strip()
        if text.startswith("type:"):
            named, _, text = text.removeprefix("type:").strip().partition(" ")
            kind = _type_named(named)
            if parameter.type == "any" and kind != "any":
                parameter = replace(parameter, type=kind, annotated=True)
        return replace(parameter, help=text.strip())

    def _text(self, node: ast.expr) -> str:
        """Return the source of ``node``."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first, last = node.lineno - 1, node.end_lineno - 1
        if first == last:
            return self._lines[first][node.col_offset : node.end_col_offset].decode("utf-8", "replace")
        parts = [self._lines[first][node.col_offset :], *self._lines[first + 1 : last]]
        return b"\n".join([*parts, self._lines[last][: node.end_col_offset]]).decode("utf-8", "replace")


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _names(part)


def _annotation(node: ast.expr) -> str:
    """Return the JSON type that an annotation means; `int | None` and `Optional[int]` mean integer."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        inner = _parsed(node.value)
        body = inner.body if inner is not None else []
        return _annotation(body[0].value) if len(body) == 1 and isinstance(body[0], ast.Expr) else "any"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if not _is_none(side)]
        return _annotation(sides[0]) if len(sides) == 1 else "any"
    if isinstance(node, ast.Subscript) and _last_name(node.value) == "Optional":
        return _annotation(node.slice)
    return _TYPES.get(_last_name(node.value if isinstance(node, ast.Subscript) else node), "any")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _type_named(text: str) -> str:
    return _TYPES.get(text.strip("'\"").partition("[")[0].rpartition(".")[2], "any")


def _typed(default: ast.expr | str, wanted: str) -> tuple[str, Any]:
    """Return the JSON type that a default and the ``wanted`` type say, and the default as a JSON value."""
    try:
        value = ast.literal_eval(default)
        plain = json.loads(json.dumps(value, allow_nan=False))
    except (*_UNREADABLE, TypeError):
        return wanted, None
    kind = json_type(plain)
    # A default of None does not show the type that is meant, and 1 may stand for a float that is annotated.
    return (wanted if kind == "null" or (kind == "integer" and wanted == "number") else kind), plain


def _line_parameters(source: str) -> Iterator[tuple[Parameter, bool]]:
    """Yield the names at the beginnings of lines, of a cell that is no Python as a whole."""
    for line in _lines(source):
        left, separator, right = line.partition("=")
        name = left.partition(":")[0].strip()
        if not separator or right.startswith("=") or not name.isidentifier():
            continue
        default = right.strip()
        # A cell too long to be parsed is nobody's form to fill in: there the names do.
        kind, literal = _typed(default, "any") if len(source) <= LONGEST else ("any", None)
        yield Parameter(name=name, default=default[:1000], type=kind, value=literal), not line[:1].isspace()


def _inspected(source: str, language: str, kernel_name: str) -> list[Parameter] | None:
    """Return what the translator of another language reads of its cell; papermill's own read none."""
    from papermill.exceptions import PapermillException
    from papermill.translators import PythonTranslator, papermill_translators

    try:
        translator = papermill_translators.find_translator(kernel_name, language)
        if translator is PythonTranslator:
            return declared(source, "python")
        found = translator.inspect({"source": source})
    except (PapermillException, NotImplementedError):
        return None
    parameters = []
    for one in found:
        kind, value = _typed(one.default, _type_named(one.inferred_type_name))
        parameters.append(Parameter(name=one.name, default=one.default, type=kind, value=value, help=one.help))
    return parameters
