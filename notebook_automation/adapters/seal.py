"""The seal on checkpoints: signed, and encrypted at rest, with keys of the project that only this side knows."""

from __future__ import annotations

import hashlib
import hmac
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from notebook_automation.domain.errors import Unavailable

from .key_file import read_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_CHUNK = 8 * 1024 * 1024
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Seal:
    """Signs and encrypts what a project's sessions have saved; the key is in ``key_file``, made if it is not there.

    What is encrypted is bound to its project and to the name that it is stored under.
    """

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._keys: dict[tuple[str, str], bytes] = {}

    def sign(self, text: bytes, project_id: str) -> str:
        """Return the signature of ``text``, in hexadecimal digits."""
        return hmac.new(self._key(project_id, "signature"), text, "sha256").hexdigest()

    def is_signature(self, signature: str, text: bytes, project_id: str) -> bool:
        """Return whether ``signature`` is that of ``text``."""
        return hmac.compare_digest(signature.encode("utf-8"), self.sign(text, project_id).encode("ascii"))

    def encrypted(self, content: BinaryIO, project_id: str, name: str) -> BinaryIO:
        """Return a stream that gives what ``content`` gives, encrypted."""
        return cast("BinaryIO", _Stream(self._encrypted(content, project_id, name)))

    def decrypted(self, stored: BinaryIO, project_id: str, name: str) -> Iterator[bytes]:
        """Give what was encrypted, in parts, each of them verified.

        Raises Unavailable (``checkpoint_unreadable``) where it was changed, cut off, or encrypted with another key.
        """
        from cryptography.exceptions import InvalidTag

        aead = self._aead(project_id)
        number = 0
        part = stored.read(_NONCE_BYTES + _CHUNK + _TAG_BYTES)
        while part or number == 0:
            following = stored.read(_NONCE_BYTES + _CHUNK + _TAG_BYTES)
            bound = _bound(project_id, name, number, last=not following)
            try:
                yield aead.decrypt(part[:_NONCE_BYTES], part[_NONCE_BYTES:], bound)
            except (InvalidTag, ValueError):
                raise Unavailable(
                    "A part of a checkpoint cannot be read: it was changed on disk, or the key in "
                    f"{self._key_file} is not the one it was stored with. Bring the old key file back, or run the "
                    "notebook from its start.",
                    code="checkpoint_unreadable",
                ) from None
            part, number = following, number + 1

    def _encrypted(self, content: BinaryIO, project_id: str, name: str) -> Iterator[bytes]:
        aead = self._aead(project_id)
        number = 0
        part = content.read(_CHUNK)
        while part or number == 0:
            following = content.read(_CHUNK)
            nonce = os.urandom(_NONCE_BYTES)
            yield nonce + aead.encrypt(nonce, part, _bound(project_id, name, number, last=not following))
            part, number = following, number + 1

    def _aead(self, project_id: str) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key(project_id, "encryption"))

    def _key(self, project_id: str, purpose: str) -> bytes:
        key = self._keys.get((project_id, purpose))
        if key is None:
            # A key for each project and purpose, from the one in the file: as HKDF expands it.
            text = f"notebook-automation checkpoint {purpose} {project_id}\x01".encode()
            key = hmac.new(read_key(self._key_file), text, hashlib.sha256).digest()
            self._keys[project_id, purpose] = key
        return key


def _bound(project_id: str, name: str, number: int, *, last: bool) -> bytes:
    return f"{project_id}:{name}:{number}:{'last' if last else 'more'}".encode()


class _Stream(io.RawIOBase):
    """What an iterator of bytes gives, to be read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        found = [self._rest]
        length = len(self._rest)
        while size < 0 or length < size:
            part = next(self._parts, None)
            if part is None:
                break
            found.append(part)
            length += len(part)
        content = b"".join(found)
        end = len(content) if size < 0 else size
        self._rest = content[end:]
        return content[:end]
