"""A handler's set-up: which cells it is, what makes two of them the same, and one that has run ahead of its session."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from notebook_automation.execution.preparing import runs

CellMessages = Mapping[int, Sequence[Mapping[str, Any]]]
"""What set-up cells showed: by the cell's index, the messages a kernel would have sent, each with its date."""


@dataclass(frozen=True, slots=True)
class RanAhead:
    """A set-up that ran at ``ran_at`` (epoch seconds) and took ``seconds``."""

    identity: str
    cells: CellMessages
    ran_at: float
    seconds: float


def setup_cells(nb: NotebookNode) -> list[dict[str, Any]]:
    """Return the cells before the handler's own, which is the last of ``nb`` (see `preparing.prepare`), as a fork
    server takes them; parameters are already in."""
    return [
        {
            "index": index,
            "source": cell.source,
            "may_fail": "raises-exception" in cell.metadata.get("tags", []),
        }
        for index, cell in enumerate(nb.cells[:-1])
        if runs(cell)
    ]


def setup_identity(snapshot: str, call: str, kernel_name: str, nb: NotebookNode) -> str:
    """Return what is equal for two runs whose set-ups do the same: files, kernel, cells and parameters are.

    ``snapshot`` is the id of the project's files.
    """
    named = [snapshot, call, kernel_name, setup_cells(nb)]
    return sha256(json.dumps(named, sort_keys=True).encode("utf-8")).hexdigest()


def ran_ahead(identity: str, outputs: Path) -> RanAhead | None:
    """Read what a fork server has written of its set-up; None if it is not there any more."""
    try:
        said = json.loads(outputs.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    cells = {int(index): messages for index, messages in said["cells"].items()}
    return RanAhead(identity, cells, float(said["ran_at"]), float(said["seconds"]))


def as_messages(recorded: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return recorded messages of one cell in the form in which a kernel's arrive."""
    return [
        {
            "msg_type": one["msg_type"],
            "header": {"msg_type": one["msg_type"], "date": one["date"]},
            "parent_header": {"msg_id": "set-up"},
            "metadata": {},
            "content": json.loads(text := json.dumps(one["content"])),
            "buffers": [],
            "size": len(text),
        }
        for one in recorded
    ]
