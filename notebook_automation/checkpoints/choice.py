"""Whether the next state is saved in place, where that takes hardly longer than a fork, or by a forked child."""

from __future__ import annotations

import sys
import time
from typing import NoReturn

from . import memory

TIMES_A_FORK = 3.0
"""How much longer than a fork it may take in place: after a fork each page that the notebook writes to is copied first,
and the child takes several times as long, which is waited for at the end."""
_FIRST_FORK = 0.006
"""Seconds of a fork, until there was one."""
_OF_A_CHILD = 0.5
"""What it takes in place, of what it takes a child, which copies the pages that it looks at."""
_GROWTH = 16 * 1024 * 1024
_GROWTH_BY_MODULE = 128 * 1024
"""Bytes by which memory grows between two cells that left nothing large to save."""
_BYTES_A_SECOND = 4e8
"""At which memory is hashed and written."""


class TooDear(BaseException):
    """It takes longer than a fork would; no Exception, as code of the notebook's objects may catch those."""


class Budget:
    """What a try may take: ``seconds`` of this thread's processor time."""

    def __init__(self, seconds: float) -> None:
        self._begun = time.thread_time()
        self._most = seconds

    @property
    def spent(self) -> float:
        """Seconds so far."""
        return time.thread_time() - self._begun

    def spend(self, size: int = 0) -> None:
        """Go on with ``size`` bytes. Raises TooDear."""
        if self.spent + size / _BYTES_A_SECOND > self._most:
            raise TooDear

    def spend_all(self) -> NoReturn:
        """Go on with what may take any time. Raises TooDear."""
        raise TooDear


class Choice:
    """Knows what saving and forking took last, in seconds of processor time."""

    def __init__(self) -> None:
        self._fork = _FIRST_FORK
        self._in_place = 0.0
        self._of_a_child = _OF_A_CHILD
        self._used = _used()
        self._modules = len(sys.modules)

    def budget(self) -> Budget | None:
        """Return what saving in place may take now; None where a fork is to be preferred. To be asked at each save."""
        used, modules = _used(), len(sys.modules)
        grown = used - self._used - _GROWTH_BY_MODULE * max(0, modules - self._modules)
        self._used, self._modules = used, modules
        most = TIMES_A_FORK * self._fork
        return Budget(most) if self._in_place < most and grown <= _GROWTH else None

    def saved_in_place(self, seconds: float) -> None:
        """It took so long."""
        self._in_place = seconds

    def was_too_dear(self) -> None:
        """It would have taken longer than was allowed, whatever children's times let expect."""
        self._in_place = float("inf")
        self._of_a_child = 1.0

    def forked(self, seconds: float) -> None:
        """A fork took so long; one of a loaded machine is not taken for the rule."""
        self._fork = (self._fork + min(seconds, 2 * self._fork)) / 2

    def saved_in_child(self, seconds: float) -> None:
        """It took a child so long."""
        self._in_place = self._of_a_child * seconds


def _used() -> int:
    try:
        return memory.used()
    except OSError:
        return 0
