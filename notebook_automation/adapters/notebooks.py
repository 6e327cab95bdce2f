"""Reads notebooks without running anything: kernelspec, parameters by papermill's inspection, handlers."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from notebook_automation.domain.cells import trigger_cell
from notebook_automation.domain.errors import Invalid, NotFound
from notebook_automation.domain.notebooks import NotebookFacts
from notebook_automation.domain.parameters import Parameter, json_type

_LARGEST = 200 * 1024 * 1024
_ANNOTATIONS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "tuple": "array",
    "dict": "object",
}


class NotebookReader:
    """Looks into notebook files; what a file declares is remembered until the file changes."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], NotebookFacts]] = {}

    def inspect(self, path: Path) -> NotebookFacts:
        """Return what is in the notebook at ``path``; raises NotFound, Invalid (``notebook_invalid``)."""
        try:
            stat = path.stat()
        except OSError:
            raise NotFound(f"There is no notebook {path.name!r}.", code="path_not_found") from None
        state = (stat.st_mtime_ns, stat.st_size)
        known = self._known.get(path)
        if known is None or known[0] != state:
            if len(self._known) >= 1000:
                self._known.clear()
            known = self._known[path] = (state, facts_of(_read(path)))
        return known[1]


def facts_of(nb: Mapping[str, Any]) -> NotebookFacts:
    """Return what a notebook's JSON (version 4, or the older with worksheets) declares."""
    metadata = _dict(nb.get("metadata"))
    spec = _dict(metadata.get("kernelspec"))
    language = _dict(metadata.get("language_info")).get("name") or spec.get("language")
    kernel_name = spec.get("name")
    code = [cell for cell in _cells(nb) if cell.get("cell_type") == "code"]
    triggers = [trigger_cell(_source(cell)) for cell in code]
    tagged = next((cell for cell in code if "parameters" in _tags(cell)), None)
    parameters = None
    if tagged is not None:
        parameters = tuple(declared(_source(tagged), language or "python", kernel_name or ""))
    return NotebookFacts(
        kernel_name=str(kernel_name) if kernel_name else None,
        language=str(language) if language else None,
        parameters=parameters,
        handlers=tuple(found.name for found in triggers if found is not None and found.name),
    )


def declared(source: str, language: str, kernel_name: str = "") -> list[Parameter]:
    """Return the parameters that a `parameters` cell declares.

    papermill's inspection reads line by line and leaves out what it cannot (``x = "a=b"``, lines joined by brackets);
    for Python the syntax tree decides, and papermill gives the comments (help, types).
    """
    inspected = {found.name: found for found in _inspected(source, language, kernel_name)}
    if language.lower() not in ("python", "ipython"):
        return list(inspected.values())
    try:
        body = ast.parse(source).body
    except SyntaxError:
        # A magic in the cell: what papermill made out is all there is.
        return list(inspected.values())
    found: dict[str, Parameter] = {}
    for statement in body:
        for parameter in _assigned(statement, source):
            hint = inspected.get(parameter.name)
            kind = parameter.type
            if kind == "any" and hint is not None:
                kind = hint.type
            found[parameter.name] = Parameter(
                name=parameter.name,
                default=parameter.default,
                type=kind,
                value=parameter.value,
                help="" if hint is None else hint.help,
            )
    return list(found.values())


def _assigned(statement: ast.stmt, source: str) -> list[Parameter]:
    targets: list[ast.expr]
    annotation = ""
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets, value = [statement.target], statement.value
        annotation = ast.unparse(statement.annotation)
    else:
        return []
    default = ast.get_source_segment(source, value) or ""
    kind, literal = _typed(default, annotation)
    return [
        Parameter(name=target.id, default=default, type=kind, value=literal)
        for target in targets
        if isinstance(target, ast.Name)
    ]


def _inspected(source: str, language: str, kernel_name: str) -> list[Parameter]:
    from papermill.exceptions import PapermillException
    from papermill.translators import papermill_translators

    try:
        translator = papermill_translators.find_translator(kernel_name, language)
        parameters = translator.inspect({"source": source})
    except (PapermillException, NotImplementedError):
        return []
    found = []
    for parameter in parameters:
        annotation = "" if parameter.inferred_type_name == "None" else parameter.inferred_type_name
        kind, value = _typed(parameter.default, annotation)
        found.append(
            Parameter(name=parameter.name, default=parameter.default, type=kind, value=value, help=parameter.help)
        )
    return found


def _typed(default: str, annotation: str) -> tuple[str, Any]:
    """Return the JSON type that a default's text and annotation say, and the default as a JSON value."""
    named = _ANNOTATIONS.get(annotation.strip("'\" ").partition("[")[0].lower(), "any")
    try:
        value = ast.literal_eval(default)
        text = json.dumps(value, allow_nan=False)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return named, None
    plain = json.loads(text)
    kind = json_type(plain)
    # A default of None does not show the type that is meant, and 1 may stand for a float that is annotated.
    return (named if kind == "null" or (kind == "integer" and named == "number") else kind), plain


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise Invalid(f"{path.name} is larger than {_LARGEST} bytes: clear its outputs.", code="notebook_invalid")
        nb = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(f"{path.name} is not a notebook: {error}", code="notebook_invalid") from error
    if not isinstance(nb, dict) or not isinstance(nb.get("cells", nb.get("worksheets")), list):
        raise Invalid(f"{path.name} is not a notebook: it has no cells.", code="notebook_invalid")
    return nb


def _cells(nb: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    cells = nb.get("cells")
    if not isinstance(cells, list):
        cells = [cell for sheet in nb.get("worksheets", []) for cell in _dict(sheet).get("cells", [])]
    return [cell for cell in cells if isinstance(cell, dict)]


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _tags(cell: Mapping[str, Any]) -> list[Any]:
    tags = _dict(cell.get("metadata")).get("tags")
    return tags if isinstance(tags, list) else []


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
