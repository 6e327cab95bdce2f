"""Saves and restores the checkpoints of one session, and writes their records."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from .checkpointer import Checkpointer
from .descriptions import described
from .records import manifest_digest, read_manifest, write_record
from .saving import Moment


class SessionSaver:
    """Checkpoints of ``shell`` in ``folder``; ``project`` as for `Checkpointer`."""

    def __init__(self, shell: Any, folder: Path, project: str) -> None:
        self._folder = folder
        self._checkpointer = Checkpointer(shell, folder, project)

    def save(self, number: int, source: str, tags: list[str]) -> None:
        """Save the state after piece ``number``. Raises OSError where not even a record can be written."""
        begun = time.perf_counter()
        try:
            moment = self._checkpointer.look(number, source, tags)
            record = self._written(moment)
        except BaseException as error:
            write_record(self._folder, failed(number, error))
            if not isinstance(error, Exception):
                raise
            return
        seconds = time.perf_counter() - begun
        write_record(self._folder, {**record, "seconds": seconds, "held": seconds, "how": "in place"})
        self._checkpointer.blobs.told()

    def restore(self, number: int) -> None:
        """Restore piece ``number``. Raises NotResumable."""
        self._checkpointer.restore(read_manifest(self._folder, number))

    def rehearse(self, number: int) -> None:
        """Restore piece ``number`` as far as that does nothing outside of this kernel. Raises NotResumable."""
        self._checkpointer.rehearse(read_manifest(self._folder, number))

    def _written(self, moment: Moment) -> dict[str, Any]:
        """Save, and return the record but for what it took."""
        saved = self._checkpointer.write(moment)
        manifest = saved.manifest.to_json()
        blobs = self._checkpointer.blobs.new
        return {
            "number": moment.cell,
            "manifest": manifest,
            "digest": manifest_digest(manifest),
            "blobs": blobs,
            "bytes": sum(blobs.values()),
            "names": described(moment.values, saved.manifest, saved.sizes),
            "obstacle": saved.manifest.obstacle,
        }


def failed(number: int, error: BaseException) -> dict[str, Any]:
    """Return the record of a checkpoint that could not be saved."""
    said = str(error) or type(error).__name__
    return {"number": number, "error": f"The state after cell {number} could not be saved: {said}."}
