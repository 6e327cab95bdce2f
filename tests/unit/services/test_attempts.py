"""Attempts: the gate, what a runner tells, the one end, and what becomes of the lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.projects import PROJECT_ID, VARIABLE_ID, Project, Variable
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import SESSION_ID, CellError, Session
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.services.attempts import Attempts, Ending, Held, Made, Progress
from notebook_automation.services.projects import Projects
from notebook_automation.services.retention import Retention
from notebook_automation.services.session_context import context_of
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts as artifact_rows
from notebook_automation.store import projects as project_rows
from notebook_automation.store import session_log as log_rows
from notebook_automation.store import sessions as rows
from notebook_automation.store import snapshots as snapshot_rows
from notebook_automation.store import triggers as trigger_rows
from notebook_automation.store.database import Database
from notebook_automation.store.tables.sessions import sessions as session_table


class Room:
    """Attempts on one database, with a project, a trigger and blobs."""

    def __init__(self, database: Database, tmp_path: Path, **settings: Any) -> None:
        self.database = database
        self.settings = Settings(data_dir=str(tmp_path), runner_start=0.0, **settings)
        self.blobs = FileBlobs(tmp_path / "blobs")
        self.projects = Projects(database, tmp_path, NotebookReader(), Cipher(tmp_path / "secret.key"))
        self.attempts = Attempts(database, self.projects, self.settings)
        self.project = Project(id=PROJECT_ID.new(), name="sales", path=str(tmp_path), created_at=1.0)
        self.trigger = Trigger(
            id=TRIGGER_ID.new(), project_id=self.project.id, project="sales", name="nightly", type="manual",
            created_at=1.0, updated_at=1.0,
        )  # fmt: skip

    async def prepared(self) -> Room:
        secret = self.projects.sealed(self.project, "password", "canary", secret=True)
        plain = Variable(id=VARIABLE_ID.new(), project_id=self.project.id, name="region", value="emea")

        def work(tx: Any) -> None:
            project_rows.add(tx, self.project)
            project_rows.set_variable(tx, secret)
            project_rows.set_variable(tx, plain)
            trigger_rows.add(tx, self.trigger)

        await self.database.write(work)
        return self

    async def queued(self, **fields: Any) -> Session:
        session = Session(
            **{
                "id": SESSION_ID.new(),
                "project_id": self.project.id,
                "project": "sales",
                "call": "report.ipynb",
                "status": "requested",
                "created_at": time.time(),
                "started_by": "ana",
                "trigger_id": self.trigger.id,
                "trigger_ref": "sales/nightly",
                **fields,
            }
        )
        await self.database.write(lambda tx: rows.add(tx, session))
        return session

    async def held(self, **fields: Any) -> Held:
        session = await self.queued(**fields)
        await self.attempts.claim("one", 1)
        held = await self.attempts.begin(session.id, "one", 1)
        assert held is not None
        return held

    async def let_leases_run_out(self) -> None:
        await self.database.write(lambda tx: tx.execute(update(session_table).values(lease_until=1.0)))

    async def session(self, session_id: str) -> Session:
        found = await self.database.read(lambda tx: rows.get(tx, session_id))
        assert found is not None
        return found

    async def log(self, session_id: str) -> list[tuple[str, str]]:
        found = await self.database.read(lambda tx: log_rows.read(tx, session_id, 0, 100))
        return [(line.kind, line.text) for line in found]

    async def counters(self) -> tuple[int, int]:
        found = await self.database.read(lambda tx: trigger_rows.get(tx, self.trigger.id))
        assert found is not None
        return found.success_count, found.failure_count

    def made(self, name: str, content: bytes = b"content") -> Made:
        digest, size = self.blobs.put_bytes(content)
        return Made(name=name, blob=digest, size=size)


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> Room:
    return await Room(database, tmp_path).prepared()


async def test_only_one_attempt_passes_the_gate(room: Room) -> None:
    session = await room.queued()
    assert await room.attempts.waiting()
    assert [one.id for one in await room.attempts.claim("one", 5)] == [session.id]
    assert not await room.attempts.waiting()
    passed = await asyncio.gather(*(room.attempts.begin(session.id, "one", 1) for _ in range(5)))
    assert sum(held is not None for held in passed) == 1
    assert await room.attempts.begin(session.id, "two", 1) is None
    assert (await room.session(session.id)).status == "running"


async def test_the_gate_gives_all_that_a_run_needs(room: Room) -> None:
    held = await room.held(parameters={"n": 1})
    assert held.variables == {"password": "canary", "region": "emea"}
    context = context_of(held)
    assert context["session"]["trigger"] == "sales/nightly"
    assert context["session"]["status"] == "running"
    assert (context["parameters"], context["event"], context["variables"]["region"]) == ({"n": 1}, None, "emea")
    assert held.token not in str(context)
    assert held.token.startswith("nas_")
    assert len(held.token) == 47


async def test_what_is_told_and_the_end_are_one_story(room: Room) -> None:
    held = await room.held()
    digest, size = room.blobs.put_bytes(b"notebook")
    snapshot = snapshot_of([SnapshotFile(path="report.ipynb", blob=digest, size=size)])
    cells = [Cell(index=0, id="a", source_head="x"), Cell(index=1, id="b", source_head="y")]
    told = Progress(
        values={"total_cells": 2, "current_cell": 1},
        snapshot=snapshot,
        timeline=cells,
        log=[(time.time(), "print", "hi", None)],
    )
    assert await room.attempts.tell(held, told)
    last = Progress(values={"current_cell": 2}, changed=[Cell(index=0, id="a", source_head="x", status="ok")])
    ending = Ending(status="completed", result={"n": 1}, progress=last, made=[room.made("report.ipynb")])
    ended = await room.attempts.end(held, ending)
    assert ended is not None
    assert (ended.status, ended.current_cell, ended.result) == ("completed", 2, {"n": 1})
    assert (ended.snapshot_id, ended.lease_until) == (snapshot.id, None)
    assert await room.database.read(lambda tx: snapshot_rows.get(tx, snapshot.id)) == snapshot
    assert await room.log(ended.id) == [("print", "hi"), ("artifact", "report.ipynb"), ("completion", "completed")]
    timeline = await room.database.read(lambda tx: log_rows.cells_of(tx, ended.id))
    assert [cell.status for cell in timeline] == ["ok", "pending"]
    assert await room.counters() == (1, 0)
    assert await room.attempts.end(held, Ending(status="failed", made=[room.made("late.txt")])) is None
    assert not await room.attempts.tell(held, told)
    assert room.attempts.renew(held) is None
    assert await room.session(ended.id) == ended


async def test_an_error_and_a_cancelling_are_counted_as_they_are(room: Room) -> None:
    failed = await room.held()
    error = CellError(ename="ValueError", evalue="no")
    await room.attempts.end(failed, Ending(status="failed", reason="ValueError: no", error=error))
    assert (await room.log(failed.session.id))[0] == ("error", "ValueError: no")
    cancelled = await room.held()
    await room.database.write(
        lambda tx: rows.change_status(tx, cancelled.session.id, "running", "canceling", "Cancelled by ana.")
    )
    assert room.attempts.renew(cancelled) == "canceling"
    ended = await room.attempts.end(cancelled, Ending(status="cancelled"))
    assert ended is not None
    assert ended.reason == "Cancelled by ana."
    assert await room.counters() == (0, 1)


async def test_artifacts_over_the_session_s_limit_are_left_out_and_told(database: Database, tmp_path: Path) -> None:
    room = await Room(database, tmp_path, artifact_session_max=10).prepared()
    held = await room.held()
    made = [room.made("a", b"12345678"), room.made("b", b"12345"), room.made("c", b"12")]
    await room.attempts.end(held, Ending(status="completed", made=made))
    found, _ = await database.read(
        lambda tx: artifact_rows.listed(tx, limit=9, cursor=None, session_id=held.session.id)
    )
    assert sorted(artifact.name for artifact in found) == ["a", "c"]
    assert any(kind == "stderr" and text.startswith("b was not kept") for kind, text in await room.log(held.session.id))


async def test_versions_are_kept_as_many_as_the_trigger_says(room: Room) -> None:
    for number in range(3):
        held = await room.held(keep="2 versions")
        await room.attempts.end(held, Ending(status="completed", made=[room.made("a", b"%d" % number)]))
    found = await room.database.read(lambda tx: artifact_rows.versions(tx, "sales/nightly/a"))
    assert [(artifact.version, artifact.expires_at) for artifact in found] == [(3, None), (2, None)]


async def test_a_lost_session_is_abandoned_once_and_its_attempt_refused(room: Room) -> None:
    held = await room.held()
    assert await room.attempts.lost() == []
    await room.let_leases_run_out()
    (lost,) = await room.attempts.lost()
    ended = await room.attempts.give_up(lost, "It is gone.", [room.made("report.ipynb")])
    assert ended is not None
    assert (ended.status, ended.reason) == ("abandoned", "It is gone.")
    assert await room.attempts.give_up(lost, "It is gone.") is None
    assert room.attempts.renew(held) is None
    assert await room.attempts.end(held, Ending(status="completed")) is None
    assert await room.counters() == (0, 1)


async def test_a_lost_session_that_renewed_meanwhile_goes_on(room: Room) -> None:
    held = await room.held()
    await room.let_leases_run_out()
    (lost,) = await room.attempts.lost()
    assert room.attempts.renew(held) == "running"
    assert await room.attempts.give_up(lost, "It is gone.") is None
    assert (await room.session(held.session.id)).status == "running"


async def test_a_claimed_session_that_never_began_is_queued_again(room: Room) -> None:
    session = await room.queued()
    await room.attempts.claim("one", 1)
    await room.let_leases_run_out()
    (lost,) = await room.attempts.lost()
    again = await room.attempts.give_up(lost, "It is gone.")
    assert again is not None
    assert (again.status, again.owner) == ("requested", None)
    assert await room.attempts.begin(session.id, "one", 1) is None
    (claimed,) = await room.attempts.claim("two", 1)
    assert await room.attempts.give_back(claimed.id, "two")
    (claimed,) = await room.attempts.claim("three", 1)
    failed = await room.attempts.fail_to_start(claimed, "three", "No runner could be started.")
    assert failed is not None
    assert (failed.status, failed.reason) == ("failed", "No runner could be started.")


async def test_retention_deletes_for_real_and_nothing_that_is_used(room: Room) -> None:
    def exists(digest: str) -> bool:
        return (room.blobs._at(digest)).exists()

    digest, size = room.blobs.put_bytes(b"of the snapshot")
    snapshot = snapshot_of([SnapshotFile(path="a", blob=digest, size=size)])
    held = await room.held(keep="1 hours")
    old, recent = room.made("old", b"old"), room.made("new", b"new")
    ending = Ending(status="completed", progress=Progress(snapshot=snapshot), made=[old])
    await room.attempts.end(held, ending)
    other = await room.held(keep="90 days")
    await room.attempts.end(other, Ending(status="completed", made=[recent]))

    retention = Retention(room.database, room.blobs, room.settings)
    await retention.clean()
    assert exists(old.blob)
    in_two_hours = time.time() + 7200
    await retention.clean(in_two_hours)
    assert not exists(old.blob)
    assert exists(recent.blob)
    assert exists(digest), "its snapshot is a session's"
    found = await room.database.read(lambda tx: artifact_rows.versions(tx, "sales/nightly/old"))
    assert found == []
    await room.database.write(
        lambda tx: tx.execute(rows.sessions.delete().where(rows.sessions.c.id == held.session.id))
    )
    await retention.clean(in_two_hours + 7200)
    assert not exists(digest)
    assert await room.database.read(lambda tx: snapshot_rows.get(tx, snapshot.id)) is None


async def test_content_that_no_row_tells_of_is_swept(room: Room) -> None:
    held = await room.held()
    kept = room.made("kept", b"kept")
    await room.attempts.end(held, Ending(status="completed", made=[kept]))
    orphan, _ = room.blobs.put_bytes(b"of a killed runner")
    retention = Retention(room.database, room.blobs, room.settings)
    await retention.sweep()
    assert room.blobs.path(orphan)
    await retention.sweep(time.time() + 7200)
    with pytest.raises(NotFound):
        room.blobs.path(orphan)
    assert room.blobs.path(kept.blob)
