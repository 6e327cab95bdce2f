"""Lists sorted by a column: page after page, every row once, in one order; a cursor from outside is checked."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from samples import add_session, artifact_of, event_of, make_project, make_trigger

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.sorting import Sorting
from notebook_automation.store import artifacts, events, session_pages, triggers
from notebook_automation.store.database import Database

Listed = Callable[..., Any]


def in_pages(
    database: Database, listed: Listed, sorting: Sorting, *, begin: str | None = None, **filters: Any
) -> list[Any]:
    """Return the list, from the cursor ``begin`` on, read two rows at a time."""
    seen: list[Any] = []
    cursor = begin
    while True:
        page, cursor = database.read_now(
            lambda tx, cursor=cursor: listed(tx, limit=2, cursor=cursor, sorting=sorting, **filters)
        )
        assert len(page) <= 2
        seen.extend(page)
        if cursor is None:
            return seen


def test_sessions_are_sorted_by_length_and_those_without_one_come_last(database: Database) -> None:
    project = make_project(database)
    lengths = (3.5, None, 0.1, 3.5, 120.0, None, 0.1)
    for seconds in lengths:
        finished = None if seconds is None else 1000.0 + seconds
        add_session(database, project, status="completed", started_at=1000.0, finished_at=finished)
    for ascending in (True, False):
        found = in_pages(database, session_pages.listed, Sorting("duration", ascending=ascending))
        known = [round(one.duration, 3) for one in found if one.duration is not None]
        assert known == sorted(filter(None, lengths), reverse=not ascending)
        assert [one.duration for one in found[-2:]] == [None, None]
        assert len({one.id for one in found}) == len(lengths)
    some = in_pages(database, session_pages.listed, Sorting("duration"), statuses=["completed", "failed"])
    assert [one.id for one in some] == [one.id for one in found]


def test_names_are_sorted_without_regard_to_case(database: Database) -> None:
    project = make_project(database)
    for name in ("beta", "Alpha", "gamma", "alpha2", "Beta2"):
        make_trigger(database, project, name)
        add_session(database, project, call=f"{name}.ipynb")
    expected = ["Alpha", "alpha2", "beta", "Beta2", "gamma"]
    assert [one.name for one in in_pages(database, triggers.listed, Sorting("name", ascending=True))] == expected
    assert [one.name for one in in_pages(database, triggers.listed, Sorting("name"))] == expected[::-1]
    found = in_pages(database, session_pages.listed, Sorting("name", ascending=True))
    assert [one.call for one in found] == [f"{name}.ipynb" for name in ("Alpha", "alpha2", "beta", "Beta2", "gamma")]


def test_what_fires_next_comes_first_and_what_is_off_last(database: Database) -> None:
    project = make_project(database)
    for name, fires, enabled in (
        ("late", 300.0, True),
        ("off", 100.0, False),
        ("soon", 200.0, True),
        ("hook", None, True),
    ):
        make_trigger(database, project, name, next_fire=fires, enabled=enabled)
    found = in_pages(database, triggers.listed, Sorting("next_fire", ascending=True))
    assert [one.name for one in found[:2]] == ["soon", "late"]
    assert {one.name for one in found[2:]} == {"off", "hook"}


def test_events_and_artifacts_are_sorted_too(database: Database) -> None:
    project = make_project(database)
    for name in ("b", "a", "c"):
        trigger = make_trigger(database, project, name)
        database.write_now(lambda tx, trigger=trigger: events.accept(tx, [Occurrence(event=event_of(trigger))]))
    names = [one.trigger_ref for one in in_pages(database, events.listed, Sorting("name", ascending=True))]
    assert names == ["sales/a", "sales/b", "sales/c"]
    sizes = (2**40, 3, 7)
    for number, size in enumerate(sizes):
        made = artifact_of(project, name=f"{number}.bin", size=size)
        database.write_now(lambda tx, made=made: artifacts.add(tx, made))
    found = in_pages(database, artifacts.listed, Sorting("size"))
    assert [one.size for one in found] == sorted(sizes, reverse=True)


def test_a_page_is_the_next_one_also_when_its_last_row_has_gone(database: Database) -> None:
    project = make_project(database)
    for name in ("a", "b", "c", "d"):
        make_trigger(database, project, name)
    by_name = Sorting("name", ascending=True)
    first, cursor = database.read_now(lambda tx: triggers.listed(tx, limit=2, cursor=None, sorting=by_name))
    database.write_now(lambda tx: triggers.remove(tx, first[-1].id))
    rest, _ = database.read_now(lambda tx: triggers.listed(tx, limit=2, cursor=cursor, sorting=by_name))
    assert [one.name for one in rest] == ["c", "d"]


NO_VALUES = ("", "{", "[1]", "true", "NaN", "1e999", "9" * 400, "[" * 600, '"\\u0000"', '"\\ud800"')


@pytest.mark.parametrize(("column", "other_type"), [("name", "7"), ("duration", '"text"')])
def test_a_cursor_that_no_page_gave_is_refused(database: Database, column: str, other_type: str) -> None:
    add_session(database, make_project(database))
    for text in (*NO_VALUES, other_type):
        cursor = f"ses_{'0' * 26}.{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}"
        with pytest.raises(Invalid, match="belongs to no page") as refused:
            in_pages(database, session_pages.listed, Sorting(column), begin=cursor)
        assert refused.value.details["field"] == "cursor"
