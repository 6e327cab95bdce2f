"""Authenticated encryption of secrets: AES-256-GCM, the key in a file outside the database."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from notebook_automation.domain.errors import Unavailable

from .key_file import read_key

if TYPE_CHECKING:
    # A tenth of a second to import, and most sessions have no secret.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Cipher:
    """Encrypts values bound to the id of the row that holds them: a value moved to another row does not open."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._aead: AESGCM | None = None

    def encrypt(self, value: str, row_id: str) -> str:
        """Return ``value`` encrypted for the row ``row_id``, as ASCII text."""
        return self.encrypt_bytes(value.encode("utf-8"), row_id)

    def encrypt_bytes(self, value: bytes, row_id: str) -> str:
        """Return ``value`` encrypted for the row ``row_id``, as ASCII text."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._opened().encrypt(nonce, value, row_id.encode("utf-8"))
        return base64.b64encode(nonce + sealed).decode("ascii")

    def decrypt(self, text: str, row_id: str) -> str:
        """Return what ``encrypt`` was given.

        Raises Unavailable (``secret_unreadable``) when the key is another than it was encrypted with.
        """
        return self.decrypt_bytes(text, row_id).decode("utf-8")

    def decrypt_bytes(self, text: str, row_id: str) -> bytes:
        """Return what ``encrypt_bytes`` was given. Raises as `decrypt`."""
        from cryptography.exceptions import InvalidTag

        raw = base64.b64decode(text)
        try:
            return self._opened().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row_id.encode("utf-8"))
        except InvalidTag:
            raise Unavailable(
                f"A secret cannot be read: the key in {self._key_file} is not the one it was stored with. Bring the "
                "old key file back, or set the secret again.",
                code="secret_unreadable",
            ) from None

    def _opened(self) -> AESGCM:
        if self._aead is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._aead = AESGCM(read_key(self._key_file))
        return self._aead
