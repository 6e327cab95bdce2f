"""How long others have given no sign of life, counted by a clock that is not set and only while somebody listened."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


class Silence:
    """What was looked at changes with each sign of life; a thing that does not has been silent since.

    The times at which lives are prolonged are by a clock that may be set, or another machine's: here they are only
    compared with themselves. And whoever could not look (its machine slept, the database was away) may not say that
    the other was silent: of a pause between two looks that is over ``longest`` seconds only half of that counts.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._looked_at: float | None = None
        self._known: dict[Hashable, tuple[Hashable, float]] = {}

    def look(self, now: float, signs: Mapping[Key, Hashable]) -> dict[Key, float]:
        """Return for each thing how many seconds its sign has been the same. ``now`` is of a clock that only grows."""
        passed = 0.0 if self._looked_at is None else max(0.0, now - self._looked_at)
        if passed > self._longest:
            passed = self._longest / 2
        self._looked_at = now
        found: dict[Key, float] = {}
        for key, sign in signs.items():
            before, silent = self._known.get(key, (None, 0.0))
            found[key] = silent + passed if before == sign else 0.0
        self._known = {key: (sign, found[key]) for key, sign in signs.items()}
        return found
