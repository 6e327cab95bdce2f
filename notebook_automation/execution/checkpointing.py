"""What a durable run does between the pieces of its cells: requests to the kernel that save, restore and say where."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nbformat import NotebookNode


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of a cell: the cell's index in the notebook that runs, the piece's number in the cell, from 0."""

    cell_index: int
    piece: int


END = Place(2**31, 0)
"""Behind all cells: there is nothing left to run."""


class Checkpointing(Protocol):
    """Asked by a run for what it is to send to its kernel. Called on the event loop's thread; must return quickly."""

    @property
    def start(self) -> Place | None:
        """The piece to begin with, or `END`; None: the first. Cells before it are not run."""

    @property
    def kept(self) -> Mapping[int, Mapping[str, Any]]:
        """The cells that have run already, by index, also one with pieces left: outputs, execution_count, metadata."""

    def pieces(self, index: int, cell: NotebookNode) -> Sequence[str]:
        """Return a cell's source in pieces."""

    def opening(self, first: Place) -> str:
        """Return the code that prepares the kernel, before the piece ``first``; it leaves no name behind."""

    def after(self, place: Place, source: str, cell: NotebookNode, following: Place) -> str:
        """Return the code that saves what ``place`` has left, before ``following``; it leaves no name behind.

        ``source`` is the piece that has run, ``cell`` has its outputs so far.
        """

    def settled(self) -> asyncio.Future[None]:
        """Return what is done when this side has kept what the piece has left, too: the next one may run then."""
