"""When a session starts that collects events; and what is refused of what people write of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.collecting import MOST_BYTES, Collecting, key_of, parse_collecting, starts_at
from notebook_automation.domain.errors import Invalid


def test_it_starts_when_it_is_quiet_but_not_for_ever_or_so_long_after_the_first() -> None:
    quiet = parse_collecting({"debounce": "10s"})
    assert starts_at(quiet, first=0.0, last=0.0, events=1, size=1) == 10.0
    assert starts_at(quiet, first=0.0, last=5.0, events=2, size=1) == 15.0
    assert starts_at(quiet, first=0.0, last=95.0, events=20, size=1) == 100.0
    assert starts_at(Collecting(debounce=10.0, at_most=12.0), first=0.0, last=9.0, events=2, size=1) == 12.0
    batch = parse_collecting({"batch": 30})
    assert starts_at(batch, first=1.0, last=20.0, events=9, size=1) == 31.0
    assert starts_at(batch, first=1.0, last=20.0, events=1000, size=1) == 20.0
    assert starts_at(batch, first=1.0, last=20.0, events=2, size=MOST_BYTES) == 20.0


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.1, 50), st.floats(0, 50))
def test_a_debounce_never_starts_before_the_last_event_nor_after_its_end(times: list[float], quiet: float, more: float):
    collecting, came = Collecting(debounce=quiet, at_most=quiet + more), sorted(times)
    first, at = came[0], 0.0
    for number, last in enumerate(came):
        if number and last > at:
            break  # it has started
        at = starts_at(collecting, first=first, last=last, events=number + 1, size=0)
        assert last <= at <= first + (quiet + more)
        assert at <= last + quiet


def test_keys_are_the_same_for_the_same_value_alone() -> None:
    assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
    assert len({key_of(value) for value in (None, "", 0, "0", [], {}, "é", "\ud800")}) == 8


def test_what_is_written_out_is_read_again() -> None:
    for given_ in ({"batch": 30.0}, {"debounce": 2.0, "at_most": 9.0, "key": "data.id", "max_events": 5}):
        collecting = parse_collecting(given_)
        assert collecting.changed_fields() == given_
        assert parse_collecting(collecting.to_dict()) == collecting


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "debounce"), ({"debounce": 1, "batch": 1}, "debounce"), ({"batch": 0}, "batch"), ({"batch": "x"}, "batch"),
        ({"batch": True}, "batch"), ({"batch": "8 days"}, "batch"), ({"batch": float("nan")}, "batch"),
        ({"batch": 1, "at_most": 2}, "at_most"), ({"debounce": 9, "at_most": 2}, "at_most"),
        ({"batch": 1, "max_events": 0}, "max_events"), ({"batch": 1, "max_events": 10**6}, "max_events"),
        ({"batch": 1, "key": 1}, "key"), ({"batch": 1, "every": 2}, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(wrong: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_collecting(wrong)
    assert refused.value.code == "collect_invalid"
    assert refused.value.details["field"] == (f"collect.{field}" if field else "collect")
