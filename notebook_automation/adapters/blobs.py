"""Content by its SHA-256 in a folder: written beside, synced, then renamed, so that nothing half-written is seen."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from notebook_automation.domain.errors import NotFound, Unavailable

_INCOMING = "incoming"
_CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileBlobs:
    """Keeps blobs under ``root``, in folders named for the first two digits of the hash."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put_bytes(self, content: bytes) -> tuple[str, int]:
        """Store ``content``; return its hash and size in bytes. Raises Unavailable (``disk_full``)."""
        digest = hashlib.sha256(content).hexdigest()
        if not self._at(digest).exists():
            self._keep(lambda file: (file.write(content), digest)[1])
        return digest, len(content)

    def put_file(self, path: Path) -> tuple[str, int]:
        """Store a copy of the file at ``path``; return its hash and size. Raises Unavailable (``disk_full``).

        Hash and copy come from one reading: a file that changes meanwhile gives one of its states, never a mixture of
        a hash and another content.
        """
        size = 0
        with open(path, "rb") as source:
            if os.fstat(source.fileno()).st_size <= _CHUNK:
                return self.put_bytes(source.read())

            def copy(file: BinaryIO) -> str:
                nonlocal size
                sha = hashlib.sha256()
                while chunk := source.read(_CHUNK):
                    sha.update(chunk)
                    size += file.write(chunk)
                return sha.hexdigest()

            digest = self._keep(copy)
        return digest, size

    def path(self, digest: str) -> Path:
        """Return where the content is, to read; raises NotFound (``blob_missing``)."""
        path = self._at(digest)
        if not path.is_file():
            raise NotFound(f"The content {digest[:12]}… is not there any more.", code="blob_missing")
        return path

    def remove(self, digest: str) -> None:
        """Delete the content; nothing happens where there is none."""
        self._at(digest).unlink(missing_ok=True)

    def stored_before(self, before: float) -> Iterator[str]:
        """Yield the hashes of what was stored before ``before`` (epoch seconds); delete what was never finished."""
        for path in self._root.glob("*/*"):
            try:
                if path.stat().st_mtime >= before:
                    continue
                if path.parent.name == _INCOMING:
                    path.unlink()
                elif _DIGEST.fullmatch(path.name):
                    yield path.name
            except FileNotFoundError:
                # Finished, or cleaned up by somebody else, a moment ago.
                continue

    def _at(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise NotFound("This is not the hash of a stored file.", code="blob_missing")
        return self._root / digest[:2] / digest

    def _keep(self, fill: Callable[[BinaryIO], str]) -> str:
        """Store what ``fill`` writes under the hash that it returns."""
        temporary = ""
        try:
            incoming = self._root / _INCOMING
            incoming.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=incoming)
            with open(descriptor, "wb") as file:
                digest = fill(file)
                file.flush()
                os.fsync(file.fileno())
            target = self._at(digest)
            target.parent.mkdir(exist_ok=True)
            os.replace(temporary, target)
            _sync_folder(target.parent)
        except OSError as error:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            if error.errno in _FULL:
                raise Unavailable(
                    f"The disk of {self._root} is full ({error.strerror}): nothing was stored. Make room, try again.",
                    code="disk_full",
                ) from error
            raise
        return digest


def _sync_folder(folder: Path) -> None:
    """Make a rename last: without it a loss of power may forget the name of a synced file."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
