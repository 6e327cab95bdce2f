"""What happened to a notebook since its last full save: one line of JSON per change, beside the file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from nbformat.v4.nbjson import BytesEncoder

_FORMAT = 1


def journal_path(notebook: Path) -> Path:
    """Hidden, in the same folder: ``.<name>.journal``."""
    return notebook.with_name(journal_name(notebook.name))


def journal_name(name: str) -> str:
    """The name of the journal of the notebook ``name``."""
    return f".{name}.journal"


def fingerprint(content: bytes) -> str:
    """Names the full save that a journal goes on from."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


class Journal:
    """Appends changes for the notebook file whose content has the fingerprint ``of``.

    It is on disk, for whoever reads the file after this process was killed, when a call returns; it is not synced
    against a loss of power.
    """

    def __init__(self, notebook: Path, of: str) -> None:
        self.path = journal_path(notebook)
        fresh = self.path.with_name(self.path.name + ".new")
        self._file: BinaryIO = open(fresh, "wb", buffering=0)  # noqa: SIM115 - closed by `close`
        self._append({"journal": _FORMAT, "of": of})
        os.replace(fresh, self.path)

    def cell(self, index: int, cell: Mapping[str, Any]) -> int:
        """The cell is now this; returns the bytes written."""
        return self._append({"cell": index, "is": cell})

    def metadata(self, metadata: Mapping[str, Any]) -> int:
        """The notebook's metadata are now these."""
        return self._append({"metadata": metadata})

    def mark(self, mark: str) -> None:
        """Say that all that was shown before ``mark`` (see `sdk.output_marks`) is saved."""
        self._append({"mark": mark})

    def close(self, *, remove: bool) -> None:
        self._file.close()
        if remove:
            self.path.unlink(missing_ok=True)

    def _append(self, entry: Mapping[str, Any]) -> int:
        line = _line(entry)
        written = 0
        while written < len(line):
            written += self._file.write(line[written:])
        return written


def has_mark(journal: bytes, mark: str) -> bool:
    """Whether ``mark`` was written to a journal."""
    return b"\n" + _line({"mark": mark}) in journal


def fold(nb: dict[str, Any], content: bytes, journal: bytes) -> int:
    """Apply to ``nb`` (read from ``content``) the changes that a journal adds to it; returns how many.

    A journal that goes on from another content is older than the file and adds nothing. A last line that was being
    written when the process died is left out.
    """
    changes = 0
    lines = journal.split(b"\n")[:-1]
    for number, line in enumerate(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            break
        if number == 0:
            if entry.get("journal") != _FORMAT or entry.get("of") != fingerprint(content):
                return 0
        elif "metadata" in entry:
            nb["metadata"] = entry["metadata"]
            changes += 1
        elif entry.get("cell", len(nb["cells"])) < len(nb["cells"]):
            nb["cells"][entry["cell"]] = entry["is"]
            changes += 1
    return changes


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, cls=BytesEncoder, separators=(",", ":")).encode() + b"\n"
