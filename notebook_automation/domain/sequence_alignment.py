"""Which items of two sequences are the same ones: patience alignment, in a time that grows with their length alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

Pair = tuple[int, int]
"""The places of one item in the sequence before and in the one after it."""
_DEEPEST = 16
"""How often what lies between items that were found is looked at again."""
_SMALL = 4096
"""Pairs of places up to which every common item is looked for; beyond that only those that are there once."""


def aligned(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[Pair]:
    """Return the pairs of equal items that both sequences have in the same order.

    Items that are there once on both sides decide, what lies between them is aligned in turn. Long stretches in which
    every item is repeated, and moved, stay unaligned: to look for more there would take the square of their length.
    """
    pairs: list[Pair] = []
    open_parts = [(0, len(before), 0, len(after), 0)]
    while open_parts:
        low, high, from_, to, depth = open_parts.pop()
        while low < high and from_ < to and before[low] == after[from_]:
            pairs.append((low, from_))
            low, from_ = low + 1, from_ + 1
        while low < high and from_ < to and before[high - 1] == after[to - 1]:
            high, to = high - 1, to - 1
            pairs.append((high, to))
        if low == high or from_ == to:
            continue
        anchors = _anchors(before, after, (low, high, from_, to)) if depth < _DEEPEST else []
        if not anchors:
            pairs += _all_common(before, after, (low, high, from_, to))
            continue
        pairs += anchors
        for (left, right), (end, last) in zip([(low - 1, from_ - 1), *anchors], [*anchors, (high, to)], strict=True):
            open_parts.append((left + 1, end, right + 1, last, depth + 1))
    return sorted(pairs)


def in_order(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the most of ``pairs``, sorted by their first place, whose second places grow as well."""
    tails: list[int] = []
    chain: list[int] = []
    came_from: list[int] = []
    for number, (_, place) in enumerate(pairs):
        at = bisect_left(tails, place)
        came_from.append(chain[at - 1] if at else -1)
        tails[at : at + 1] = [place]
        chain[at : at + 1] = [number]
    kept: list[Pair] = []
    number = chain[-1] if chain else -1
    while number >= 0:
        kept.append(pairs[number])
        number = came_from[number]
    return kept[::-1]


def _anchors(before: Sequence[Hashable], after: Sequence[Hashable], part: tuple[int, int, int, int]) -> list[Pair]:
    low, high, from_, to = part
    seen = Counter(before[low:high])
    places = {item: place for place, item in enumerate(after[from_:to], from_)}
    repeated = Counter(after[from_:to])
    unique = [
        (place, places[item])
        for place, item in enumerate(before[low:high], low)
        if repeated.get(item) == 1 and seen[item] == 1
    ]
    return in_order(unique)


def _all_common(before: Sequence[Hashable], after: Sequence[Hashable], part: tuple[int, int, int, int]) -> list[Pair]:
    low, high, from_, to = part
    if (high - low) * (to - from_) > _SMALL:
        return []
    blocks = SequenceMatcher(None, before[low:high], after[from_:to], autojunk=False).get_matching_blocks()
    return [(low + block.a + step, from_ + block.b + step) for block in blocks for step in range(block.size)]
