"""A forked copy of this process that does some work on the memory as it was, and hands back bytes."""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from typing import Any, NoReturn

from .lifeline import Lifeline

_DIES_WITH_PARENT = 1
"""``PR_SET_PDEATHSIG``."""
_PATIENCE = 60
"""Seconds without a sign of life after which a child ends itself: it waits for a lock that nobody will release."""
_BYTES_A_SECOND = 10_000_000
"""What the slowest disk takes."""
_FORK_WARNING: Any = ("ignore", None, DeprecationWarning, None, 0)


class SavingChild:
    """A child that does ``work`` and hands back what that returns.

    It is gone at the latest when this process is, or, where there is a ``lifeline``, when whoever holds that is.
    ``kept`` are descriptors that the work needs: all others are closed, so that nobody waits for them. ``ended`` is
    called with this when the child has ended, in whichever way, in a thread of this process. Make it on
    the main thread. Raises OSError.
    """

    def __init__(
        self, work: Callable[[], bytes], kept: Collection[int], ended: Callable[[SavingChild], object],
        lifeline: Lifeline | None = None,
    ) -> None:  # fmt: skip
        self._answer = os.memfd_create("checkpoint")
        try:
            self.pid = _forked(work, self._answer, {*kept, self._answer}, lifeline)
            self._handle = os.pidfd_open(self.pid)
        except BaseException:
            # Also where the kernel is interrupted here: the descriptor is closed by nobody else.
            os.close(self._answer)
            raise
        self._parent = os.getpid()
        self._ended = ended
        self._watched = _thread.allocate_lock()
        self._watched.acquire()
        # `threading` would wait for the thread to begin, and show it to the notebook.
        _thread.start_new_thread(self._watch, ())

    @property
    def descriptors(self) -> tuple[int, int]:
        """What a later child needs to wait for this one and to read its answer."""
        return self._answer, self._handle

    @property
    def is_alive(self) -> bool:
        """Whether it still works."""
        return not self._has_ended(0)

    def wait(self) -> None:
        """Wait until it has ended; in the process that made it or in a later child."""
        if os.getpid() == self._parent:
            with self._watched:
                return
        self._has_ended(None)

    def answer(self) -> bytes:
        """Return what the work returned, b"" where it did not come to its end. Call `wait` first."""
        size = os.fstat(self._answer).st_size
        return os.pread(self._answer, size, 0)

    def close(self) -> None:
        """Let go of it, once it has ended."""
        os.close(self._answer)
        os.close(self._handle)

    def _has_ended(self, milliseconds: int | None) -> bool:
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(milliseconds))

    def _watch(self) -> None:
        """Leave no zombie, and no child that nobody hears of."""
        try:
            # A cell may have called os.wait(), which gave it our child.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self._ended(self)
        finally:
            self._watched.release()


def sign_of_life(size: int = 0) -> None:
    """Tell, in a child, that it gets on, and will next handle ``size`` bytes."""
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE + size / _BYTES_A_SECOND)


def _forked(work: Callable[[], bytes], answer: int, kept: Collection[int], lifeline: Lifeline | None) -> int:
    hold = _tied_to(os.getpid()) if lifeline is None else lifeline.hold
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        with _without_fork_warning():
            pid = os.fork()
        if pid == 0:
            _be_the_child(work, answer, kept, hold)
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _tied_to(parent: int) -> Callable[[], tuple[int, ...]]:
    """Return what lets a child of this process end with it."""
    prctl = ctypes.CDLL(None).prctl

    def hold() -> tuple[int, ...]:
        prctl(_DIES_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        return ()

    return hold


@contextlib.contextmanager
def _without_fork_warning() -> Iterator[None]:
    """From 3.12 on Python warns of forks beside threads: what may go wrong is looked at before.

    `warnings.catch_warnings` would let every warning of the notebook be shown again that is to be shown once.
    """
    if sys.version_info < (3, 12):
        yield
        return
    filters: list[Any] = warnings.filters
    filters.insert(0, _FORK_WARNING)
    try:
        yield
    finally:
        filters.remove(_FORK_WARNING)


def _be_the_child(
    work: Callable[[], bytes], answer: int, kept: Collection[int], hold: Callable[[], tuple[int, ...]]
) -> NoReturn:
    status = 1
    try:
        # All other signals stay blocked: an interrupt of the next cell is none of this process.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        sign_of_life()
        _close_all_but({*kept, *hold()})
        content = work()
        while content:
            content = content[os.write(answer, content) :]
        status = 0
    finally:
        os._exit(status)


def _close_all_but(kept: Collection[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor not in kept:
            with contextlib.suppress(OSError):
                os.close(descriptor)
    # Those of a kernel send what is written to its sockets.
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - as long as the process
