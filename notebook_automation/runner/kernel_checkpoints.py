"""What passes between runner and kernel for checkpoints: code that saves and restores, records that come back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from notebook_automation.domain.errors import Unavailable
from notebook_automation.execution.checkpointing import Place
from notebook_automation.execution.hostile_files import read_regular

from .outlived_saves import lifeline_path

FOLDER = "checkpoint"
_DIGEST = re.compile("[0-9a-f]{40}")
_RECORD_BYTES = 64 * 1024 * 1024
_OPENING = """
try:
    from notebook_automation.checkpoints import session
    from notebook_automation.sdk import position
except ImportError as error:
    raise ImportError(
        f"The kernel's environment cannot save the session ({error}): install notebook-automation there, "
        "or run it without is_durable."
    ) from None
session.begin(%r, %r, %r)
"""
_RESTORE = "session.restore(%d)\n"
_REHEARSE = "session.rehearse(%d)\n"
_SAVE = """
from notebook_automation.checkpoints import session
from notebook_automation.sdk import position
session.save(%d, %r, %r)
"""
_PLACE = "position.begin(%d, %d)\n"


def opening_code(folder: Path, work: Path, restored: int | None, first: Place) -> str:
    """Return the code that prepares a kernel, and restores the checkpoint ``restored`` into it.

    What it saves may outlive it where there is a `Lifeline` in ``folder``.
    """
    restore = "" if restored is None else _RESTORE % restored
    opening = _OPENING % (str(folder), str(work), str(lifeline_path(folder)))
    return opening + restore + _PLACE % (first.cell_index, first.piece)


def rehearsal_code(folder: Path, work: Path, number: int) -> str:
    """Return the code that tries in a kernel of its own whether checkpoint ``number`` can be restored."""
    return _OPENING % (str(folder), str(work), "") + _REHEARSE % number


def saving_code(number: int, source: str, tags: Sequence[str], following: Place) -> str:
    """Return the code that saves checkpoint ``number``, after ``source`` has run."""
    return _SAVE % (number, source, [str(tag) for tag in tags]) + _PLACE % (following.cell_index, following.piece)


def read_record(folder: Path, number: int) -> dict[str, Any] | None:
    """Return what the kernel says of checkpoint ``number``; None while it says nothing.

    Raises Unavailable (``checkpoint_unreadable``) for what it cannot have meant.
    """
    try:
        record = json.loads(read_regular(folder, f"{number}.json", _RECORD_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise Unavailable(f"The kernel's record cannot be read: {error}", code="checkpoint_unreadable") from None
    blobs = record.get("blobs", {}) if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(blobs, dict) or not all(map(_DIGEST.fullmatch, blobs)):
        raise Unavailable("The kernel's record is none.", code="checkpoint_unreadable")
    return record


def manifest_text(record: Mapping[str, Any]) -> bytes:
    """Return what is kept of a record, to be restored from."""
    kept = {name: record[name] for name in ("number", "manifest", "digest")}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode("utf-8")
