"""Ids sort by their time, and slugs cannot be guessed."""

from __future__ import annotations

import re

from notebook_automation.domain.events import EVENT_ID
from notebook_automation.domain.ids import new_slug
from notebook_automation.domain.sessions import SESSION_ID


def test_ids_of_one_millisecond_sort_as_they_were_made() -> None:
    made = [SESSION_ID.new() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_ids_sort_by_the_time_they_were_made_and_are_never_the_same() -> None:
    made = [SESSION_ID.new(at) for at in (0.0, 1.0, 1.5, 1_795_000_000.0, 253_402_300_799.0)]
    assert made == sorted(made)
    assert len({EVENT_ID.new(1.0) for _ in range(10_000)}) == 10_000
    assert re.fullmatch("ses_[0-9a-z]{26}", SESSION_ID.new())


def test_a_slug_has_as_many_random_bits_as_a_key() -> None:
    slugs = {new_slug() for _ in range(1000)}
    assert len(slugs) == 1000
    assert {len(slug) for slug in slugs} == {26}
    assert len({slug[0] for slug in slugs}) == len({slug[-1] for slug in slugs}) == 32
