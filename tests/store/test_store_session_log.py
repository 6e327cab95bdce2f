"""A session's log, cells and outcomes."""

from __future__ import annotations

from collections.abc import Callable

from following import followed_while_writing
from samples import add_session, make_project

from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import CellError
from notebook_automation.store import changes, session_log, sessions
from notebook_automation.store.database import Database


def test_a_log_is_read_in_order_from_where_one_left_off(database: Database) -> None:
    project = make_project(database)
    ours, theirs = add_session(database, project), add_session(database, project)
    database.write_now(lambda tx: session_log.write(tx, ours.id, "start", "begins", {"attempt": 1}))
    database.write_now(lambda tx: session_log.write(tx, theirs.id, "print", "another's"))
    lines = [(float(number), "print", f"line {number} \0 ü", None) for number in range(5)]
    database.write_now(lambda tx: session_log.write_many(tx, ours.id, lines))
    database.write_now(lambda tx: session_log.write_many(tx, ours.id, []))
    first = database.read_now(lambda tx: session_log.read(tx, ours.id, 0, 3))
    rest = database.read_now(lambda tx: session_log.read(tx, ours.id, first[-1].seq, 100))
    assert [one.text for one in first + rest] == ["begins"] + [f"line {number} \\0 ü" for number in range(5)]
    assert (first[0].kind, first[0].data, rest[-1].at) == ("start", {"attempt": 1}, 4.0)
    told = [one for one in database.read_now(lambda tx: changes.after(tx, 0)) if one.activity == "log"]
    assert [one.content.entries for one in told if one.entity == ours.id] == [1, 5]


def test_a_log_that_several_processes_write_never_shows_a_later_entry_first(
    database: Database, open_database: Callable[[], Database]
) -> None:
    session = add_session(database, make_project(database))
    seen = followed_while_writing(
        open_database,
        write=lambda tx: session_log.write(tx, session.id, "print", "x"),
        read=lambda tx, after: [one.seq for one in session_log.read(tx, session.id, after, 1000)],
    )
    stored = database.read_now(lambda tx: [one.seq for one in session_log.read(tx, session.id, 0, 1000)])
    assert seen == stored
    assert len(stored) == 120


def test_cells_are_set_once_and_changed_by_index(database: Database) -> None:
    session = add_session(database, make_project(database))
    timeline = [Cell(index=number, id=f"c{number}", source_head=f"x = {number}") for number in (3, 1, 2)]
    database.write_now(lambda tx: session_log.set_cells(tx, session.id, timeline))
    ok = Cell(index=2, id="c2", source_head="x = 2", status="ok", started_at=1.5, finished_at=2.5, execution_count=1)
    absent = Cell(index=9, id="c9", source_head="")
    database.write_now(lambda tx: session_log.change_cells(tx, session.id, [ok, absent]))
    found = database.read_now(lambda tx: session_log.cells_of(tx, session.id))
    assert found == [timeline[1], ok, timeline[0]]
    long = Cell(index=0, id="i" * 100, source_head="s" * 1000 + "\0")
    database.write_now(lambda tx: session_log.set_cells(tx, session.id, [long]))
    [cut] = database.read_now(lambda tx: session_log.cells_of(tx, session.id))
    assert (len(cut.id), len(cut.source_head)) == (64, 200)


def test_a_cell_of_any_source_can_be_stored(database: Database) -> None:
    session = add_session(database, make_project(database))
    cells = [Cell(index=0, id="c0", source_head="nul \0 and half \ud800 \U0001f600")]
    error = CellError(ename="ValueError", evalue="half \udfff", traceback=["nul \0"])
    database.write_now(lambda tx: session_log.set_cells(tx, session.id, cells))
    database.write_now(lambda tx: sessions.end(tx, session.id, "failed", reason="half \ud800", error=error))
    [cell] = database.read_now(lambda tx: session_log.cells_of(tx, session.id))
    ended = database.read_now(lambda tx: sessions.get(tx, session.id))
    assert cell.source_head == "nul \\0 and half \ufffd \U0001f600"
    assert ended is not None
    assert ended.error == CellError(ename="ValueError", evalue="half \ufffd", traceback=["nul \0"])
    assert ended.reason == "half \ufffd"


def test_the_first_outcome_with_no_more_to_come_is_the_answer(database: Database) -> None:
    session = add_session(database, make_project(database))
    assert database.read_now(lambda tx: session_log.last_part(tx, session.id)) is None
    given = [({"n": 1}, True, None), (None, False, {"status": 201, "json": {"ok": True}}), ("late", False, None)]
    for value, more, http in given:
        database.write_now(
            lambda tx, value=value, more=more, http=http: session_log.add_outcome(
                tx, session.id, value, more=more, http=http
            )
        )
    found = database.read_now(lambda tx: session_log.outcomes_of(tx, session.id))
    assert [(one.value, one.more, one.http) for one in found] == given
    parts = database.read_now(lambda tx: session_log.response_parts(tx, session.id, after=0, limit=1))
    assert parts == [found[1]]
    assert database.read_now(lambda tx: session_log.last_part(tx, session.id)) == found[2]
