"""A session opened live: the notebook that is written, what its kernel gets, and what it has become."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from notebook_automation.domain.access import Caller
from notebook_automation.domain.checkpoints import CHECKPOINT_ID, Checkpoint, SavedFile
from notebook_automation.domain.errors import Conflict, Forbidden, Invalid, NotFound
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.services.checkpoint_chain import copied
from notebook_automation.services.checkpoint_content import CheckpointContent, digest_of
from notebook_automation.services.edited_notebooks import notebook_of_call
from notebook_automation.store import checkpoints, session_log, sessions, snapshots
from notebook_automation.store.checkpoints import StoredContent
from notebook_automation.store.tables.sessions import sessions as session_table

SOURCES = ("first = region", "second = 1 / 0")


async def failed(server: Any, **changed: Any) -> Session:
    """Return a session of a notebook with parameters that failed in its last cell, its state saved before that."""
    project = await server.project()
    path = Path(server.notebook("sales/in/report.ipynb", "region = 'emea'", *SOURCES))
    path.write_text(path.read_text().replace('"name": "python3", ', '"name": "gone", '))
    content = path.read_bytes()
    blob, size = server.blobs.put_bytes(content)
    snapshot = snapshot_of([SnapshotFile(path="in/report.ipynb", blob=blob, size=size)])
    session = Session(
        id=SESSION_ID.new(), project_id=project.id, project=project.name, call="in/report.ipynb", status="failed",
        created_at=100.0, started_by="ana", is_durable=True, snapshot_id=snapshot.id, parameters={"region": "apac"},
        kernel_name="python3",
    )  # fmt: skip
    hashes = notebook_of_call(server.root / "sales", session.call, "python3", session.parameters).sources
    stored: dict[str, StoredContent] = {}

    def kept(data: bytes) -> str:
        digest = digest_of(data)
        sealed = CheckpointContent(server.blobs, server.seal)
        stored[digest] = sealed.put(project.id, digest, io.BytesIO(data), len(data))
        return digest

    name = kept(b"pickled")
    manifest = {"groups": [{"skeleton": name, "buffers": []}], "process": {"skeleton": name, "buffers": []}}
    outputs = {"2": {"outputs": [{"output_type": "stream", "name": "stdout", "text": "shown"}], "execution_count": 3}}
    one = Checkpoint(
        id=CHECKPOINT_ID.new(), session_id=session.id, number=4, attempt=1, cell_index=2, piece=0, pieces=1,
        sources=hashes[2, 0], manifest=kept(json.dumps({"manifest": manifest}).encode()),
        outputs=kept(json.dumps(outputs).encode()),
        files=(SavedFile(path="in/own.txt", digest=kept(b"mine"), size=4, mode=0o600),), **changed,
    )  # fmt: skip
    cells = [Cell(index=index, id=str(index), source_head="", status="ok") for index in (0, 1, 2)]

    def work(tx: Connection) -> None:
        snapshots.add(tx, snapshot)
        sessions.add(tx, session)
        session_log.set_cells(tx, session.id, [*cells, Cell(index=3, id="3", source_head="", status="error")])
        for signed in copied([one], session, server.seal):
            checkpoints.add(tx, signed, stored)

    server.database.write_now(work)
    return session


async def test_its_notebook_has_what_was_shown_and_becomes_one_to_run(server: Any, ana: Caller) -> None:
    session = await failed(server)
    copy = await server.live_copies.make(ana, session.id)
    assert copy.path == f"sales/in/report (session {session.id[-6:]}).ipynb"
    file = server.root / copy.path
    nb = json.loads(file.read_text())
    assert nb["metadata"]["kernelspec"]["name"] == "python3"
    assert [cell["cell_type"] for cell in nb["cells"]] == ["markdown", "code", "code", "code"]
    assert "before cell 4" in nb["cells"][0]["source"]
    assert nb["cells"][2]["outputs"][0]["text"] == "shown"
    assert (nb["cells"][3]["id"], nb["cells"][3]["outputs"]) == (copy.cell, [])

    # Opened again, what somebody has done to it stays.
    nb["cells"][3]["source"] = "second = 2"
    nb["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "tried"}]
    file.write_text(json.dumps(nb))
    assert await server.live_copies.make(ana, session.id) == copy
    edited = await server.live_copies.edited(ana, session.id, copy.path)
    cells = json.loads(edited)["cells"]
    assert [(cell["source"], cell["outputs"]) for cell in cells[1:]] == [(SOURCES[0], []), ("second = 2", [])]
    new = (await server.forks.fork(ana, session.id, notebook=edited)).session
    assert [one.number for one in await server.database.read(lambda tx: checkpoints.of_session(tx, new.id))] == [4]


async def test_its_kernel_gets_files_and_checkpoint(server: Any, ana: Caller) -> None:
    session = await failed(server)
    file = await server.live_copies.state(ana, session.id)
    assert file.stat().st_mode & 0o077 == 0
    with tarfile.open(file) as packed:
        names = set(packed.getnames())

        def read(name: str) -> bytes:
            found = packed.extractfile(name)
            assert found is not None
            return found.read()

        assert {"work/in/report.ipynb", "work/in/own.txt", "checkpoint/4.json"} <= names
        assert read("work/in/own.txt") == b"mine"
        assert read(f"checkpoint/{digest_of(b'pickled')}") == b"pickled"
        assert json.loads(read("place.json")) == {"number": 4, "folder": "in"}
    assert [one for one in file.parent.iterdir() if one != file] == []


async def test_it_is_for_people_alone(server: Any, ana: Caller) -> None:
    session = await failed(server)
    code = Caller(kind="session", login="x", session_id=session.id, project_id=session.project_id)
    for action in (
        server.live_copies.make(code, session.id), server.live_copies.state(code, session.id),
        server.live_copies.edited(code, session.id, "sales/in/report.ipynb"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await action


async def test_what_is_no_copy_of_it_is_not_run_as_one(server: Any, ana: Caller) -> None:
    session, other = await failed(server), await failed(server)
    copy = await server.live_copies.make(ana, other.id)
    for path, code in ((copy.path, "notebook_of_another_session"), ("sales/in/report.ipynb", "notebook_of_another")):
        with pytest.raises(Invalid) as refused:
            await server.live_copies.edited(ana, session.id, path)
        assert refused.value.code.startswith(code)
    with pytest.raises(NotFound):
        await server.live_copies.edited(ana, session.id, "sales/none.ipynb")
    with pytest.raises(Invalid):
        await server.live_copies.edited(ana, session.id, "../none.ipynb")
    mine = server.root / f"sales/in/report (session {session.id[-6:]}).ipynb"
    mine.write_text("of somebody else")
    with pytest.raises(Conflict) as taken:
        await server.live_copies.make(ana, session.id)
    assert taken.value.code == "file_exists"
    assert mine.read_text() == "of somebody else"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"status": "running"}, "session_state"), ({"is_durable": False}, "session_not_durable"),
     ({"call": "program.py:main"}, "call_not_a_notebook")],
)  # fmt: skip
async def test_what_cannot_be_opened_says_why(server: Any, ana: Caller, values: dict[str, Any], code: str) -> None:
    session = await failed(server)
    change = update(session_table).where(session_table.c.id == session.id).values(values)
    server.database.write_now(lambda tx: tx.execute(change))
    with pytest.raises(Conflict) as refused:
        await server.live_copies.make(ana, session.id)
    assert refused.value.code == code


async def test_a_state_that_cannot_be_restored_is_not_opened(server: Any, ana: Caller) -> None:
    session = await failed(server, obstacle="`conn` is a socket")
    with pytest.raises(Conflict, match="past cell 3, because `conn` is a socket"):
        await server.live_copies.make(ana, session.id)
