"""The hooks of a notebook run: what an observer is notified of, and several observers as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from nbformat import NotebookNode

CellStatus = Literal["ok", "error", "shown", "allowed", "skipped", "stopped", "kept", "kept_shown"]
"""``ok``; ``error`` (the cell raised, which ends the run); ``shown`` (an error that its code caught and showed, as
`%run` does: the run goes on, and has failed); ``allowed`` (it raised, and may: ``raises-exception``);
``skipped`` (markdown, empty, tagged ``skip-execution``); ``stopped`` (it was running when the run ended: cancelled,
out of time, kernel dead); ``kept`` (it ran in an earlier attempt: it was not started in this one), ``kept_shown`` (and
was ``shown`` there)."""


class RunObserver(Protocol):
    """Called on the event loop's thread, in the order in which things happen; must return quickly.

    Cells come strictly one after the other by index, markdown included. An exception ends the run with it.
    """

    def started(self, kernel_info: Mapping[str, Any]) -> None:
        """The kernel answered: the content of its ``kernel_info_reply``."""

    def cell_started(self, index: int, cell: NotebookNode) -> None:
        """The cell is the next to run (its request may have been queued in the kernel before)."""

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        """One output as it came: for a stream the new chunk, not the joined text in ``cell.outputs``."""

    def mark(self, index: int, cell: NotebookNode, mark: str) -> None:
        """The cell's code has set a mark behind what it has shown so far (see `sdk.output_marks`)."""

    def cell_finished(self, index: int, cell: NotebookNode, status: CellStatus) -> None:
        """Nothing more comes for this cell; its outputs and metadata are complete."""


class NoObserver:
    """Does nothing; a base for observers that want one or two of the hooks."""

    def started(self, kernel_info: Mapping[str, Any]) -> None:
        return None

    def cell_started(self, index: int, cell: NotebookNode) -> None:
        return None

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        return None

    def mark(self, index: int, cell: NotebookNode, mark: str) -> None:
        return None

    def cell_finished(self, index: int, cell: NotebookNode, status: CellStatus) -> None:
        return None


class Observers(NoObserver):
    """Several observers as one, called in the order given."""

    def __init__(self, *observers: RunObserver) -> None:
        self._all = list(observers)

    def put_first(self, observer: RunObserver) -> None:
        """Call this one too, before the others."""
        self._all.insert(0, observer)

    def started(self, kernel_info: Mapping[str, Any]) -> None:
        for one in self._all:
            one.started(kernel_info)

    def cell_started(self, index: int, cell: NotebookNode) -> None:
        for one in self._all:
            one.cell_started(index, cell)

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        for one in self._all:
            one.output(index, cell, output)

    def mark(self, index: int, cell: NotebookNode, mark: str) -> None:
        for one in self._all:
            one.mark(index, cell, mark)

    def cell_finished(self, index: int, cell: NotebookNode, status: CellStatus) -> None:
        for one in self._all:
            one.cell_finished(index, cell, status)
