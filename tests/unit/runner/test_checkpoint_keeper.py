"""What is kept of a kernel's checkpoints: what it says is not believed, and what does not fit is not gone on from."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from eventually import eventually
from nbformat import NotebookNode

from notebook_automation.domain.access import Caller
from notebook_automation.domain.checkpoints import Checkpoint
from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.masking import Masker
from notebook_automation.execution.checkpointing import END, Place
from notebook_automation.runner.checkpoint_keeper import CheckpointKeeper
from notebook_automation.runner.saved_files import SavedFiles
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.services.checkpoint_content import CheckpointContent
from notebook_automation.services.durable_attempts import DurableAttempts
from notebook_automation.store import checkpoints, session_claims

Make = Callable[..., CheckpointKeeper]
BLOB = b"a part of the state"


def notebook(*sources: str) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


@pytest.fixture
async def acquired(server: Any, ana: Caller) -> AcquiredSession:
    project = await server.project()
    server.notebook("sales/report.ipynb", None, "1")
    session = (await server.sessions.start(ana, project, "report.ipynb", is_durable=True)).session
    await server.database.write(lambda tx: session_claims.claim(tx, "one", 1, 60.0))
    found = await Attempts(server.database, server.projects, server.settings).acquire(session.id, "one", 1)
    assert found is not None
    return found


@pytest.fixture
async def make(server: Any, acquired: AcquiredSession, tmp_path: Path) -> Make:
    durable = DurableAttempts(server.database, Attempts(server.database, server.projects, server.settings), server.seal)
    folder, work = tmp_path / "checkpoint", tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    saved = await durable.saved(acquired)

    def make_one(saved: Any = saved) -> CheckpointKeeper:
        return CheckpointKeeper(
            acquired, durable, CheckpointContent(server.blobs, server.seal), saved, folder=folder, work=work,
            files=SavedFiles(work, {}, tmp_path / "aside", most=1000), masker=Masker(["hunter22"]),
            log=lambda text: None, lost=lambda: None, committed=lambda: None,
        )  # fmt: skip

    return make_one


def write_record(folder: Path, number: int, **record: Any) -> None:
    (folder / f"{number}.json").write_text(json.dumps({"number": number, **record}))


def manifest_of(*digests: str) -> dict[str, Any]:
    return {"groups": [{"skeleton": digest, "buffers": []} for digest in digests[1:]], "process": {
        "skeleton": digests[0], "buffers": []
    }}  # fmt: skip


async def kept(server: Any, keeper: CheckpointKeeper, session_id: str, nb: NotebookNode) -> list[Checkpoint]:
    """Return what is stored once all cells but the last have run."""
    for index in range(len(nb.cells) - 1):
        keeper.after(Place(index, 0), nb.cells[index].source, nb.cells[index], Place(index + 1, 0))
    await keeper.finish(60.0)
    return list(await server.database.read(lambda tx: checkpoints.of_session(tx, session_id)))


async def test_a_state_whose_part_could_not_be_kept_is_not_gone_on_from(
    server: Any, make: Make, acquired: AcquiredSession, tmp_path: Path
) -> None:
    folder, nb = tmp_path / "checkpoint", notebook("a", "b", "c")
    digest = hashlib.blake2b(BLOB, digest_size=20).hexdigest()
    missing = "0" * 40
    (folder / digest).write_bytes(BLOB)
    for number, parts in enumerate(([digest], [digest, missing])):
        blobs = {part: len(BLOB) for part in parts if part != missing and number == 0}
        write_record(folder, number, manifest=manifest_of(*parts), digest="d", blobs=blobs, names=[], bytes=9)
    keeper = make()
    keeper.use(nb, {})
    keeper.opening(Place(0, 0))
    assert keeper.current == Place(0, 0)
    first, second = await kept(server, keeper, acquired.session.id, nb)
    assert keeper.current == Place(2, 0)
    assert (first.obstacle, first.manifest is None) == ("", False)
    assert "could not be kept" in second.obstacle
    assert second.manifest is None


@pytest.mark.parametrize(
    "record",
    [
        {"blobs": 5}, {"blobs": ["0" * 40]}, {"blobs": {"../../passwd": 1}}, {"manifest": 3, "digest": "d"},
        {"error": "no hunter22", "bytes": 10**400}, {"error": "no", "names": [1]}, {"error": "no\0", "how": "\0"},
        {"error": "no", "seconds": "long"}, {"error": "\ud800"},
    ],
)  # fmt: skip
async def test_a_record_that_says_nonsense_is_an_obstacle(
    server: Any, make: Make, acquired: AcquiredSession, tmp_path: Path, record: dict[str, Any]
) -> None:
    write_record(tmp_path / "checkpoint", 0, **record)
    nb = notebook("a", "b")
    keeper = make()
    keeper.use(nb, {})
    [found] = await kept(server, keeper, acquired.session.id, nb)
    assert found.obstacle
    assert "hunter22" not in found.obstacle
    assert "\0" not in found.obstacle
    assert found.manifest is None


async def test_it_goes_on_only_where_what_has_run_is_what_the_notebook_begins_with(
    server: Any, make: Make, acquired: AcquiredSession, tmp_path: Path
) -> None:
    write_record(tmp_path / "checkpoint", 0, error="none")
    nb = notebook("a", "b")
    keeper = make()
    keeper.use(nb, {})
    await kept(server, keeper, acquired.session.id, nb)
    attempts = Attempts(server.database, server.projects, server.settings)
    saved = await DurableAttempts(server.database, attempts, server.seal).saved(acquired)
    again = make(saved)
    again.use(notebook("a", "other"), {})
    assert again.start == Place(1, 0)
    # A fork of an edited notebook may have nothing behind it.
    again.use(notebook("a"), {})
    assert again.start == END
    for other in (notebook("edited", "b"), notebook("", "a", "b")):
        with pytest.raises(Conflict, match="not those that have run"):
            again.use(other, {})


async def test_when_the_kernel_is_gone_it_waits_for_what_is_still_being_saved_and_for_nothing_else(
    server: Any, make: Make, acquired: AcquiredSession, tmp_path: Path
) -> None:
    folder, nb = tmp_path / "checkpoint", notebook("a", "b", "c", "d")
    keeper = make()
    keeper.use(nb, {})
    for index in range(3):
        keeper.after(Place(index, 0), nb.cells[index].source, nb.cells[index], Place(index + 1, 0))
    write_record(folder, 0, error="none")
    with (folder / "1.saving").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        last = asyncio.ensure_future(keeper.last_saves())
        await eventually(lambda: keeper.last is not None and keeper.last.number == 0)
        assert not last.done()
        write_record(folder, 1, error="none")
    # Nobody saves the third, and nobody ever will.
    await last
    await keeper.finish(60.0, kernel_gone=True)
    found = await server.database.read(lambda tx: checkpoints.of_session(tx, acquired.session.id))
    assert [one.number for one in found] == [0, 1]
