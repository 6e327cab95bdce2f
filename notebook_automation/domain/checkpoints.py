"""Checkpoints of durable sessions: what is known of each, what is signed of it, and whether it can be gone on from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


def sources_hash(before: str, source: str) -> str:
    """Return the hash of all that has run when ``source`` has, after what has the hash ``before`` ('' for nothing)."""
    return hashlib.sha256(before.encode("ascii") + source.encode("utf-8", "surrogatepass")).hexdigest()


def kept_prefix(checkpoints: Sequence[Checkpoint], sources: Mapping[tuple[int, int], str]) -> list[Checkpoint]:
    """Return the first of ``checkpoints`` that a notebook can go on from which has ``sources``.

    These are the hashes of all that has run after each (cell index, piece): what runs before the first that differs is
    kept.
    """
    kept: list[Checkpoint] = []
    for checkpoint in checkpoints:
        if sources.get((checkpoint.cell_index, checkpoint.piece)) != checkpoint.sources:
            break
        kept.append(checkpoint)
    return kept


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
