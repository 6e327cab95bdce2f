"""The file with the key that everything secret is kept by: outside the database, readable by its user alone."""

from __future__ import annotations

import base64
import errno
import os
import secrets
from pathlib import Path

_KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """Return the key in ``path``, which is made where there is none.

    Of several threads and processes that need it first one makes it, and no other one ever sees a part of it. Raises
    OSError, also where the file holds no key.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        _make(path)
        text = path.read_bytes()
    key = base64.b64decode(text)
    if not key:
        raise OSError(
            errno.EINVAL, "holds no key: bring the old file back, or remove it where nothing is kept yet", path
        )
    return key


def _make(path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        # It appears whole, or not at all where another one is there by now.
        try:
            os.link(unfinished, path)
        except FileExistsError:
            return
        except OSError:
            # A file system without hard links: the name is given by renaming, which would replace another's key.
            if not path.exists():
                unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
