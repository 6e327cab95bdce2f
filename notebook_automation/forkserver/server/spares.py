"""Decides when a spare child is made, for what, and when there are to be none."""

from __future__ import annotations

import os
from typing import Any

from .children import ChildHandle
from .process_info import memory_of, own_memory_of
from .protocol import ServerOptions

SOON = 0.05
"""Seconds after the last running child's end when the next spare is made: its client has still something to do."""
MAX_DEATHS = 3
"""So many spares in a row that end before their use: no more are made."""


class SparePolicy:
    """Keeps `options.spares` children ready for the hint asked for last; times as of `time.monotonic`."""

    def __init__(self, options: ServerOptions) -> None:
        self.hint: dict[str, Any] = options.hint
        self._wanted = options.spares
        self._pause = options.refill_seconds
        self._memory = MemoryLimit(options.memory_limit)
        self._next = 0.0
        self._quiet_at: float | None = None
        """When to make one although it is not time, if nobody asks for a child before."""
        self._deaths = 0
        self._full = False

    def next_at(self, spares: list[ChildHandle]) -> float | None:
        """When to make the next one (perhaps now); None: none is wanted."""
        if self._full or self._deaths >= MAX_DEATHS:
            return None
        if sum(child.hint == self.hint for child in spares) >= self._wanted:
            return None
        return self._next if self._quiet_at is None else min(self._next, self._quiet_at)

    def fits(self, spares: list[ChildHandle]) -> bool:
        """Whether memory allows one more; if not, none is made before the next request."""
        self._full = not self._memory.fits_one_more(spares)
        return not self._full

    def is_too_much(self, child: ChildHandle, spares: list[ChildHandle]) -> bool:
        """Whether a spare that is ready now exceeds the memory limit."""
        self._full = self._memory.exceeded_by(child, spares)
        return self._full

    def forget_size(self) -> None:
        """The next spare will be smaller than the last."""
        self._memory.forget_size()

    def fitting(self, hint: dict[str, Any], spares: list[ChildHandle]) -> list[ChildHandle]:
        """The spares for a request, the best first; from now on spares are made for such requests."""
        self.hint = hint
        usable = [child for child in spares if child.hint == hint and not child.is_killed]
        return sorted(usable, key=lambda child: not child.is_ready)

    def unfitting(self, spares: list[ChildHandle]) -> ChildHandle | None:
        """One that was prepared for something else, to make room."""
        return next((child for child in spares if child.hint != self.hint), None)

    def served(self, by_spare: bool, now: float) -> None:
        """A request has got its child. Further ones do not put the next spare off again: they may never cease.

        Where one has found no spare, others follow closely: the pause is a fifth.
        """
        due = now + (self._pause if by_spare else self._pause / 5)
        self._next = due if self._next <= now else min(self._next, due)
        self._quiet_at = None
        self._full = False
        if by_spare:
            self._deaths = 0

    def nothing_runs(self, now: float) -> None:
        """The last child that was at work has ended: there is nobody to compete with."""
        self._quiet_at = now + SOON

    def wait(self, until: float) -> None:
        self._next = until
        self._quiet_at = None

    def died(self, child: ChildHandle, code: int, now: float) -> str | None:
        """A spare ended before its use; what to send the client, if that is the end of spares."""
        if self._full or child.hint != self.hint:
            return None  # killed to make room, not by a fault
        self._deaths += 1
        self.wait(now + self._pause)
        if self._deaths < MAX_DEATHS:
            return None
        return f"spare children end before their use (exit code {code}): none are kept"


class MemoryLimit:
    """Says whether one more spare fits; sizes in bytes, proportional (shared pages count once)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._last_spare = 0

    def fits_one_more(self, spares: list[ChildHandle]) -> bool:
        if not self.limit:
            return True
        return self._held(spares) + self._last_spare <= self.limit

    def forget_size(self) -> None:
        """How much one takes is to be found out anew."""
        self._last_spare = 0

    def exceeded_by(self, child: ChildHandle, spares: list[ChildHandle]) -> bool:
        """Measure a spare that is ready; whether it is too much."""
        if not self.limit:
            return False
        child.measured(memory_of(child.pid))
        self._last_spare = own_memory_of(child.pid)  # one more shares the rest
        return self._held(spares) > self.limit

    def _held(self, spares: list[ChildHandle]) -> int:
        return memory_of(os.getpid()) + sum(child.memory for child in spares)
