"""Content in files under its hash: what did not change is not written again, and what was changed is seen.

Nothing waits for the disk: no kernel outlives its machine, and what is to outlive it is stored, and synced, by whoever
takes it from here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .errors import DamagedCheckpoint

try:
    from xxhash import xxh3_128_digest
except ImportError:  # a kernel of another environment
    xxh3_128_digest = None  # type: ignore[assignment]


_DIGEST_BYTES = 20
_READERS = 2
_FASTER = 20
"""How much faster a fingerprint is than a digest and a file."""
_Fingerprint = tuple[bytes, int]


@dataclass(slots=True)
class BlobsKnown:
    """What is known to have been written: ``digests`` by a fingerprint that is an order of magnitude faster, and all.

    What is not known here is written, whatever lies in the folder: its files may have been moved away or emptied.
    """

    digests: dict[_Fingerprint, str] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)


class BlobFolder:
    """Blobs of one session in ``folder``. A blob is whole before its digest is returned by `put_all`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = BlobsKnown()
        self._learned = BlobsKnown()
        self._ahead: dict[str, Future[tuple[bytearray, bytes]]] = {}
        self.written = 0
        """Bytes written so far."""
        self.new: dict[str, int] = {}
        """Blobs that were written and that no record has told of yet (`told`), with their bytes."""
        self.alive: Callable[[int], object] = lambda size: None
        """Called from time to time while content is stored, with the bytes that are handled next."""

    def put_all(self, contents: Iterable[bytes | memoryview]) -> list[str]:
        """Store each and return their digests. Raises OSError: what was written by then is known to be there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished: dict[str, tuple[Path, int]] = {}
        digests = []
        try:
            for content in contents:
                memory = memoryview(content).cast("B")
                self.alive(len(memory) // _FASTER)
                key = (_fingerprint(memory), len(memory))
                digest = self._known.digests.get(key, "")
                if not digest:
                    self.alive(len(memory))
                    digest = _digest(memory)
                digests.append(digest)
                if digest not in self._known.written and digest not in unfinished:
                    unfinished[digest] = (self._write(digest, memory), len(memory))
                self._learn(key, digest)
            self._finish(unfinished)
        finally:
            for path, _ in unfinished.values():
                path.unlink(missing_ok=True)
        return digests

    @contextlib.contextmanager
    def reading_ahead(self, digests: Iterable[str]) -> Iterator[None]:
        """Read what `get` will be asked for, in this order, and check it meanwhile: hashing needs no interpreter."""
        executor = ThreadPoolExecutor(_READERS)
        try:
            for digest in digests:
                self._ahead.setdefault(digest, executor.submit(self._read, digest))
            yield
        finally:
            executor.shutdown(cancel_futures=True)
            self._ahead.clear()

    def get(self, digest: str, *, writable: bool = True) -> bytearray | bytes:
        """Return a blob's content; ``writable`` content becomes memory of arrays. Raises DamagedCheckpoint."""
        ahead = self._ahead.pop(digest, None)
        content, fingerprint = self._read(digest) if ahead is None else ahead.result()
        self._learn((fingerprint, len(content)), digest)
        self._known.written.add(digest)
        return content if writable else bytes(content)

    def _read(self, digest: str) -> tuple[bytearray, bytes]:
        """Return a blob's content and its fingerprint. Raises DamagedCheckpoint."""
        try:
            with (self._folder / digest).open("rb") as file:
                content = bytearray(os.fstat(file.fileno()).st_size)
                file.readinto(content)
        except OSError as error:
            raise DamagedCheckpoint(f"A part of the checkpoint cannot be read ({error.strerror}: {digest}).") from error
        if _digest(content) != digest:
            raise DamagedCheckpoint(f"A part of the checkpoint was changed on disk ({digest}).")
        return content, _fingerprint(memoryview(content))

    def keep_only(self, digests: Iterable[str]) -> None:
        """Delete all others. Raises OSError."""
        wanted = set(digests)
        self._known.written &= wanted
        self._known.digests = {key: digest for key, digest in self._known.digests.items() if digest in wanted}
        for file in self._folder.iterdir():
            if file.name not in wanted:
                file.unlink(missing_ok=True)

    def told(self) -> None:
        """A record tells of all that is new: nothing is from now on."""
        self.new = {}

    def learned(self) -> BlobsKnown:
        """Return what became known since this was asked last."""
        learned, self._learned = self._learned, BlobsKnown()
        return learned

    def learn(self, known: BlobsKnown) -> None:
        """Know what another process has written."""
        self._known.digests |= known.digests
        self._known.written |= known.written

    def _learn(self, key: _Fingerprint, digest: str) -> None:
        if key not in self._known.digests:
            self._known.digests[key] = self._learned.digests[key] = digest

    def _write(self, digest: str, content: memoryview) -> Path:
        path = self._folder / f"{digest}.{os.getpid()}.{threading.get_ident()}"
        try:
            with path.open("wb") as file:
                file.write(content)
        except BaseException:
            # What it takes may be what a disk that is full lacks.
            path.unlink(missing_ok=True)
            raise
        return path

    def _finish(self, unfinished: dict[str, tuple[Path, int]]) -> None:
        for digest, (path, size) in unfinished.items():
            path.replace(self._folder / digest)
            self.new[digest] = size
            self.written += size
            self._known.written.add(digest)
            self._learned.written.add(digest)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all. Raises OSError."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        # Also where the kernel is interrupted: half a blob is left for nobody; what is raised says what went wrong.
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def _fingerprint(content: memoryview) -> bytes:
    if xxh3_128_digest is None:
        return hashlib.blake2b(content, digest_size=16).digest()
    return xxh3_128_digest(content)


def _digest(content: bytes | bytearray | memoryview) -> str:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
