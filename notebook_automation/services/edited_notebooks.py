"""A notebook that is to go on from checkpoints after it was edited: what of it has run as it is now."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.checkpoints import EditedNotebook
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.snapshots import Snapshot, SnapshotFile, snapshot_of
from notebook_automation.ports import Blobs

INJECTED = "injected-parameters"
_ASKS = re.compile(r"\bparams\b")


def notebook_of_call(
    folder: Path, call: str, kernel_name: str | None, parameters: Mapping[str, Any], skip_tags: Collection[str] = ()
) -> EditedNotebook:
    """Return what ``call`` runs with ``parameters`` on the files in ``folder``.

    Blocks. Raises NotFound (``call_not_found``, …) and Invalid (``notebook_invalid``, …) as the run would.
    """
    # Not at the top: a server reads no notebook for most of what it does.
    from notebook_automation.adapters.notebooks import facts_of
    from notebook_automation.execution.called_notebook import called_notebook
    from notebook_automation.execution.parameters import parameterised_notebook
    from notebook_automation.execution.pieces import PiecePlan

    called = called_notebook(folder, parse_call(call), kernel_name, skip_tags)
    given = merged(facts_of(called.notebook).parameters, parameters)
    nb = parameterised_notebook(called.notebook, parameters=given, kernel_name=called.kernel_name, input_path=call)
    sources = PiecePlan(nb).all_sources()
    ids = {index: str(nb.cells[index].id) for index, _ in sources}
    injected = [index for index, cell in enumerate(nb.cells) if INJECTED in cell.metadata.get("tags", [])]
    return EditedNotebook(
        sources=sources, ids=ids, parameters=given, injected=injected[0] if injected else None,
        asks=next((index for index in ids if _ASKS.search(nb.cells[index].source)), None),
    )  # fmt: skip


def edited_notebook(
    content: bytes, call: str, kernel_name: str | None, parameters: Mapping[str, Any], skip_tags: Collection[str] = ()
) -> EditedNotebook:
    """Return `notebook_of_call` where the called notebook is ``content``. Blocks; raises as that does."""
    with tempfile.TemporaryDirectory(prefix="notebook-automation-") as folder:
        file = Path(folder) / parse_call(call).path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return notebook_of_call(Path(folder), call, kernel_name, parameters, skip_tags)


def content_of_file(snapshot: Snapshot, path: str, blobs: Blobs) -> bytes:
    """Return what the file at ``path`` holds. Blocks; raises NotFound (``call_not_found``, ``blob_missing``)."""
    blob = next((file.blob for file in snapshot.files if file.path == path), None)
    if blob is None:
        raise NotFound(f"There is no file {path!r} among the session's files.", code="call_not_found")
    return blobs.path(blob).read_bytes()


def with_file(snapshot: Snapshot, path: str, content: bytes, blobs: Blobs) -> Snapshot:
    """Return ``snapshot`` with the file at ``path`` being ``content``, which is stored.

    Blocks; raises Unavailable (``disk_full``).
    """
    blob, size = blobs.put_bytes(content)
    known = next((file for file in snapshot.files if file.path == path), SnapshotFile(path=path))
    others = [file for file in snapshot.files if file.path != path]
    return snapshot_of([*others, replace(known, blob=blob, size=size, link=None)])
