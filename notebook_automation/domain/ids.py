"""Time-sortable identifiers, prefixed by noun (`ses_…`, `evt_…`), and random slugs."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: sorts as its number does, no look-alikes
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_DIGITS = 26
_TIME_DIGITS = 10

_last = 0


@dataclass(frozen=True, slots=True)
class IdPrefix:
    """What the ids of one noun begin with: three letters, given once, beside the noun."""

    text: str

    def new(self, at: float | None = None) -> str:
        """Return a new id: 48 bits of milliseconds, then 80 random bits.

        ``at`` is seconds since the epoch. Without it, ids that this process makes in one millisecond sort as they were
        made: the sessions of ticks that are caught up together run in the order of the ticks.
        """
        return f"{self.text}_{_encode(_next_number() if at is None else _number(at), _DIGITS)}"

    def floor(self, at: float) -> str:
        """Return the smallest id that was made at ``at`` (seconds since the epoch) or later."""
        return self.new(max(0.0, at))[: -(_DIGITS - _TIME_DIGITS)] + "0" * (_DIGITS - _TIME_DIGITS)


def new_slug() -> str:
    """Return the unguessable part of a webhook's URL: 130 random bits."""
    return _encode(secrets.randbits(130), _DIGITS)


def _next_number() -> int:
    global _last
    # No lock, which a fork could leave held: threads may mix up the order of their ids, but make none twice.
    number, last = _number(time.time()), _last
    if number <= last < number + (2 << 80):  # of the same millisecond, or one that ran over; not of a clock set back
        # A large random step: threads and forked processes that go on from the same number do not meet.
        number = last + 1 + int.from_bytes(os.urandom(8), "big")
    _last = number
    return number


def _number(at: float) -> int:
    return (int(at * 1000) << 80) | int.from_bytes(os.urandom(10), "big")


def _encode(number: int, length: int) -> str:
    """Return ``length`` (even) base-32 digits of ``number``; two at a time, since every event makes several ids."""
    pairs = []
    for _ in range(length // 2):
        pairs.append(_PAIRS[number & 1023])
        number >>= 10
    return "".join(reversed(pairs))
