"""What a notebook runs, as hashes: whether one that was edited begins as one that has run."""

from __future__ import annotations

from nbformat import NotebookNode

from notebook_automation.domain.checkpoints import sources_hash

from .called_notebook import is_executed
from .pieces import SdkNames, pieces_of


def notebook_hashes(nb: NotebookNode) -> dict[tuple[int, int], str]:
    """Return the hash of all that has run after each piece of each cell of ``nb``, as it is to run.

    By (the cell's index, the piece's number in the cell).
    """
    found: dict[tuple[int, int], str] = {}
    names = SdkNames.of(cell.source for cell in nb.cells if cell.cell_type == "code")
    before = ""
    for index, cell in enumerate(nb.cells):
        if not is_executed(cell):
            continue
        for number, piece in enumerate(pieces_of(cell.source, names)):
            before = found[index, number] = sources_hash(before, piece)
    return found
