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

from notebook_automation.domain.errors import NotFound, TooLarge, Unavailable

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
        """Store a copy of the file at ``path``; return its hash and size. Raises Unavailable (``disk_full``)."""
        with open(path, "rb") as source:
            return self.put_stream(source)

    def put_stream(self, source: BinaryIO, *, at_most: int | None = None) -> tuple[str, int]:
        """Store what ``source`` holds from where it is; return its hash and size.

        Hash and copy come from one reading: a file that changes meanwhile gives one of its states, never a mixture of
        a hash and another content. Raises TooLarge (``content_too_large``) for more than ``at_most`` bytes,
        Unavailable (``disk_full``).
        """
        first = source.read(_CHUNK)
        _check_size(len(first), at_most)
        if len(first) < _CHUNK:
            return self.put_bytes(first)
        size = 0

        def copy(file: BinaryIO) -> str:
            nonlocal size
            sha = hashlib.sha256()
            chunk = first
            while chunk:
                sha.update(chunk)
                size += file.write(chunk)
                _check_size(size, at_most)
                chunk = source.read(_CHUNK)
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

    def holds_anything(self) -> bool:
        """Return whether any content is stored."""
        return any(_DIGEST.fullmatch(path.name) for path in self._root.glob("??/*"))

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
            temporary = ""
            _sync_folder(target.parent)
        except OSError as error:
            if error.errno in _FULL:
                raise Unavailable(
                    f"The disk of {self._root} is full ({error.strerror}): nothing was stored. Make room, try again.",
                    code="disk_full",
                ) from error
            raise
        finally:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
        return digest


def _check_size(size: int, at_most: int | None) -> None:
    if at_most is not None and size > at_most:
        raise TooLarge(f"It holds more than {at_most / 2**20:g} MiB.", code="content_too_large")


def _sync_folder(folder: Path) -> None:
    """Make a rename last: without it a loss of power may forget the name of a synced file."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
