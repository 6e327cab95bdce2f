"""The secret parts of signed links: made, verified and remembered as a hash, by a key that only this side knows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from .key_file import read_key

_BYTES = 24
"""Of the random part, and of the code after it: 32 characters each."""


class LinkCodes:
    """Binds random texts (``nonce``) to what they stand for; the key is in ``key_file``, made if it is not there."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._keys: dict[str, bytes] = {}

    def new_nonce(self) -> str:
        """Return a random text that nobody can guess, as it may stand in an address."""
        return _text(secrets.token_bytes(_BYTES))

    def nonce_of(self, name: str) -> str:
        """Return the same text for the same ``name``, as hard to guess: what is tried again has the same link."""
        return _text(self._mac("nonce", name))

    def code(self, purpose: str, nonce: str, binding: str) -> str:
        """Return the code that says that ``nonce`` was given out for ``binding``."""
        return _text(self._mac(purpose, f"{nonce}\n{binding}"))

    def is_code(self, code: str, purpose: str, nonce: str, binding: str) -> bool:
        """Return whether ``code`` is that of ``nonce`` and ``binding``, in a time that tells nothing."""
        return hmac.compare_digest(code.encode("utf-8"), self.code(purpose, nonce, binding).encode("ascii"))

    def _mac(self, purpose: str, text: str) -> bytes:
        key = self._keys.get(purpose)
        if key is None:
            # A key for each purpose, from the one in the file: as HKDF expands it.
            key = hmac.new(
                read_key(self._key_file), f"notebook-automation link {purpose}\x01".encode(), "sha256"
            ).digest()
            self._keys[purpose] = key
        return hmac.new(key, text.encode("utf-8"), "sha256").digest()[:_BYTES]


def digest_of(nonce: str) -> str:
    """Return by what a nonce is found again: its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(nonce.encode("utf-8")).hexdigest()


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii")
