"""A session's notebook as it is opened live: with what its finished cells showed, and a mark whose it is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode, from_dict, v4

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.notebooks import notebook_text

MARK = "notebook_automation"
"""In the metadata of a live notebook (``session``, its id) and of the cell with the note."""


def live_notebook(
    nb: NotebookNode, executed: NotebookNode, kept: Mapping[int, Mapping[str, Any]], session_id: str, note: str
) -> bytes:
    """Return ``nb`` with the outputs of the cells ``kept``, by their index in ``executed``, and a note above it."""
    by_id = {executed.cells[index].id: cell for index, cell in kept.items() if index < len(executed.cells)}
    for cell in nb.cells:
        if cell.cell_type == "code":
            shown = by_id.get(cell.id, {})
            cell.outputs = [from_dict(output) for output in shown.get("outputs", [])]
            cell.execution_count = shown.get("execution_count")
    first = v4.new_markdown_cell(note, metadata={MARK: "note", "editable": False}, id=uuid.uuid4().hex[:8])
    nb.cells.insert(0, first)
    nb.metadata[MARK] = {"session": session_id}
    return _written(nb)


def edited_notebook(content: bytes, session_id: str) -> bytes:
    """Return the notebook that a live one of this session has become, without note, mark and outputs.

    Raises Invalid (``notebook_invalid``, ``notebook_of_another_session``).
    """
    try:
        found = from_dict(json.loads(notebook_text(content)))
        mark = found.metadata.get(MARK, {})
        cells = [cell for cell in found.cells if cell.get("metadata", {}).get(MARK) != "note"]
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise Invalid("This is no notebook: save it in JupyterLab first.", code="notebook_invalid") from None
    if not isinstance(mark, Mapping) or mark.get("session") != session_id:
        raise Invalid(
            f"This notebook was not opened from session {session_id}: open that at its failed cell, edit what opens.",
            code="notebook_of_another_session",
        )
    for cell in cells:
        if cell.get("cell_type") == "code":
            cell.update(outputs=[], execution_count=None)
    found.cells = cells
    del found.metadata[MARK]
    return _written(found)


def is_live(content: bytes, session_id: str) -> bool:
    """Whether a notebook was opened from this session."""
    try:
        found = json.loads(notebook_text(content))
        return bool(found["metadata"][MARK]["session"] == session_id)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _written(nb: NotebookNode) -> bytes:
    return json.dumps(nb, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
