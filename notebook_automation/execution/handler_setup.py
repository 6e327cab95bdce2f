"""A handler's set-up: which cells it is, what makes two of them the same, and one that has run before its session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .called_notebook import is_executed
from .recorded_cells import RecordedCells


@dataclass(frozen=True, slots=True)
class RecordedSetup:
    """A set-up that ran at ``ran_at`` (epoch seconds) and took ``seconds``; ``cells`` is what it showed."""

    identity: str
    cells: RecordedCells
    ran_at: float
    seconds: float


def setup_cells(nb: NotebookNode) -> list[dict[str, Any]]:
    """Return the cells before the handler's own, which is the last of ``nb`` (see `called_notebook`), as a fork
    server takes them; parameters are already in."""
    return [
        {
            "index": index,
            "source": cell.source,
            "may_fail": "raises-exception" in cell.metadata.get("tags", []),
        }
        for index, cell in enumerate(nb.cells[:-1])
        if is_executed(cell)
    ]


def setup_identity(
    snapshot: str, call: str, kernel_name: str, nb: NotebookNode, env: Mapping[str, str] | None = None
) -> str:
    """Return what is equal for two runs whose set-ups do the same: files, kernel, cells and parameters are.

    ``snapshot`` is the id of the project's files, ``env`` what is set in its environment.
    """
    named = [snapshot, call, kernel_name, setup_cells(nb), dict(env or {})]
    return sha256(json.dumps(named, sort_keys=True).encode("utf-8")).hexdigest()


def read_recorded_setup(identity: str, path: Path) -> RecordedSetup | None:
    """Read what a fork server has written of its set-up at ``path``; None if it is not there any more."""
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    cells = {int(index): messages for index, messages in recorded["cells"].items()}
    return RecordedSetup(identity, cells, float(recorded["ran_at"]), float(recorded["seconds"]))
