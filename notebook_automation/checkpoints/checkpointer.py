"""One notebook's checkpoints: saved after each cell, restored in the same kernel or in another."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .activity import Activity
from .blobs import BlobFolder, BlobsKnown
from .cells import names_of
from .lineage import Lineage
from .live import LIVE
from .manifest import Cell, Manifest
from .names import Names
from .process_state import ProcessState
from .restoring import Restorer
from .saving import Joined, Moment, Saved, Saver


@dataclass(frozen=True, slots=True)
class Learned:
    """What saving has found out that makes the next one cheaper."""

    joined: Joined
    blobs: BlobsKnown
    seconds: float = 0.0
    """Processor time that saving took a child."""


class Checkpointer:
    """Makes checkpoints of ``shell`` (an IPython shell) in ``folder``; make it before the first cell runs.

    ``project`` is where the notebook's own modules lie, and what its working folder is told from.
    """

    def __init__(self, shell: Any, folder: Path, project: str | None = None) -> None:
        project = os.path.abspath(project or os.getcwd())
        self._shell = shell
        self.blobs = BlobFolder(folder)
        self._names = Names(shell, project)
        self._lineage = Lineage()
        self.activity = Activity()
        process = ProcessState(shell, project)
        self._saver = Saver(shell.user_ns, self._names, process, self._lineage, self.blobs)
        self._restorer = Restorer(shell, self._names, process, self.blobs)
        LIVE.namespace = shell.user_ns

    def save(self, number: int, source: str, tags: Iterable[str] = ()) -> Manifest:
        """Save the state after cell ``number``, whose ``source`` has just run; all its content is in the folder then.

        A name that cannot be saved is in the manifest's ``unsaved``, with what becomes of it. Raises OSError.
        """
        return self.write(self.look(number, source, tags)).manifest

    def look(self, number: int, source: str, tags: Iterable[str] = ()) -> Moment:
        """Return what `write` is to save after cell ``number``, before the next one runs."""
        cell = Cell(self._shell.transform_cell(source), tuple(tags))
        names = names_of(cell.source, self._shell.user_ns)
        self._names.note_changed(set(names.attributes))
        values = self._names.values()
        self._lineage.note(number, cell, names, values.keys())
        hindrances = (*self.activity.now(), *self._lineage.lasting)
        return Moment(number, values, hindrances, collecting=gc.isenabled())

    def write(self, moment: Moment) -> Saved:
        """Save what was looked at; all its content is in the folder then. Raises OSError."""
        return self._saver.save(moment)

    def learned(self) -> Learned:
        """Return what this process came to know since this was asked last, for `learn` in another."""
        return Learned(self._saver.joined, self.blobs.learned())

    def learn(self, learned: Learned) -> None:
        """Know what a forked child knows that has saved, and has told of what it wrote."""
        self._saver.joined = learned.joined
        self.blobs.learn(learned.blobs)
        self.blobs.told()

    def signs_of_life(self, alive: Callable[[int], object], own_code: Callable[[], object] = lambda: None) -> None:
        """Call ``alive`` from time to time while saving, with the bytes that are handled next.

        ``own_code`` is called before code of the notebook's classes says how their objects are saved.
        """
        self._saver.alive = lambda: alive(0)
        self._saver.own_code = own_code
        self.blobs.alive = alive

    def restore(self, manifest: Manifest) -> None:
        """Make the notebook's state that of ``manifest``. Raises NotResumable: the kernel is not to be used then."""
        self._restorer.restore(manifest)
        self._lineage.take_over(manifest.made, manifest.cells)
        self._saver.forget()

    def rehearse(self, manifest: Manifest) -> None:
        """Try whether ``manifest`` can be restored, without doing anything outside of this kernel.

        Raises NotResumable. The kernel is not to be used afterwards.
        """
        self._restorer.rehearse(manifest)

    def unsaved(self, manifest: Manifest) -> dict[str, Any]:
        """Return what the names hold now that ``manifest``, which was just saved, could not save."""
        values = self._names.values()
        return {name: values[name] for name in manifest.unsaved if name in values}

    def go_back(self, manifest: Manifest, kept: Mapping[str, Any]) -> None:
        """Make the state what it was when this kernel saved ``manifest``; ``kept`` is what `unsaved` gave then.

        Raises NotResumable: the kernel is not to be used then.
        """
        self._restorer.go_back(manifest, kept)
        self._lineage.take_over(manifest.made, self._lineage.all_cells)
        self._saver.forget()

    def keep_only(self, manifests: Iterable[Manifest]) -> None:
        """Delete what these do not need. Raises OSError."""
        self.blobs.keep_only(digest for manifest in manifests for digest in manifest.digests())

    @property
    def written(self) -> int:
        """The bytes that were written so far."""
        return self.blobs.written
