"""How often something may happen: token buckets, of which a bounded number is remembered."""

from __future__ import annotations

from collections import OrderedDict

SECONDS_AT_ONCE = 2.0
"""What comes together may be as much as the rate allows in this time."""
_ROUNDING = 1e-9


class TokenBuckets:
    """A bucket of ``per_second`` tokens a second for each key; 0: no limit.

    At most ``most`` keys are remembered. Those asked for longest ago are forgotten first: they are full again by then,
    unless so many keys came in a moment that memory counts for more than the limit of each.
    """

    def __init__(self, per_second: float, most: int = 10_000) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, per_second * SECONDS_AT_ONCE)
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now: float) -> float:
        """Take a token; return 0, or the seconds until there is one. ``now`` is of a clock that never goes back."""
        if self._per_second <= 0:
            return 0.0
        tokens, at = self._buckets.pop(key, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - at) * self._per_second)
        taken = tokens >= 1.0 - _ROUNDING
        self._buckets[key] = (max(0.0, tokens - 1.0) if taken else tokens, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1.0 - tokens) / self._per_second

    def __len__(self) -> int:
        return len(self._buckets)
