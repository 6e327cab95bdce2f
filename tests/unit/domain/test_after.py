"""What session triggers follow: how it is written, which sessions it means, and when several are complete."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.after import After, SessionEnd, joined, parse_after
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.sessions import Session


def end(source: str, at: float) -> SessionEnd:
    return SessionEnd(session_id=f"ses_{source}{at}", source=source, ended_at=at)


def session(**fields: Any) -> Session:
    values = {"call": "load.ipynb", "status": "completed", "trigger_ref": "sales/nightly", **fields}
    return Session(id="ses_1", project_id="prj_1", project="sales", created_at=1.0, started_by="ana", **values)


@pytest.mark.parametrize(
    ("given", "after"),
    [
        ("nightly", After(of=("nightly",))),
        (["a", "b", "a"], After(of=("a", "b"))),
        ({"of": "a", "status": "failed"}, After(of=("a",), statuses=("failed",))),
        ({"of": ["a", "b"], "within": "2h"}, After(of=("a", "b"), within=7200.0)),
        ({"of": ["a"], "statuses": ["timeout", "failed"]}, After(of=("a",), statuses=("failed", "timeout"))),
    ],
)
def test_what_is_written_is_read_and_written_back(given: Any, after: After) -> None:
    assert parse_after(given) == after
    assert parse_after(after.to_dict()) == after
    assert parse_after(after.in_manifest()) == after


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "after.of"), ("", "after.of"), ([], "after.of"), ({"of": ["a", 1]}, "after.of"),
        ({"of": "a", "statuses": ["done"]}, "after.statuses"), ({"of": "a", "statuses": []}, "after.statuses"),
        ({"of": ["a", "b"], "within": "soon"}, "after.within"), ({"of": ["a", "b"], "within": 0}, "after.within"),
        ({"of": ["a", "b"], "within": True}, "after.within"), ({"of": "a", "within": 60}, "after.within"),
        ({"of": "a", "until": 3}, "after"), ({"of": ["x"] * 3 + [str(n) for n in range(60)]}, "after.of"),
    ],
)  # fmt: skip
def test_what_says_nothing_that_can_be_done_is_refused_at_its_field(given: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_after(given)
    assert (refused.value.code, refused.value.details.get("field")) == ("after_invalid", field)


def test_a_session_is_followed_by_its_trigger_its_file_or_its_whole_call() -> None:
    assert After(of=("nightly",)).source_of(session()) == "nightly"
    assert After(of=("load.ipynb",)).source_of(session(trigger_ref=None)) == "load.ipynb"
    assert After(of=("load.ipynb:orders",)).source_of(session(call="load.ipynb:orders")) == "load.ipynb:orders"
    assert After(of=("load.ipynb",)).source_of(session(call="load.ipynb:orders")) == "load.ipynb"
    assert After(of=("nightly",)).source_of(session(status="failed")) is None
    assert After(of=("night",)).source_of(session()) is None


def test_all_within_a_time_are_complete_once() -> None:
    parts = joined([end("a", 10), end("b", 15), end("a", 20)], ["a", "b"], within=60, now=21)
    assert [[one.ended_at for one in ends] for ends in parts.complete] == [[10, 15]]
    assert ([one.ended_at for one in parts.open], parts.incomplete) == ([20], ())


def test_of_each_source_the_newest_end_counts() -> None:
    parts = joined([end("a", 10), end("a", 50), end("b", 100)], ["a", "b"], within=60, now=101)
    assert [[one.ended_at for one in ends] for ends in parts.complete] == [[50, 100]]


def test_what_waited_too_long_is_told_as_incomplete() -> None:
    parts = joined([end("a", 10), end("b", 71)], ["a", "b"], within=60, now=72)
    assert (parts.complete, [one.source for one in parts.incomplete]) == ((), ["a"])
    assert [one.source for one in parts.open] == ["b"]
    assert [one.source for one in joined(parts.open, ["a", "b"], within=60, now=131).incomplete] == ["b"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 200)), max_size=30, unique=True), st.integers(1, 90))
def test_looked_at_one_by_one_or_all_at_once_the_same_is_complete(ends: list[tuple[str, int]], within: int) -> None:
    of = ["a", "b", "c"]
    every = sorted((end(source, float(at)) for source, at in ends), key=lambda one: (one.ended_at, one.session_id))
    at_once = joined(every, of, within, now=0)
    kept: tuple[SessionEnd, ...] = ()
    complete: list[tuple[SessionEnd, ...]] = []
    for one in every:
        parts = joined([*kept, one], of, within, now=0)
        complete += parts.complete
        kept = parts.open
    assert tuple(complete) == at_once.complete
    assert set(kept) == set(at_once.open)
    used = [one for ends in at_once.complete for one in ends]
    assert len(used) == len(set(used))
    assert all(ends[-1].ended_at - ends[0].ended_at <= within for ends in at_once.complete)
