"""Decides when a spare child is made, for what, and when there are to be none."""

from __future__ import annotations

from typing import Any

from .kids import Kid, MemoryLimit
from .options import Options

SOON = 0.05
"""Seconds after the last running child's end when the next spare is made: its client has still something to do."""
MAX_DEATHS = 3
"""So many spares in a row that end before their use: no more are made."""


class SparePolicy:
    """Keeps `options.spares` children ready for the hint asked for last; times as of `time.monotonic`."""

    def __init__(self, options: Options) -> None:
        self.hint: dict[str, Any] = options.hint
        self._wanted = options.spares
        self._pause = options.refill_seconds
        self._memory = MemoryLimit(options.memory_limit)
        self._next = 0.0
        self._quiet_at: float | None = None
        """When to make one although it is not time, if nobody asks for a child before."""
        self._deaths = 0
        self._full = False

    def next_at(self, spares: list[Kid]) -> float | None:
        """When to make the next one (perhaps now); None: none is wanted."""
        if self._full or self._deaths >= MAX_DEATHS:
            return None
        if sum(kid.hint == self.hint for kid in spares) >= self._wanted:
            return None
        return self._next if self._quiet_at is None else min(self._next, self._quiet_at)

    def fits(self, spares: list[Kid]) -> bool:
        """Whether memory allows one more; if not, none is made before the next request."""
        self._full = not self._memory.fits_one_more(spares)
        return not self._full

    def is_too_much(self, kid: Kid, spares: list[Kid]) -> bool:
        """Whether a spare that is ready now exceeds the memory limit."""
        self._full = self._memory.exceeded_by(kid, spares)
        return self._full

    def forget_size(self) -> None:
        """The next spare will be smaller than the last."""
        self._memory.forget_size()

    def fitting(self, hint: dict[str, Any], spares: list[Kid]) -> list[Kid]:
        """The spares for a request, the best first; from now on spares are made for such requests."""
        self.hint = hint
        return sorted((kid for kid in spares if kid.hint == hint), key=lambda kid: not kid.ready)

    def unfitting(self, spares: list[Kid]) -> Kid | None:
        """One that was prepared for something else, to make room."""
        return next((kid for kid in spares if kid.hint != self.hint), None)

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

    def died(self, kid: Kid, code: int, now: float) -> str | None:
        """A spare ended before its use; what to tell the client, if that is the end of spares."""
        if self._full or kid.hint != self.hint:
            return None  # killed to make room, not by a fault
        self._deaths += 1
        self.wait(now + self._pause)
        if self._deaths < MAX_DEATHS:
            return None
        return f"spare children end before their use (exit code {code}): none are kept"
