"""The account that this process runs under."""

from __future__ import annotations

import getpass


def account_name() -> str | None:
    """Return its name; None for one that has a number alone, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
