"""Checkpoints, as the API shows them, and how a session is gone on from one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from .paging import Page


class SavedName(Struct, kw_only=True):
    """What a name of the notebook held: its type, about how many bytes, a few words. Never its value."""

    name: str
    type: str
    size: int
    text: str


class SavedFile(Struct, kw_only=True):
    """A file that the session had written, changed or (`is_deleted`) deleted; `size` is bytes."""

    path: str
    size: int
    is_deleted: bool


class Checkpoint(Struct, kw_only=True):
    """The state of a session after a piece (from 0) of a cell.

    `cell` counts as the log does, from 1. `obstacle` says why the session cannot go on from here, '' where it can.
    `size` is the bytes that were written for it, `seconds` what saving took, `held` for how many of them the kernel
    stood still. `is_kept`: an earlier session ran the cell.
    """

    number: int
    cell: int | None
    cell_index: int
    piece: int
    pieces: int
    attempt: int
    is_kept: bool
    obstacle: str
    how: str
    size: int
    seconds: float
    held: float
    names: list[SavedName]
    files: list[SavedFile]
    created_at: str | None


class CheckpointPage(Page[Checkpoint]):
    """All checkpoints of a session."""


class ResumeBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where to go on, and with which files.

    Without `from_cell` (which counts as the log does, from 1) that is the last checkpoint. With the files of `now`, or
    with what the live copy `notebook` (a path under the Jupyter root) has become, cells are kept up to the first that
    differs. Where `parameters` have other values than before, cells are kept up to the one that sets them; with the
    `same` files and a `from_cell` behind that one all before `from_cell` are kept as they are, and what changed is set
    by a cell that is put in there.
    """

    from_cell: Annotated[int, Meta(ge=1)] | None = None
    files: Literal["same", "now"] = "same"
    notebook: str | None = None
    parameters: dict[str, Any] = {}


class LiveCopy(Struct, kw_only=True):
    """A notebook at `path` under the Jupyter root, and the id of the cell in it that is to run next."""

    path: str
    cell: str | None
