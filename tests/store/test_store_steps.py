"""Steps come back as they were, their results sealed; they are replaced by what says more, and go with the session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from samples import make_project, running_session
from sqlalchemy import select

from notebook_automation.adapters.crypto import Cipher
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.steps import UNORDERED, SessionStepsChange, Step
from notebook_automation.services.step_results import StepResults
from notebook_automation.store import changes, session_removal, steps
from notebook_automation.store.database import Database
from notebook_automation.store.tables.steps import steps as table


def step_of(cell_index: int = 2, piece: int = 0, name: str = "pay", nth: int = 0, **fields: object) -> Step:
    given: dict[str, object] = {
        "status": "done",
        "result": b"\x80\x05result",
        "finished_at": 2.5,
        "shown": "½\0",
        **fields,
    }
    return Step(
        cell_index=cell_index, piece=piece, name=name, nth=nth, number=nth, fingerprint="f" * 32,
        idempotency_key="k" * 32, tries=1, started_at=1.5, **given,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def results(tmp_path: Path) -> StepResults:
    return StepResults(Cipher(tmp_path / "key"))


def write(database: Database, session_id: str, results: StepResults, *changed: Step) -> None:
    database.write_now(lambda tx: steps.write(tx, session_id, changed, results.sealed(session_id)))


def read(database: Database, session_id: str, results: StepResults, since: tuple[int, int] = (0, 0)) -> list[Step]:
    return database.read_now(lambda tx: steps.of_session(tx, session_id, results.opened(session_id), since=since))


def test_steps_come_back_in_the_notebooks_order(database: Database, results: StepResults) -> None:
    session = running_session(database, make_project(database))
    failed = step_of(3, 0, "ü" * 200, status="failed", error={"type": "OSError", "message": "full"}, content="c" * 40)
    written = [step_of(2, 1), failed, step_of(2, 0), step_of(2, 0, nth=1, result=None)]
    before = database.read_now(changes.last_seq)
    write(database, session.id, results, *written)
    [change] = database.read_now(lambda tx: changes.after(tx, before))
    assert (change.entity, change.activity, change.content) == (session.id, "steps", SessionStepsChange(steps=4))
    expected = [replace(step, shown="½\\0") for step in (written[2], written[3], written[0], failed)]
    assert read(database, session.id, results) == expected
    assert read(database, session.id, results, since=(2, 1)) == expected[2:]
    without = database.read_now(lambda tx: steps.of_session(tx, session.id))
    assert [step.result for step in without] == [None] * 4


def test_a_step_is_replaced_by_what_says_more_of_it(database: Database, results: StepResults) -> None:
    session = running_session(database, make_project(database))
    begun = step_of(status="started", result=None, finished_at=None, shown=None)
    write(database, session.id, results, begun)
    write(database, session.id, results, replace(begun, tries=2), step_of(shown="1"))
    assert read(database, session.id, results) == [step_of(shown="1")]


def test_many_steps_are_written_at_once(database: Database, results: StepResults) -> None:
    session = running_session(database, make_project(database))
    many = [step_of(nth=nth, shown=str(nth)) for nth in range(1000)]
    write(database, session.id, results, *many)
    write(database, session.id, results, *many)
    assert len(read(database, session.id, results)) == 1000


def test_a_result_is_encrypted_and_opens_for_its_own_step_only(database: Database, results: StepResults) -> None:
    session = running_session(database, make_project(database))
    write(database, session.id, results, step_of(), step_of(nth=1))
    stored = database.read_now(lambda tx: [row.result for row in tx.execute(select(table).order_by(table.c.nth))])
    assert all("result" not in text for text in stored)
    database.write_now(lambda tx: tx.execute(table.update().where(table.c.nth == 1).values(result=stored[0])))
    with pytest.raises(Unavailable):
        read(database, session.id, results)


def test_a_session_that_goes_on_from_another_has_its_steps(database: Database, results: StepResults) -> None:
    project = make_project(database)
    ended, again = running_session(database, project, owner="a"), running_session(database, project, owner="b")
    done, failed = step_of(shown="1"), step_of(3, 0, status="failed", result=b"error", shown=None)
    write(database, ended.id, results, done, failed)
    database.write_now(lambda tx: results.carry_over(tx, ended.id, again.id, (2, 0), "edited", {}))
    pending = replace(failed, status="pending", result=None, finished_at=None, number=UNORDERED)
    assert read(database, again.id, results) == [done, pending]


def test_results_can_be_forgotten_before_their_session(database: Database, results: StepResults) -> None:
    session = running_session(database, make_project(database))
    write(database, session.id, results, step_of(shown="1", content="c" * 40))
    database.write_now(lambda tx: steps.forget_results(tx, session.id))
    assert read(database, session.id, results) == [step_of(shown="1", result=None)]


def test_steps_go_with_their_session(database: Database, results: StepResults) -> None:
    session = running_session(database, make_project(database))
    write(database, session.id, results, step_of())
    database.write_now(lambda tx: session_removal.remove(tx, session))
    assert database.read_now(lambda tx: tx.execute(select(table)).all()) == []
