"""Where the code of a durable session is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notebook_automation.sdk import position
from notebook_automation.sdk.position import Position


@pytest.fixture(autouse=True)
def nowhere() -> Iterator[None]:
    yield
    position._here.__init__()  # type: ignore[misc]


def test_outside_a_durable_session_there_is_no_position() -> None:
    assert not position.is_durable()
    assert position.next_call("wait") is None


def test_calls_of_a_kind_are_counted_in_each_piece() -> None:
    position.begin(3, 0)
    assert position.is_durable()
    assert [position.next_call("wait"), position.next_call("step:a"), position.next_call("wait")] == [
        Position(3, 0, 0), Position(3, 0, 0), Position(3, 0, 1),
    ]  # fmt: skip
    position.begin(3, 1)
    assert position.next_call("wait") == Position(3, 1, 0)
