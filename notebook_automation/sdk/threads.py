"""The SDK's own threads."""

from __future__ import annotations

import threading
from collections.abc import Callable


class OwnThread(threading.Thread):
    """A thread of ours: it keeps no process, and a kernel that is made again starts it again when it needs it."""

    starts_again = True

    def __init__(self, run: Callable[[], object], what: str) -> None:
        super().__init__(target=run, name=f"notebook-automation {what}", daemon=True)
