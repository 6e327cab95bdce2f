"""In place or by a fork: by what either took last, and by how much memory there is to save."""

from __future__ import annotations

import pytest

from notebook_automation.checkpoints import choice, memory
from notebook_automation.checkpoints.choice import Budget, Choice, TooDear

MIB = 2**20


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What this process has in memory, as is believed."""
    used = [100 * MIB]
    monkeypatch.setattr(memory, "used", lambda: used[0])
    return used


def test_what_took_less_than_a_fork_is_done_in_place_again(used: list[int]) -> None:
    one = Choice()
    assert one.budget() is not None
    one.saved_in_place(choice.TIMES_A_FORK * 0.005)
    assert one.budget() is not None
    one.saved_in_place(choice.TIMES_A_FORK * 0.007)
    assert one.budget() is None
    for _ in range(9):
        one.forked(0.010)
    assert one.budget() is not None


def test_a_child_takes_longer_than_it_would_take_in_place_until_that_is_seen_to_be_wrong(used: list[int]) -> None:
    one = Choice()
    one.saved_in_child(choice.TIMES_A_FORK * 0.010)
    assert one.budget() is not None
    one.was_too_dear()
    assert one.budget() is None
    one.saved_in_child(choice.TIMES_A_FORK * 0.010)
    assert one.budget() is None
    one.saved_in_child(choice.TIMES_A_FORK * 0.005)
    assert one.budget() is not None


def test_much_that_is_new_is_left_to_a_child(used: list[int]) -> None:
    one = Choice()
    used[0] += 100 * MIB
    assert one.budget() is None
    used[0] += MIB
    assert one.budget() is not None


def test_a_budget_ends_with_its_time_and_before_what_cannot_be_done_in_it() -> None:
    Budget(10.0).spend(MIB)
    with pytest.raises(TooDear):
        Budget(10.0).spend(10**12)
    with pytest.raises(TooDear):
        Budget(0.0).spend()
