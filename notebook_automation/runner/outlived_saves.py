"""What children of a kernel still save when it is gone: how they know that somebody waits, and he of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from notebook_automation.execution.hostile_files import open_regular
from notebook_automation.execution.kernel_record import SAVING_PROCESS

if sys.platform != "win32":
    import fcntl


class Lifeline:
    """A named pipe in ``folder`` that is open for as long as this process wants what is being saved.

    Children that save hold on to it (`checkpoints.session.begin`), and end when this process does or lets go. Where
    there are no such pipes they end with their kernel. Raises OSError.
    """

    def __init__(self, folder: Path) -> None:
        self._pipe: int | None = None
        if hasattr(os, "mkfifo"):
            path = lifeline_path(folder)
            os.mkfifo(path, 0o600)
            self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def cut(self) -> None:
        """Nothing is waited for any more: what still saves ends."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def lifeline_path(folder: Path) -> Path:
    """Return where the pipe is. Its name is that of the processes that hold on to it."""
    return folder / SAVING_PROCESS


def is_being_saved(folder: Path, number: int) -> bool:
    """Whether a process is there that saves checkpoint ``number``."""
    if sys.platform == "win32":
        return False
    try:
        with open_regular(folder, f"{number}.saving") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        # None has begun: it is made before the process is.
        return False
    return False
