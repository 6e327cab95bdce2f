"""Time-sortable identifiers, prefixed by kind (`ses_…`, `evt_…`), and random slugs."""

from __future__ import annotations

import os
import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: sorts as its number does, no look-alikes
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]

PREFIXES = {
    "project": "prj",
    "variable": "var",
    "connection": "con",
    "trigger": "trg",
    "rule": "rul",
    "event": "evt",
    "enforcement": "enf",
    "session": "ses",
    "artifact": "art",
    "snapshot": "snp",
}


def new_id(kind: str, at: float | None = None) -> str:
    """Return a new id of ``kind`` (a key of ``PREFIXES``): 48 bits of milliseconds, then 80 random bits.

    ``at`` is seconds since the epoch; ids made later sort after ids made in an earlier millisecond.
    """
    milliseconds = int((time.time() if at is None else at) * 1000)
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    return f"{PREFIXES[kind]}_{_encode(number, 26)}"


def new_slug() -> str:
    """Return the unguessable part of a webhook's URL: 130 random bits (security.md asks for 128)."""
    return _encode(secrets.randbits(130), 26)


def _encode(number: int, length: int) -> str:
    """Return ``length`` (even) base-32 digits of ``number``; two at a time, since every event makes several ids."""
    pairs = []
    for _ in range(length // 2):
        pairs.append(_PAIRS[number & 1023])
        number >>= 10
    return "".join(reversed(pairs))
