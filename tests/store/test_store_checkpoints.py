"""Checkpoints come back as they were, their content is kept while they are, and both go with the session."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from samples import make_project, running_session
from sqlalchemy import Connection

from notebook_automation.domain.checkpoints import CHECKPOINT_ID, Checkpoint, SavedFile, SavedName
from notebook_automation.domain.sessions import Session
from notebook_automation.store import artifacts, checkpoints, session_removal
from notebook_automation.store import sessions as session_rows
from notebook_automation.store.checkpoints import StoredContent
from notebook_automation.store.database import Database

A, B, C = "a" * 64, "b" * 64, "c" * 64


def checkpoint_of(session: Session, number: int) -> Checkpoint:
    return Checkpoint(
        id=CHECKPOINT_ID.new(), session_id=session.id, number=number, attempt=1, cell_index=3, piece=number, pieces=2,
        sources="5" * 64, manifest="m" * 40, outputs="o" * 40,
        files=(
            SavedFile(path="ü.csv", digest="f" * 40, size=3, mode=0o644), SavedFile(path="gone", kind="gone"),
            SavedFile(path="l", kind="link", target="a"),
        ),
        names=(SavedName(name="df", type="DataFrame", size=80, text="3 × 4"),), how="forked", size=12, seconds=0.5,
        held=0.25, signature="s" * 64, created_at=1.5,
    )  # fmt: skip


def add(database: Database, checkpoint: Checkpoint, **content: str) -> None:
    stored = {digest: StoredContent(blob, 3, 31) for digest, blob in content.items()}
    database.write_now(lambda tx: checkpoints.add(tx, checkpoint, stored))


def test_checkpoints_are_read_back_in_order_with_their_content(database: Database) -> None:
    session = running_session(database, make_project(database))
    first, second = (checkpoint_of(session, number) for number in (0, 1))
    add(database, first, m1=A, o1=B)
    # The same content is stored once, as it was the first time.
    add(database, second, m1=C, o2=C)
    assert database.read_now(lambda tx: checkpoints.of_session(tx, session.id)) == [first, second]
    assert database.read_now(lambda tx: checkpoints.last(tx, session.id)) == second
    assert database.read_now(lambda tx: checkpoints.content_of(tx, session.id)) == {"m1": A, "o1": B, "o2": C}
    assert (first.ends_cell, second.ends_cell) == (False, True)


def test_content_is_in_use_as_long_as_its_session_is_there(database: Database) -> None:
    session = running_session(database, make_project(database))
    add(database, checkpoint_of(session, 0), m1=A)

    def unused(tx: Connection) -> list[str]:
        return artifacts.unused_blobs(tx, time.time() + 60)

    assert database.read_now(unused) == []
    database.write_now(lambda tx: session_removal.remove(tx, session))
    assert database.read_now(unused) == [A]
    assert database.read_now(lambda tx: checkpoints.last(tx, session.id)) is None


def test_checkpoints_can_be_removed_before_their_session(database: Database) -> None:
    session = running_session(database, make_project(database))
    add(database, checkpoint_of(session, 0), m1=A)
    database.write_now(lambda tx: checkpoints.remove(tx, session.id))
    assert database.read_now(lambda tx: checkpoints.content_of(tx, session.id)) == {}
    assert database.read_now(lambda tx: checkpoints.of_session(tx, session.id)) == []


def test_more_content_than_one_statement_takes_is_stored_once(database: Database) -> None:
    session = running_session(database, make_project(database))
    names = [f"{number:040}" for number in range(1100)]
    add(database, checkpoint_of(session, 0), **dict.fromkeys(names, A))
    add(database, checkpoint_of(session, 1), **dict.fromkeys([*names, "new"], B))
    found = database.read_now(lambda tx: checkpoints.content_of(tx, session.id))
    assert found == {**dict.fromkeys(names, A), "new": B}


def test_what_a_session_has_stored_for_its_steps_alone_is_found_when_it_is_old(database: Database) -> None:
    with_checkpoint, with_step, with_none = (
        running_session(database, make_project(database, f"p{number}"), is_durable=True) for number in range(3)
    )
    add(database, checkpoint_of(with_checkpoint, 0))
    step = {"large": StoredContent(A, 3, 31)}
    database.write_now(lambda tx: checkpoints.add_content(tx, with_step.id, step))
    for session in (with_checkpoint, with_step, with_none):
        database.write_now(partial(session_rows.end, session_id=session.id, status="completed"))
    later = time.time() + 60
    found = database.read_now(lambda tx: checkpoints.of_ended_before(tx, later, limit=9))
    assert found == sorted([with_checkpoint.id, with_step.id])


def test_all_that_a_restore_relies_on_is_signed() -> None:
    session = Session(id="ses_1", project_id="prj_1", project="p", call="a.ipynb", status="running", created_at=1.0,
                      started_by="me")  # fmt: skip
    one = checkpoint_of(session, 0)
    others = [
        replace(one, session_id="ses_2"), replace(one, number=1), replace(one, cell_index=4), replace(one, piece=1),
        replace(one, pieces=3), replace(one, sources="6" * 64), replace(one, manifest=None),
        replace(one, outputs="p" * 40), replace(one, files=one.files[:1]), replace(one, obstacle="x"),
        replace(one, files=(replace(one.files[0], mode=0o755), *one.files[1:])),
        replace(one, files=(*one.files[:2], replace(one.files[2], target="b"))),
        replace(one, files=(one.files[0], replace(one.files[1], kind="folder"), one.files[2])),
    ]  # fmt: skip
    texts = {other.signed("prj_1", "before") for other in others}
    assert len(texts) == len(others)
    assert one.signed("prj_1", "before") not in texts
    assert one.signed("prj_2", "before") != one.signed("prj_1", "before") != one.signed("prj_1", "other")
