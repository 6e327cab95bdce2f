"""Saves and restores the checkpoints of one session, and writes their records."""

from __future__ import annotations

import contextlib
import dataclasses
import pickle
import random
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import memory
from .blobs import BlobsKnown
from .checkpointer import Checkpointer
from .child import SavingChild, sign_of_life
from .choice import Choice, TooDear
from .descriptions import described
from .fork_safety import why_in_place
from .lifeline import Lifeline, being_saved
from .open_files import OpenFiles, prepared
from .records import blobs_told, manifest_digest, read_manifest, record_path, write_record
from .saving import Moment

_MOST_CHILDREN = 8
"""That save and wait to save at a time: as many cells may be lost with the kernel. Each keeps the memory as it was."""
_MOST_LOST = 2
"""Children that may be lost one after the other before no more are forked."""


@dataclass(frozen=True, slots=True)
class _Saving:
    number: int
    child: SavingChild


class SessionSaver:
    """Checkpoints of ``shell`` in ``folder``; ``project`` as for `Checkpointer`.

    The state is saved in place where that holds the notebook hardly longer than a fork, else by a forked child while
    the notebook goes on. Each child waits for the one before, and knows what
    that one knew. It ends with this process, or with whoever holds the ``lifeline``.
    """

    def __init__(self, shell: Any, folder: Path, project: str, lifeline: Lifeline | None = None) -> None:
        self._folder = folder
        self._lifeline = lifeline
        self._namespace = shell.user_ns
        self._checkpointer = Checkpointer(shell, folder, project)
        self._files = OpenFiles()
        self._choice = Choice()
        self._saving: list[_Saving] = []
        self._lost = 0
        self._is_wary = False

    def save(self, number: int, source: str, tags: list[str]) -> None:
        """Save the state after piece ``number``. Raises OSError where not even a record can be written."""
        begun = time.perf_counter()
        # That of an earlier try would be taken for this one's.
        record_path(self._folder, number).unlink(missing_ok=True)
        try:
            if self._saving:
                self._learn(self._most_children())
            moment = self._checkpointer.look(number, source, tags)
            ready, left = prepared(moment.values, self._files.since(), self._namespace)
            why = self._why_in_place(left)
            if why:
                self._learn(0)
                self._save_here(moment, begun, why)
            elif not self._saved_quickly(moment, begun):
                self._fork(dataclasses.replace(moment, ready=ready), begun)
        except BaseException as error:
            # Also where the kernel is interrupted: the runner waits for a record, and is told why there is no more.
            write_record(self._folder, _failed(number, error))
            if not isinstance(error, Exception):
                raise

    def restore(self, number: int) -> None:
        """Restore piece ``number``. Raises NotResumable."""
        self._checkpointer.restore(read_manifest(self._folder, number))

    def rehearse(self, number: int) -> None:
        """Restore piece ``number`` as far as that does nothing outside of this kernel. Raises NotResumable."""
        self._checkpointer.rehearse(read_manifest(self._folder, number))

    def _why_in_place(self, open_files: list[str]) -> str:
        if self._is_wary:
            # The next one may be luckier, unless it has become a habit.
            self._is_wary = self._lost >= _MOST_LOST
            return "the child process that was to save before was lost"
        if open_files:
            return f"{open_files[0]} is open"
        return why_in_place(self._checkpointer.activity.threads())

    def _most_children(self) -> int:
        """How many may go on beside one more."""
        try:
            fitting = memory.spare() // (2 * memory.used())
        except OSError:
            fitting = 1
        return max(0, min(_MOST_CHILDREN, fitting) - 1)

    def _saved_quickly(self, moment: Moment, begun: float) -> bool:
        """Save in place where that takes hardly longer than a fork; return whether it did."""
        budget = None if self._saving else self._choice.budget()
        if budget is None:
            return False
        self._checkpointer.signs_of_life(budget.spend, budget.spend_all)
        try:
            self._save_here(moment, begun, "that was quicker")
        except TooDear:
            self._choice.was_too_dear()
            return False
        finally:
            self._checkpointer.signs_of_life(lambda size: None)
        self._choice.saved_in_place(budget.spent)
        return True

    def _save_here(self, moment: Moment, begun: float, why: str) -> None:
        record = self._written(moment)
        seconds = time.perf_counter() - begun
        write_record(self._folder, {**record, "seconds": seconds, "held": seconds, "how": "in place", "why": why})
        self._checkpointer.blobs.told()

    def _fork(self, moment: Moment, begun: float) -> None:
        kept = [number for one in self._saving for number in one.child.descriptors]
        state = random.getstate()

        def work() -> bytes:
            # A fork seeds it anew.
            random.setstate(state)
            return self._in_child(moment, begun)

        before = time.thread_time()
        with contextlib.ExitStack() as stack:
            if self._lifeline is not None:
                kept.append(stack.enter_context(being_saved(self._folder, moment.cell)))
            child = SavingChild(work, kept, partial(self._ended, moment.cell), self._lifeline)
        self._choice.forked(time.thread_time() - before)
        self._checkpointer.activity.own_children.add(child.pid)
        self._saving.append(_Saving(moment.cell, child))

    def _in_child(self, moment: Moment, begun: float) -> bytes:
        """Save in a child, and return what this process is to know of it."""
        held = time.perf_counter() - begun
        for before in self._saving:
            sign_of_life(10**9)
            before.child.wait()
            self._take(before)
        self._checkpointer.learned()
        self._checkpointer.signs_of_life(sign_of_life)
        processor = time.thread_time()
        try:
            record = self._written(moment)
            seconds = time.perf_counter() - begun
            write_record(self._folder, {**record, "seconds": seconds, "held": held, "how": "forked"})
        except BaseException as error:
            # Whatever it is: the runner waits for a record, and this process ends.
            write_record(self._folder, _failed(moment.cell, error))
            raise
        processor = time.thread_time() - processor
        return pickle.dumps(dataclasses.replace(self._checkpointer.learned(), seconds=processor))

    def _learn(self, most: int) -> None:
        """Learn from the children that have ended, and wait until no more than ``most`` are left."""
        while self._saving and (len(self._saving) > most or not self._saving[0].child.is_alive):
            one = self._saving.pop(0)
            one.child.wait()
            self._is_wary = not self._take(one)
            self._lost = self._lost + 1 if self._is_wary else 0
            one.child.close()
            self._checkpointer.activity.own_children.discard(one.child.pid)

    def _take(self, one: _Saving) -> bool:
        """Know what a child that has ended has found out; return whether it has saved."""
        self._ended(one.number, one.child)
        answer = one.child.answer()
        if answer:
            learned = pickle.loads(answer)
            self._checkpointer.learn(learned)
            self._choice.saved_in_child(learned.seconds)
            return True
        blobs = blobs_told(self._folder, one.number)
        if blobs is None:
            return False
        self._checkpointer.blobs.learn(BlobsKnown(written=blobs))
        self._checkpointer.blobs.told()
        return True

    def _ended(self, number: int, child: SavingChild) -> None:
        """Write, where a child that has ended has not saved, the record that says so."""
        if child.answer() or record_path(self._folder, number).exists():
            return
        for unfinished in self._folder.glob(f"*.{child.pid}.*"):
            unfinished.unlink(missing_ok=True)
        write_record(self._folder, _failed(number, ChildProcessError("the child process that saved it was lost")))

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


def _failed(number: int, error: BaseException) -> dict[str, Any]:
    """Return the record of a checkpoint that could not be saved."""
    said = str(error) or type(error).__name__
    return {"number": number, "error": f"The state after cell {number} could not be saved: {said}."}
