"""Notices which environment variables imports read and set: those values are part of what a child inherits."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

IGNORED = frozenset(
    [
        "JPY_PARENT_PID",
        "JPY_INTERRUPT_EVENT",
        "JPY_SESSION_NAME",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
        "COLUMNS",
        "LINES",
        "IPYKERNEL_CELL_NAME",
        "PYTEST_CURRENT_TEST",
    ]
)
"""Read by imports that do not depend on the value, or set anew by the kernel itself."""


def _whole_copy(frame: Any) -> bool:
    """Whether this read is part of walking over all variables, which says nothing about any one of them."""
    return frame is not None and frame.f_code.co_name in ("__iter__", "copy", "items", "values")


@contextmanager
def reads_of_environ(read: dict[str, str | None]) -> Iterator[None]:
    """Put into `read` each variable looked up by name meanwhile, with the value found (None: unset)."""
    kind: Any = type(os.environ)
    plain_get = kind.__getitem__

    def getitem(self: Any, key: Any) -> Any:
        watched = self is os.environ and isinstance(key, str) and key not in IGNORED
        if watched and not _whole_copy(sys._getframe(1)):
            read.setdefault(key, _value(self, key))
        return plain_get(self, key)

    kind.__getitem__ = getitem
    try:
        yield
    finally:
        kind.__getitem__ = plain_get


def _value(environ: Any, key: str) -> str | None:
    raw = environ._data.get(environ.encodekey(key))
    return None if raw is None else str(environ.decodevalue(raw))


def changes(before: dict[str, str]) -> dict[str, str]:
    """Variables that imports set or changed since `before`."""
    return {k: v for k, v in os.environ.items() if before.get(k) != v}
