"""Alignment of two sequences: right for small ones, and never the square of the length for large ones."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.sequence_alignment import aligned, in_order


@given(st.lists(st.integers(0, 6), max_size=40), st.lists(st.integers(0, 6), max_size=40))
def test_what_is_aligned_is_equal_and_in_order_on_both_sides(before: list[int], after: list[int]) -> None:
    pairs = aligned(before, after)
    assert all(before[one] == after[other] for one, other in pairs)
    assert pairs == sorted(set(pairs))
    assert [other for _, other in pairs] == sorted({other for _, other in pairs})


@given(st.lists(st.integers(), max_size=40))
def test_equal_sequences_are_aligned_whole(items: list[int]) -> None:
    assert aligned(items, list(items)) == [(place, place) for place in range(len(items))]


def test_what_is_repeated_is_found_between_what_is_there_once() -> None:
    assert aligned("a,b,,c", "a,X,b,,c") == [(0, 0), (1, 1), (2, 4), (3, 5), (4, 6), (5, 7)]


def test_of_what_was_moved_the_most_stays() -> None:
    assert in_order([(0, 3), (1, 0), (2, 1), (3, 2)]) == [(1, 0), (2, 1), (3, 2)]
    assert in_order([]) == []


class Counted:
    """An item that counts how often items are compared or hashed."""

    looks = 0

    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        Counted.looks += 1
        return isinstance(other, Counted) and self.value == other.value

    def __hash__(self) -> int:
        Counted.looks += 1
        return self.value


def _orders(size: int) -> dict[str, tuple[list[int], list[int]]]:
    shuffled = random.Random(7).sample(range(size), size)
    return {
        "reversed": (list(range(size)), list(range(size))[::-1]),
        "shuffled": (list(range(size)), shuffled),
        "all the same": ([1] * size, [1] * size + [2]),
        "two in turn": ([0, 1] * (size // 2), [1, 1, 0] * (size // 3)),
        "nothing in common": ([0] * size, [1] * size),
        "every third is new": (list(range(size)), [n if n % 3 else -n - 1 for n in range(size)]),
    }


@pytest.mark.parametrize("order", list(_orders(6)))
def test_ten_times_as_many_items_take_no_more_than_some_ten_times_as_many_looks(order: str) -> None:
    looks = []
    for size in (1_000, 10_000):
        before, after = ([Counted(value) for value in values] for values in _orders(size)[order])
        Counted.looks = 0
        aligned(before, after)
        looks.append(Counted.looks)
    assert looks[1] < 25 * max(looks[0], 1_000)
