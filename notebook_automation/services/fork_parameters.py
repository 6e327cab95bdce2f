"""Forks with other parameters: what of a notebook is to run again, and a cell that sets them where it goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from notebook_automation.domain.calls import Call, parse_call
from notebook_automation.domain.cells import trigger_cell
from notebook_automation.domain.checkpoints import Checkpoint, EditedNotebook
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import Session

from .edited_notebooks import INJECTED, edited_notebook

FORKED = "fork-parameters"
"""The tag of the cell that is put in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherParameters:
    """A notebook with other parameters.

    Where it goes on behind the cell that sets them, ``content`` is the notebook with one more, ``before`` is what had
    run, and ``edited`` what is to; else ``content`` is None, and all from the parameters on runs again.
    """

    edited: EditedNotebook
    before: EditedNotebook
    content: bytes | None = None
    at: int = 0
    """The position of the cell that was put in."""

    def kept(self, checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
        """Return ``checkpoints``, all made before the cell that was put in, as those of the notebook that has it."""
        moved = self.moved([one.cell_index for one in checkpoints])
        return [
            replace(
                one, cell_index=moved[one.cell_index], sources=self.edited.sources[moved[one.cell_index], one.piece]
            )
            for one in checkpoints
        ]

    def added_cells(self) -> list[Cell]:
        """Return what no run had before: the cell that sets parameters, where there were none.

        It counts as one that has run, as the cells around it do, so that all have the numbers that a retry gives them.
        """
        index = self.edited.injected
        if self.before.injected is not None or index is None:
            return []
        return [Cell(index=index, id=self.edited.ids[index], source_head="# Parameters", status="ok")]

    def moved(self, indices: Sequence[int]) -> dict[int, int]:
        """Return by the index that a cell had the one that it has now."""
        return {index: self._moved(index) for index in indices}

    def _moved(self, index: int) -> int:
        if index == self.before.injected and self.edited.injected is not None:
            return self.edited.injected
        position = self.before.position(index)
        return self.edited.index_at(position + (position >= self.at))


def changed_parameters(old: Session, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of ``parameters`` that ``old`` had not, or not with this value."""
    return {
        name: value
        for name, value in parameters.items()
        if name not in old.parameters or json.dumps(old.parameters[name]) != json.dumps(value)
    }


def with_parameters(
    content: bytes, old: Session, changed: Mapping[str, Any], from_index: int | None
) -> OtherParameters:
    """Return what ``old`` is to run with ``changed`` parameters, its called file being ``content``.

    ``from_index`` is the cell in its executed notebook from which it is to run again. Blocks. Raises as
    `edited_notebook`, and Invalid (``parameter_unknown``, ``parameter_type``).
    """
    call = parse_call(old.call)
    parameters = {**old.parameters, **changed}
    before = edited_notebook(content, old.call, old.kernel_name, old.parameters, old.skip_tags)
    edited = edited_notebook(content, old.call, old.kernel_name, parameters, old.skip_tags)
    if from_index is None or from_index == before.injected or edited.injected is None or not call.is_notebook:
        return OtherParameters(edited=edited, before=before)
    position = before.position(from_index)
    if edited.index_at(position) <= edited.injected:
        return OtherParameters(edited=edited, before=before)
    fitted = {name: edited.parameters[name] for name in edited.parameters if name in changed}
    longer = _with_cell(content, call, position, fitted)
    edited = edited_notebook(longer, old.call, old.kernel_name, parameters, old.skip_tags)
    return OtherParameters(edited=edited, before=before, content=longer, at=position)


def _with_cell(content: bytes, call: Call, position: int, parameters: Mapping[str, Any]) -> bytes:
    """Return the notebook with a cell that sets ``parameters`` before the one at ``position`` of those that run."""
    import nbformat
    from papermill.translators import translate_parameters

    nb = nbformat.reads(content.decode("utf-8"), as_version=4)
    places = [index for index, cell in enumerate(nb.cells) if _counts(cell, call)]
    comment = "Other parameters from here on; the cells above are kept as they were"
    cell = nbformat.v4.new_code_cell(translate_parameters("python3", "python", dict(parameters), comment))
    cell.metadata["tags"] = [FORKED]
    nb.cells.insert(places[position], cell)
    return str(nbformat.writes(nb)).encode("utf-8")


def _counts(cell: Any, call: Call) -> bool:
    """Whether ``cell`` is in what the call runs, and does not set parameters."""
    if INJECTED in cell.metadata.get("tags", []):
        return False
    handler = trigger_cell(cell.source) if call.name is not None and cell.cell_type == "code" else None
    return handler is None or handler.name == call.name
