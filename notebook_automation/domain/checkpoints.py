"""Checkpoints of durable sessions: what is known of each, what is signed of it, and whether it can be gone on from."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .ids import IdPrefix
from .session_log import Cell
from .sessions import Session

CHECKPOINT_ID = IdPrefix("chk")
SavedKind = Literal["file", "folder", "link", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFile:
    """What differs from the session's snapshot at ``path``; a ``gone`` one was deleted, be it a file, folder or link.

    ``digest``, ``size`` (bytes) and ``mode`` are a file's, ``target`` is where a link leads.
    """

    path: str
    kind: SavedKind = "file"
    digest: str | None = None
    size: int = 0
    mode: int = 0
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedName:
    """What a name of the notebook held: its type, about how many bytes, and a short text for people."""

    name: str
    type: str
    size: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a session after piece ``piece`` (of ``pieces``) of the cell at ``cell_index``.

    ``number`` counts a session's checkpoints from 0. ``sources`` is the hash of all that had run by then. ``manifest``
    and ``outputs`` are digests of content; no manifest: the state could not be saved. ``obstacle`` says why the session
    cannot go on from here, '' where it can. ``size`` is bytes written for it, ``seconds`` what saving took, ``held``
    how long the kernel stood still for it, ``how`` in which way it was saved.
    """

    id: str
    session_id: str
    number: int
    attempt: int
    cell_index: int
    piece: int
    pieces: int
    sources: str
    manifest: str | None
    outputs: str
    files: tuple[SavedFile, ...] = ()
    names: tuple[SavedName, ...] = ()
    obstacle: str = ""
    how: str = ""
    size: int = 0
    seconds: float = 0.0
    held: float = 0.0
    signature: str = ""
    created_at: float = 0.0

    @property
    def ends_cell(self) -> bool:
        """Whether its cell had run to its end."""
        return self.piece + 1 >= self.pieces

    def signed(self, project_id: str, before: str) -> bytes:
        """Return what its signature is of; ``before`` is the signature of the checkpoint before, '' for the first."""
        files = [[file.path, file.kind, file.digest, file.mode, file.target] for file in self.files]
        parts = [
            project_id, self.session_id, self.number, self.cell_index, self.piece, self.pieces, self.sources,
            self.manifest, self.outputs, files, self.obstacle, before,
        ]  # fmt: skip
        return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedNotebook:
    """A notebook that is to go on from another's checkpoints, as it is to run.

    ``sources`` has the hash of all that has run after each piece, by (cell index, piece), ``ids`` the ids of the cells
    that run, by index. ``parameters`` are what it is given over its defaults, ``injected`` is the index of the cell
    that sets them, ``asks`` that of the first that may ask for them by itself (`na.params`).
    """

    sources: Mapping[tuple[int, int], str]
    ids: Mapping[int, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    injected: int | None = None
    asks: int | None = None

    def position(self, cell_index: int) -> int:
        """Return the place of a cell among those that do not set parameters."""
        return cell_index - (self.injected is not None and cell_index > self.injected)

    def index_at(self, position: int) -> int:
        """Return the index of the cell at this place among those that do not set parameters."""
        return position + (self.injected is not None and position >= self.injected)


def sources_hash(before: str, source: str) -> str:
    """Return the hash of all that has run when ``source`` has, after what has the hash ``before`` ('' for nothing)."""
    return hashlib.sha256(before.encode("ascii") + source.encode("utf-8", "surrogatepass")).hexdigest()


def kept_prefix(checkpoints: Sequence[Checkpoint], edited: EditedNotebook) -> list[Checkpoint]:
    """Return the first of ``checkpoints`` that ``edited`` can go on from, each at its cell's place there.

    What runs before the first piece that differs is kept, also where cells that do not run were put between.
    """
    places = {sources: place for place, sources in edited.sources.items()}
    pieces = Counter(cell_index for cell_index, _ in edited.sources)
    kept: list[Checkpoint] = []
    for checkpoint in checkpoints:
        cell_index, piece = places.get(checkpoint.sources, (-1, -1))
        if piece != checkpoint.piece:
            break
        kept.append(replace(checkpoint, cell_index=cell_index, pieces=pieces[cell_index]))
    return kept


def moved_cells(
    checkpoints: Sequence[Checkpoint], kept: Sequence[Checkpoint], cells: Sequence[Cell], edited: EditedNotebook
) -> dict[int, int]:
    """Return by the index that a cell had the one that it has in ``edited``: those that are ``kept``, others by id."""
    by_id = {cell_id: index for index, cell_id in edited.ids.items()}
    moved = {cell.index: by_id[cell.id] for cell in cells if cell.id in by_id}
    return moved | {old.cell_index: new.cell_index for old, new in zip(checkpoints, kept, strict=False)}


def before_cell(checkpoints: Sequence[Checkpoint], cell_index: int) -> list[Checkpoint]:
    """Return the ``checkpoints`` that were made before the cell at ``cell_index`` began."""
    return [checkpoint for checkpoint in checkpoints if checkpoint.cell_index < cell_index]


def cell_numbers(cells: Sequence[Cell]) -> dict[int, int]:
    """Return by their index the numbers of a session's cells, as its log counts them: those that run, from 1."""
    running = [cell.index for cell in cells if cell.status != "skipped"]
    return {index: number for number, index in enumerate(running, 1)}


def why_not_on(session: Session, last: Checkpoint | None, *, max_crashes: int) -> str:
    """Return why a durable session that was lost once more is to end, in a sentence; '' where it goes on.

    ``last`` is its newest checkpoint.
    """
    if last is not None and last.obstacle:
        return f"It cannot go on from its last finished cell: {last.obstacle}."
    # What has finished since its attempt began makes this the first loss at that place.
    crashes = 0 if last is not None and last.attempt == session.attempt else session.crashes
    if crashes + 1 >= max_crashes:
        return f"It was lost {crashes + 1} times at the same place, and is not tried again (setting max_crashes)."
    return ""


def manifest_blobs(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Give the digests of the blobs that a kernel's manifest names."""
    for group in (*manifest["groups"], manifest["process"]):
        yield group["skeleton"]
        yield from group["buffers"]
