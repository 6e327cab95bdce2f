"""The row of a checkpoint: what the kernel says of what it has saved, as it is stored and shown."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from notebook_automation.domain.checkpoints import CHECKPOINT_ID, Checkpoint, SavedFile, SavedName
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.checkpointing import Place
from notebook_automation.execution.pieces import PiecePlan
from notebook_automation.services.checkpoint_content import digest_of
from notebook_automation.store.columns import printable

from .kernel_checkpoints import manifest_text

_SHOWN = 80
_MOST_NAMES = 300
_LARGEST = 2**62
"""What a kernel can say of its bytes: a database holds no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsaved:
    """A piece that has run, and whose checkpoint is not stored yet."""

    number: int
    place: Place
    outputs: bytes
    files: asyncio.Future[tuple[Sequence[SavedFile], str]]


def checkpoint_row(
    session: Session, plan: PiecePlan, masker: Masker, one: Unsaved, record: Mapping[str, Any],
    files: Sequence[SavedFile], files_problem: str,
) -> Checkpoint:  # fmt: skip
    """Return the checkpoint that the kernel's ``record`` describes, not signed yet.

    ``files_problem`` says why its files could not be copied. Raises ValueError, TypeError, KeyError where the record is
    not as a kernel writes it.
    """
    is_saved = "manifest" in record
    obstacle = str(record.get("error") or record.get("obstacle") or files_problem)
    return Checkpoint(
        id=CHECKPOINT_ID.new(),
        session_id=session.id,
        number=one.number,
        attempt=session.attempt,
        cell_index=one.place.cell_index,
        piece=one.place.piece,
        pieces=len(plan.pieces(one.place.cell_index)),
        sources=plan.sources(one.place),
        manifest=digest_of(manifest_text(record)) if is_saved else None,
        outputs=digest_of(one.outputs),
        files=tuple(files),
        names=_names(record.get("names", ()), masker),
        # As it is stored: it is signed.
        obstacle=printable(masker.text(obstacle)),
        how=str(record.get("how", "")) + (f": {record['why']}" if record.get("why") else ""),
        size=min(int(record.get("bytes", 0)), _LARGEST),
        seconds=float(record.get("seconds", 0.0)),
        held=float(record.get("held", 0.0)),
        created_at=time.time(),
    )


def _names(found: Sequence[Mapping[str, Any]], masker: Masker) -> tuple[SavedName, ...]:
    """Return what is shown of the names: the largest, where there are very many."""
    names = sorted((_name(name, masker) for name in found), key=lambda name: -name.size)[:_MOST_NAMES]
    return tuple(sorted(names, key=lambda name: name.name))


def _name(found: Mapping[str, Any], masker: Masker) -> SavedName:
    text = masker.text(str(found["text"]))[:_SHOWN]
    return SavedName(name=str(found["name"]), type=str(found["type"]), size=int(found["size"]), text=text)


def outputs_of(place: Place, cell: NotebookNode) -> bytes:
    """Return what is kept of a cell as it is now."""
    kept = {
        "outputs": cell.get("outputs", []),
        "execution_count": cell.get("execution_count"),
        "metadata": cell.metadata,
    }
    return json.dumps({str(place.cell_index): kept}).encode("utf-8")
