"""Content on disk under its hash: what did not change is not written again, and what was changed is seen."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from .errors import DamagedCheckpoint

try:
    from xxhash import xxh3_128_digest
except ImportError:  # a kernel of another environment
    xxh3_128_digest = None  # type: ignore[assignment]


_DIGEST_BYTES = 20


class BlobFolder:
    """Blobs of one session in ``folder``. A blob is whole on disk before its digest is returned by `put_all`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[bytes, int], str] = {}
        """Digests by a fingerprint that is an order of magnitude faster, of what this process has hashed itself."""
        self.written = 0
        """Bytes written so far."""

    def put_all(self, contents: Iterable[bytes | memoryview]) -> list[str]:
        """Store each and return their digests. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        before = self.written
        digests = [self._put(memoryview(content).cast("B")) for content in contents]
        if self.written != before:
            _sync_folder(self._folder)
        return digests

    def get(self, digest: str, *, writable: bool = True) -> bytearray | bytes:
        """Return a blob's content; ``writable`` content becomes memory of arrays. Raises DamagedCheckpoint."""
        try:
            with (self._folder / digest).open("rb") as file:
                content = bytearray(os.fstat(file.fileno()).st_size)
                file.readinto(content)
        except OSError as error:
            raise DamagedCheckpoint(f"A part of the checkpoint cannot be read ({error.strerror}: {digest}).") from error
        if _digest(content) != digest:
            raise DamagedCheckpoint(f"A part of the checkpoint was changed on disk ({digest}).")
        return content if writable else bytes(content)

    def keep_only(self, digests: Iterable[str]) -> None:
        """Delete all others. Raises OSError."""
        wanted = set(digests)
        self._known = {key: digest for key, digest in self._known.items() if digest in wanted}
        for file in self._folder.iterdir():
            if file.name not in wanted:
                file.unlink(missing_ok=True)

    def _put(self, content: memoryview) -> str:
        key = (_fingerprint(content), len(content))
        known = self._known.get(key)
        if known is not None:
            return known
        digest = _digest(content)
        path = self._folder / digest
        if not path.exists():
            unfinished = path.with_name(f"{digest}.{os.getpid()}.{threading.get_ident()}")
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            self.written += len(content)
        self._known[key] = digest
        return digest


def _fingerprint(content: memoryview) -> bytes:
    if xxh3_128_digest is None:
        return hashlib.blake2b(content, digest_size=16).digest()
    return xxh3_128_digest(content)


def _digest(content: bytes | bytearray | memoryview) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
