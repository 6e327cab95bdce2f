"""What a durable session has saved, read from where it is stored and packed for a kernel that is to restore it."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.checkpoints import Checkpoint, manifest_blobs
from notebook_automation.domain.errors import NotFound, Unavailable
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.ports import Blobs
from notebook_automation.store import checkpoints, session_log, snapshots

from .checkpoint_content import CheckpointContent

if TYPE_CHECKING:
    from notebook_automation.execution.called_notebook import CalledNotebook


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSession:
    """A session with its files, its checkpoints in order, the blobs of their content by digest, its cells."""

    session: Session
    snapshot: Snapshot
    checkpoints: Sequence[Checkpoint]
    content: Mapping[str, str]
    cells: Sequence[Cell]

    @property
    def last(self) -> Checkpoint | None:
        """The checkpoint that was stored last."""
        return self.checkpoints[-1] if self.checkpoints else None

    def read(self, content: CheckpointContent, digest: str) -> bytes:
        """Return content. Blocks; raises Unavailable (``checkpoint_unreadable``), NotFound (``blob_missing``)."""
        return content.read(self.session.project_id or "", digest, self._blob(digest))

    def write(self, content: CheckpointContent, digest: str, target: Path) -> None:
        """Write content to a file. Blocks; raises as `read`."""
        content.write(self.session.project_id or "", digest, self._blob(digest), target)

    def _blob(self, digest: str) -> str:
        blob = self.content.get(digest)
        if blob is None:
            raise Unavailable("A part of the checkpoint is missing.", code="checkpoint_unreadable")
        return blob


def saved_session(tx: Connection, session: Session) -> SavedSession | None:
    """Return what a session has saved; None where its files are not kept."""
    snapshot = snapshots.get(tx, session.snapshot_id) if session.snapshot_id else None
    if snapshot is None:
        return None
    return SavedSession(
        session=session,
        snapshot=snapshot,
        checkpoints=checkpoints.of_session(tx, session.id),
        content=checkpoints.content_of(tx, session.id),
        cells=session_log.cells_of(tx, session.id),
    )


def cells_saved(saved: SavedSession, content: CheckpointContent) -> dict[int, Any]:
    """Return what is kept of the cells that have run, or begun to, by index: outputs, execution_count, metadata.

    Blocks; raises as `SavedSession.read`.
    """
    kept: dict[int, Any] = {}
    for checkpoint in saved.checkpoints:
        # By whatever index: it may have been another one before the notebook was edited.
        for cell in json.loads(saved.read(content, checkpoint.outputs)).values():
            kept[checkpoint.cell_index] = cell
    return kept


def write_called(saved: SavedSession, blobs: Blobs, folder: Path) -> None:
    """Write the file that the session runs into ``folder``, where the project has it.

    Blocks; raises NotFound (``snapshot_not_found``).
    """
    path = parse_call(saved.session.call).path
    blob = next((file.blob for file in saved.snapshot.files if file.path == path), None)
    if blob is None:
        raise NotFound(f"The session's {path} is not kept: it was read in place.", code="snapshot_not_found")
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(blobs.path(blob), target)


def called_by(saved: SavedSession, folder: Path) -> CalledNotebook:
    """Return what the session runs, of its files in ``folder``. Blocks; raises as `called_notebook`."""
    from notebook_automation.execution.called_notebook import called_notebook

    return called_notebook(folder, parse_call(saved.session.call), saved.session.kernel_name, saved.session.skip_tags)


def executed_notebook(saved: SavedSession, called: CalledNotebook) -> Any:
    """Return the notebook that runs, with parameters, before any of its cells has run."""
    from notebook_automation.adapters.notebooks import facts_of
    from notebook_automation.execution.parameters import parameterised_notebook

    session = saved.session
    parameters = merged(facts_of(called.notebook).parameters, session.parameters)
    return parameterised_notebook(
        called.notebook, called.file_name, parameters=parameters, kernel_name=called.kernel_name,
        input_path=session.call,
    )  # fmt: skip


def packed(saved: SavedSession, blobs: Blobs, content: CheckpointContent, folder: str) -> Path:
    """Write a tar file for this user alone in ``folder``: ``work`` has the files, ``checkpoint`` what is restored,
    ``place.json`` the checkpoint's ``number`` and the notebook's ``folder``.

    Blocks. Raises Unavailable (``checkpoint_unreadable``), NotFound (``blob_missing``), OSError.
    """
    from notebook_automation.execution.file_restoring import restore_files
    from notebook_automation.execution.snapshots import copy_snapshot

    os.makedirs(folder, mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        work, checkpoint = Path(made, "work"), Path(made, "checkpoint")
        copy_snapshot(saved.snapshot, blobs, work)
        checkpoint.mkdir()
        if saved.last is not None:
            restore_files(work, saved.last.files, partial(saved.write, content))
            _write_checkpoint(saved, content, saved.last, checkpoint)
        place = Path(made, "place.json")
        number = None if saved.last is None else saved.last.number
        folder_of_call = str(PurePosixPath(parse_call(saved.session.call).path).parent)
        place.write_text(json.dumps({"number": number, "folder": folder_of_call}), encoding="utf-8")
        descriptor, name = tempfile.mkstemp(suffix=".tar", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file_, tarfile.open(fileobj=file_, mode="w") as archive:
                archive.add(work, "work")
                archive.add(checkpoint, "checkpoint")
                archive.add(place, place.name)
        except BaseException:
            os.unlink(name)
            raise
    return Path(name)


def _write_checkpoint(saved: SavedSession, content: CheckpointContent, last: Checkpoint, folder: Path) -> None:
    assert last.manifest is not None
    text = saved.read(content, last.manifest)
    (folder / f"{last.number}.json").write_bytes(text)
    for digest in set(manifest_blobs(json.loads(text)["manifest"])):
        saved.write(content, digest, folder / digest)
