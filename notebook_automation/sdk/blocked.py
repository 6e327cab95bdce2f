"""What a durable session's kernel blocks on right now, for its runner: only then may its process be given up."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from . import position

FILE = "blocked"
"""In the session's folder, with the id of the wait; there for as long as the call that waits has not been left."""


@contextlib.contextmanager
def blocked_on(wait_id: str) -> Iterator[None]:
    """Say so meanwhile. A wait that is broken off, by an alarm or an interrupt, stays open and is not blocked on."""
    context = os.environ.get("NOTEBOOK_AUTOMATION_CONTEXT")
    if not position.is_durable() or not context:
        yield
        return
    path = os.path.join(os.path.dirname(context), FILE)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(wait_id)
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(path)
