"""Reads notebooks without running anything: kernelspec, parameters, handlers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from notebook_automation.domain.cells import trigger_cell
from notebook_automation.domain.errors import Invalid, NotFound
from notebook_automation.domain.notebooks import NotebookFacts, notebook_text

from .parameters_cell import declared
from .programs import names_in

_LARGEST = 200 * 1024 * 1024
_REMEMBERED = 5000


_State = tuple[int, int]
"""A file's time of change in nanoseconds, and its size."""


class NotebookReader:
    """Looks into notebooks and programs; what a file declares is remembered until the file changes."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_State, NotebookFacts | Invalid]] = {}
        self._names: dict[Path, tuple[_State, frozenset[str] | None]] = {}

    def inspect(self, path: Path) -> NotebookFacts:
        """Return what is in the notebook at ``path``; raises NotFound, Invalid (``notebook_invalid``)."""
        state = _state(path)
        known = self._known.get(path)
        if known is None or known[0] != state:
            facts: NotebookFacts | Invalid
            try:
                facts = facts_of(_read(path))
            except Invalid as error:
                # Also remembered: a large file that is no notebook would be read again for each list of triggers.
                facts = error
            _make_room(self._known)
            known = self._known[path] = (state, facts)
        if isinstance(known[1], Invalid):
            raise Invalid(known[1].message, code=known[1].code)
        return known[1]

    def names_in(self, path: Path) -> frozenset[str] | None:
        """Return the names that a call can find in the program at ``path``; None where that does not show."""
        state = _state(path)
        known = self._names.get(path)
        if known is None or known[0] != state:
            _make_room(self._names)
            known = self._names[path] = (state, names_in(path))
        return known[1]


def _state(path: Path) -> _State:
    try:
        stat = path.stat()
    except OSError:
        raise NotFound(f"There is no file {path.name!r}.", code="path_not_found") from None
    return stat.st_mtime_ns, stat.st_size


def _make_room(known: dict[Path, Any]) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()


def facts_of(nb: Mapping[str, Any]) -> NotebookFacts:
    """Return what a notebook's JSON (version 4, or the older with worksheets) declares."""
    metadata = _dict(nb.get("metadata"))
    spec = _dict(metadata.get("kernelspec"))
    language = _dict(metadata.get("language_info")).get("name") or spec.get("language")
    kernel_name = spec.get("name")
    code = [cell for cell in _cells(nb) if cell.get("cell_type") == "code"]
    triggers = [trigger_cell(_source(cell)) for cell in code]
    tagged = next((cell for cell in code if "parameters" in _tags(cell)), None)
    found = None if tagged is None else declared(_source(tagged), str(language or "python"), str(kernel_name or ""))
    return NotebookFacts(
        kernel_name=str(kernel_name) if kernel_name else None,
        language=str(language) if language else None,
        parameters=None if found is None else tuple(found),
        has_parameters_cell=tagged is not None,
        handlers=tuple(found.name for found in triggers if found is not None and found.name),
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise Invalid(f"is larger than {_LARGEST} bytes: clear its outputs.", code="notebook_invalid")
        nb = json.loads(notebook_text(path.read_bytes()))
    except Invalid as error:
        raise Invalid(f"{path.name} {error.message}", code="notebook_invalid") from None
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"{path.name} is not a notebook: {error}", code="notebook_invalid") from error
    if not isinstance(nb, dict) or not isinstance(nb.get("cells", nb.get("worksheets")), list):
        raise Invalid(
            f"{path.name} is not a notebook: it has no cells. Name another file, or save it anew in JupyterLab.",
            code="notebook_invalid",
        )
    return nb


def _cells(nb: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    cells = nb.get("cells")
    if not isinstance(cells, list):
        cells = [cell for sheet in nb.get("worksheets", []) for cell in _dict(sheet).get("cells", [])]
    return [cell for cell in cells if isinstance(cell, dict)]


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(map(str, source)) if isinstance(source, list) else source if isinstance(source, str) else ""


def _tags(cell: Mapping[str, Any]) -> list[Any]:
    tags = _dict(cell.get("metadata")).get("tags")
    return tags if isinstance(tags, list) else []


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
