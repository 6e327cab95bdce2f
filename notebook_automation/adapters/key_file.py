"""The file with the key that everything secret is kept by: outside the database, readable by its user alone."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

_KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """Return the key in ``path``, which is made where there is none. Raises OSError."""
    try:
        # O_EXCL: of two servers starting at once one makes the key, the other reads it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return base64.b64decode(path.read_bytes())
    key = secrets.token_bytes(_KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key))
        file.flush()
        os.fsync(file.fileno())
    return key
