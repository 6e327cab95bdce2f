"""The kernel's side of a session's journal of steps: what is recorded there, and what is added.

The journal is the file ``steps.jsonl`` in the session's folder, which is only added to. Each line is a JSON object, the
fields of the product's `Step` with ``result`` in base64, and says all of one step; later lines of the same step replace
earlier ones. A result of more than `INLINE` bytes lies in ``steps/<digest>`` beside it. A line without its end was
being written when the process died, and counts as not there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

from .step_errors import StepFailed

FILE = "steps.jsonl"
FOLDER = "steps"
INLINE = 256 * 1024
"""Bytes of a result's pickle that the journal itself takes."""
UNORDERED = -1
_DIGEST_BYTES = 20

_sync = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A step as it was recorded; the product's `Step` explains the fields. ``line`` is where its line begins."""

    cell_index: int
    piece: int
    name: str
    nth: int
    number: int
    status: str
    fingerprint: str
    idempotency_key: str
    tries: int
    started_at: float
    finished_at: float | None = None
    content: str | None = None
    shown: str | None = None
    error: dict[str, str] | None = None
    line: int | None = None


class StepJournal:
    """The journal in ``folder``; steps of pieces before (``cell_index``, ``piece``) are not looked at.

    Safe to use from several threads. Raises OSError where the file cannot be read.
    """

    def __init__(self, folder: str, *, since: tuple[int, int] = (0, 0)) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._file = os.open(os.path.join(folder, FILE), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._records: dict[tuple[int, int], dict[tuple[str, int], Record]] = {}
        self._end = 0
        # Whether the last line has no end: what comes next begins a new one.
        self._torn = False
        self._read(since)

    def of_piece(self, cell_index: int, piece: int) -> dict[tuple[str, int], Record]:
        """Return the piece's steps by name and nth; it is what is known, not a copy."""
        return self._records.setdefault((cell_index, piece), {})

    def add(self, record: Record, result: bytes | None = None, *, synced: bool) -> None:
        """Record a step; where ``synced`` it is on disk, against a loss of power too, when this returns.

        Raises OSError.
        """
        values = asdict(record)
        del values["line"]
        if result is not None and len(result) > INLINE:
            values["content"] = self._write_aside(result)
        else:
            values["result"] = None if result is None else base64.b64encode(result).decode("ascii")
        line = json.dumps(values, separators=(",", ":")).encode("ascii") + b"\n"
        with self._lock:
            at = self._append(line)
            record = replace(record, content=values["content"], line=at)
            self.of_piece(record.cell_index, record.piece)[record.name, record.nth] = record
        if synced:
            # Not under the lock: of several threads the first one's sync may carry the others' lines.
            _sync(self._file)

    def result_of(self, record: Record) -> bytes | None:
        """Return the pickle that was recorded. Raises StepFailed where it was changed on disk, OSError."""
        if record.content is not None:
            content = self._read_aside(record.content)
            if content is not None and _digest(content) == record.content:
                return content
        elif record.line is not None:
            with self._lock, open(self._file, "rb", closefd=False) as file:
                file.seek(record.line)
                values = _parsed(file.readline())
            if values is not None and values["name"] == record.name:
                return None if values["result"] is None else base64.b64decode(values["result"])
        raise StepFailed(f"The recorded result of step {record.name!r} is not there any more, or was changed on disk.")

    def _read_aside(self, digest: str) -> bytes | None:
        try:
            with open(os.path.join(self._folder, FOLDER, digest), "rb") as file:
                return file.read()
        except OSError:
            return None

    def _read(self, since: tuple[int, int]) -> None:
        with open(self._file, "rb", closefd=False) as file:
            file.seek(0)
            for line in file:
                self._torn = not line.endswith(b"\n")
                values = None if self._torn else _parsed(line)
                if values is not None and (values["cell_index"], values["piece"]) >= since:
                    values.pop("result", None)
                    record = Record(**values, line=self._end)
                    self.of_piece(record.cell_index, record.piece)[record.name, record.nth] = record
                self._end += len(line)

    def _append(self, line: bytes) -> int:
        if self._torn:
            line = b"\n" + line
        at = os.lseek(self._file, 0, os.SEEK_END) + (1 if self._torn else 0)
        # Until all of it is written: a full disk may take a part.
        self._torn = True
        written = 0
        while written < len(line):
            written += os.write(self._file, line[written:])
        self._torn = False
        return at

    def _write_aside(self, content: bytes) -> str:
        folder = os.path.join(self._folder, FOLDER)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        digest = _digest(content)
        path = os.path.join(folder, digest)
        unfinished = f"{path}.{os.getpid()}.{threading.get_ident()}"
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
        if os.name != "nt":
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return digest


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        values = json.loads(line)
        Record(**{name: value for name, value in values.items() if name != "result"})
    except (ValueError, TypeError, AttributeError):
        # What was torn in the middle by a loss of power, or is nothing of ours.
        return None
    return values if isinstance(values, dict) else None


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
