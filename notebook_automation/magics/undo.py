"""`%automation undo`: take the last cell back in an open notebook, once saving is turned on there."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

from .markup import Shown, table
from .noun import Command

if TYPE_CHECKING:
    from notebook_automation.checkpoints import Checkpointer, Manifest

_STEPS = 20
"""Cells that can be taken back, one after the other."""
_MAGIC = "%automation undo"


@dataclass(frozen=True, slots=True)
class _State:
    """The state after a cell, ``label`` is how the notebook shows it. ``unsaved`` is what only lives in the kernel."""

    label: str
    manifest: Manifest
    unsaved: dict[str, Any]


class History:
    """What can be taken back in this kernel: the states after its last cells, on disk in a temporary folder."""

    def __init__(self, shell: Any) -> None:
        # Only who turns it on pays for it.
        from notebook_automation.checkpoints import Checkpointer

        self._shell = shell
        self._folder = tempfile.TemporaryDirectory(prefix="notebook-automation-undo-")
        self._checkpointer: Checkpointer = Checkpointer(shell, Path(self._folder.name))
        self._states: deque[_State] = deque(maxlen=_STEPS + 1)
        self._number = 0
        self._save("", "the beginning")
        shell.events.register("post_run_cell", self._ran)

    def close(self) -> None:
        """Save no more, and forget what was saved."""
        self._shell.events.unregister("post_run_cell", self._ran)
        self._folder.cleanup()

    def take_back(self) -> tuple[str, list[str], float]:
        """Undo the last cell. Return how the notebook shows it, the names that stayed as they are, and seconds."""
        if len(self._states) < 2:
            raise UsageError("There is no cell to take back: none has run since saving was turned on, or all are.")
        begun = time.perf_counter()
        undone = self._states.pop()
        before = self._states[-1]
        self._checkpointer.go_back(before.manifest, before.unsaved)
        self._checkpointer.keep_only(state.manifest for state in self._states)
        return undone.label, sorted(before.unsaved), time.perf_counter() - begun

    def _ran(self, result: Any) -> None:
        source = result.info.raw_cell or ""
        if result.info.store_history and not source.lstrip().startswith(_MAGIC):
            self._save(source, f"[{result.execution_count}]")

    def _save(self, source: str, label: str) -> None:
        manifest = self._checkpointer.save(self._number, source)
        self._number += 1
        self._states.append(_State(label, manifest, self._checkpointer.unsaved(manifest)))
        self._checkpointer.keep_only(state.manifest for state in self._states)


_histories: dict[int, History] = {}
"""By the shell: a kernel has one."""


def undo(shell: Any, given: argparse.Namespace) -> Shown:
    """Turn saving on or off, or take the last cell back."""
    history = _histories.get(id(shell))
    if given.switch == "on":
        if history is None:
            _histories[id(shell)] = History(shell)
        return _said("Saving is on", f"{_MAGIC} takes the last cell back, up to {_STEPS} of them")
    if history is None:
        if given.switch == "off":
            return _said("Saving is off", "")
        raise UsageError(f"Nothing is saved in this notebook yet: {_MAGIC} on saves from the next cell on.")
    if given.switch == "off":
        del _histories[id(shell)]
        history.close()
        return _said("Saving is off", "what was saved is deleted")
    label, stayed, seconds = history.take_back()
    rows = [("Taken back", f"cell {label}, in {seconds:.2f} s")]
    if stayed:
        rows.append(("As they are now", ", ".join(stayed) + ": they cannot be saved"))
    rows.append(("Not taken back", "files, and what was sent elsewhere"))
    return table(("", ""), [(what, text) for what, text in rows], empty="")


def _said(what: str, how: str) -> Shown:
    return table(("", ""), [(what, how)], empty="")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "switch", choices=("on", "off"), nargs="?", metavar="on|off",
        help="on: save the names after each cell from now on; off: no more. Without it: take the last cell back",
    )  # fmt: skip


COMMANDS = {
    "undo": Command(
        summary="take the last cell back, as to what names hold",
        example="%automation undo on",
        act=undo,
        arguments=_arguments,
    ),
}
