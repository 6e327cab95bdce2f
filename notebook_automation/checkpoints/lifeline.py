"""What a saving child holds on to when its kernel is gone: it goes on for as long as somebody waits for it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_SET_NAME = 15
"""``PR_SET_NAME``."""


class Lifeline:
    """A pipe with a name that whoever waits for the children keeps open for writing: they end when he does.

    ``path`` is that pipe's; a child is called what it is called, for those who clean up after the kernel. Raises
    OSError where there is none.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name.encode()
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def hold(self) -> tuple[int, ...]:
        """In a child: leave the kernel's group, and end with whoever waits; return the descriptors that this needs.

        Ends the process where he is gone already. Call it while all signals are blocked.
        """
        os.setpgid(0, 0)
        ctypes.CDLL(None).prctl(_SET_NAME, self._name)
        # Of its own: whom the system tells that the other end was closed belongs to what was opened.
        own = os.open(f"/proc/self/fd/{self._pipe}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGIO])
        fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(own, fcntl.F_SETFL, fcntl.fcntl(own, fcntl.F_GETFL) | os.O_ASYNC)
        poll = select.poll()
        poll.register(self._pipe, select.POLLHUP)
        if poll.poll(0):
            os._exit(1)
        return (own,)


@contextlib.contextmanager
def being_saved(folder: Path, number: int) -> Iterator[int]:
    """Lock what shows that checkpoint ``number`` is being saved: a child that is given the descriptor keeps it locked.

    Raises OSError.
    """
    lock = os.open(saving_path(folder, number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def saving_path(folder: Path, number: int) -> Path:
    """Return the file that is locked for as long as a child saves checkpoint ``number``."""
    return folder / f"{number}.saving"
