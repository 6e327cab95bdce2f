"""What checkpoints consist of, on disk: encrypted for its project, and verified when it is read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from notebook_automation.domain.errors import Unavailable
from notebook_automation.ports import Blobs, Seal
from notebook_automation.store.checkpoints import StoredContent

DIGEST_BYTES = 20
_CHUNK = 1024 * 1024


class CheckpointContent:
    """Stores content by its digest in ``blobs``, sealed by ``seal``."""

    def __init__(self, blobs: Blobs, seal: Seal) -> None:
        self._blobs = blobs
        self._seal = seal

    def put(self, project_id: str, digest: str, content: BinaryIO, size: int) -> StoredContent:
        """Store ``content``, which has ``size`` bytes. Raises Unavailable (``disk_full``)."""
        blob, stored = self._blobs.put_stream(self._seal.encrypted(content, project_id, digest))
        return StoredContent(blob, size, stored)

    def write(self, project_id: str, digest: str, blob: str, target: Path) -> None:
        """Write content to the file ``target``, for this user alone.

        Raises NotFound (``blob_missing``), Unavailable (``checkpoint_unreadable``).
        """
        found = hashlib.blake2b(digest_size=DIGEST_BYTES)
        with self._blobs.path(blob).open("rb") as stored, target.open("xb") as file:
            target.chmod(0o600)
            for part in self._seal.decrypted(stored, project_id, digest):
                found.update(part)
                file.write(part)
        if found.hexdigest() != digest:
            raise Unavailable(
                "A part of a checkpoint is not what was saved. Run the notebook from its start.",
                code="checkpoint_unreadable",
            )

    def read(self, project_id: str, digest: str, blob: str) -> bytes:
        """Return content. Raises as `write`."""
        with self._blobs.path(blob).open("rb") as stored:
            content = b"".join(self._seal.decrypted(stored, project_id, digest))
        if digest_of(content) != digest:
            raise Unavailable(
                "A part of a checkpoint is not what was saved. Run the notebook from its start.",
                code="checkpoint_unreadable",
            )
        return content


def digest_of(content: bytes) -> str:
    """Return the digest by which content is known."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def stream_digest(content: BinaryIO, target: BinaryIO | None = None) -> tuple[str, int]:
    """Return the digest and size of what ``content`` gives, which is written to ``target`` on the way."""
    found = hashlib.blake2b(digest_size=DIGEST_BYTES)
    size = 0
    while part := content.read(_CHUNK):
        found.update(part)
        size += len(part)
        if target is not None:
            target.write(part)
    return found.hexdigest(), size
