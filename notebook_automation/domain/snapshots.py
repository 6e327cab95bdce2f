"""The project's files as they were when a session started, content-addressed."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from .ids import IdPrefix

SNAPSHOT_ID = IdPrefix("snp")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFile:
    """``path`` is relative with forward slashes; ``blob`` the SHA-256 of the content, ``size`` its bytes.

    ``link`` is the absolute path of what is read in place instead (too large, or a folder that is not copied).
    """

    path: str
    blob: str | None = None
    size: int = 0
    executable: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A set of files; equal sets have equal ids."""

    id: str
    files: tuple[SnapshotFile, ...]


def snapshot_of(files: list[SnapshotFile]) -> Snapshot:
    """Return the snapshot that holds ``files``, its id derived from what they are."""
    ordered = tuple(sorted(files, key=lambda file: file.path))
    digest = hashlib.sha256()
    for file in ordered:
        digest.update(f"{file.path}\0{file.blob}\0{file.executable}\0{file.link}\0".encode("utf-8", "surrogatepass"))
    # As long as every other id: 130 bits.
    return Snapshot(id=f"{SNAPSHOT_ID.text}_{_name(digest.digest())}", files=ordered)


def _name(digest: bytes) -> str:
    return base64.b32encode(digest).decode("ascii").lower()[:26]
