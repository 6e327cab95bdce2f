"""What a durable session has saved, read from where it is stored and packed for a kernel that is to restore it."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.checkpoints import Checkpoint, manifest_blobs
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.ports import Blobs

from .checkpoint_content import CheckpointContent


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
