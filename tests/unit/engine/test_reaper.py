"""Lost sessions are ended whatever they left in their folders, and one never stops what is done for the others."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from eventually import eventually

from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.engine.reaper import Reaper
from notebook_automation.execution.writer import NotebookWriter
from notebook_automation.services.endings import LostSessions
from notebook_automation.services.retention import Retention
from notebook_automation.store import artifacts, sessions

NAME = "z.ipynb"


@pytest.fixture
def server(make_server: Callable[..., Any]) -> Any:
    return make_server(lease=0.1, runner_start=0.1)


@pytest.fixture
def reaper(server: Any) -> Reaper:
    lost = LostSessions(server.database, server.settings)
    return Reaper(lost, Retention(server.database, server.blobs, server.settings), server.blobs, server.settings)


@pytest.fixture
def lost(server: Any) -> Callable[[], Path]:
    """Makes a session whose runner is gone; returns its folder, which is named for it."""

    def make() -> Path:
        session = Session(
            id=SESSION_ID.new(), project_id=None, project="sales", call=NAME, status="running",
            created_at=time.time(), started_by="ana", owner="gone", lease_until=1.0,
        )  # fmt: skip
        server.database.write_now(lambda tx: sessions.add(tx, session))
        folder = Path(server.settings.data_dir) / "sessions" / session.id
        (folder / "work").mkdir(parents=True)
        return folder

    return make


def running_notebook(folder: Path) -> None:
    """Leave what a killed runner does: the notebook, and in its journal what came since."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('so far')")])
    writer = NotebookWriter(folder / NAME, nb)
    writer.flush()
    nb.cells[0].outputs = [nbformat.v4.new_output("stream", text="so far\n")]
    writer.cell_changed(0)


def link(folder: Path) -> None:
    (folder / NAME).symlink_to("/etc/passwd")


def link_for_journal(folder: Path) -> None:
    (folder / NAME).write_text("[]")
    (folder / f".{NAME}.journal").symlink_to("/etc/passwd")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / NAME)


def pipes_everywhere(folder: Path) -> None:
    running_notebook(folder)
    (folder / f".{NAME}.journal").unlink()
    for name in (f".{NAME}.journal", "kernel.json", "kernel.stderr"):
        os.mkfifo(folder / name)


def list_with_journal(folder: Path) -> None:
    running_notebook(folder)
    (folder / NAME).write_text("[]")


def forged_journal(folder: Path) -> None:
    running_notebook(folder)
    with open(folder / f".{NAME}.journal", "a") as file:
        file.write("[]\n" + json.dumps({"cell": "x", "is": []}) + "\n" + "[" * 200_000 + "\n")


def sparse(folder: Path) -> None:
    with open(folder / NAME, "wb") as file:
        file.truncate(300 * 1024 * 1024)


def forged_record(folder: Path) -> None:
    (folder / "kernel.json").write_text("[]")


def deep_folders(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)


def strange_name(folder: Path) -> None:
    (folder / os.fsdecode(b"\xe9.ipynb")).write_text("{}")


LEFT = {
    link: 0, link_for_journal: 1, pipe: 0, pipes_everywhere: 1, list_with_journal: 1, forged_journal: 1, sparse: 0,
    forged_record: 0, deep_folders: 0, strange_name: 0,
}  # fmt: skip
"""What a session leaves, and how many files are kept of it."""


def kept(server: Any, folder: Path) -> dict[str, bytes]:
    found, _ = server.database.read_now(lambda tx: artifacts.listed(tx, limit=9, cursor=None, session_id=folder.name))
    return {artifact.name: server.blobs.path(artifact.blob).read_bytes() for artifact in found}


@pytest.mark.parametrize("kinds", [list(LEFT)[::2], list(LEFT)[1::2]], ids=["some", "others"])
async def test_sessions_folders_are_hostile_and_all_are_cleared_up_all_the_same(
    server: Any, reaper: Reaper, lost: Callable[[], Path], kinds: list[Callable[[Path], None]]
) -> None:
    """Several at once: to recover a notebook takes a second."""
    bad, good = {leave: lost() for leave in kinds}, lost()
    for leave, folder in bad.items():
        leave(folder)
    running_notebook(good)
    ended: dict[str, str] = {}

    async def all_have_ended() -> bool:
        ended.update({session.id: session.status for session in await reaper.reap()})
        return len(ended) == len(bad) + 1

    await eventually(all_have_ended, lambda: ended)
    assert set(ended.values()) == {"abandoned"}
    assert not good.exists()
    assert b"so far\\n" in kept(server, good)[NAME].split(b"outputs")[1]
    for leave, folder in bad.items():
        assert not folder.exists(), leave.__name__
        found = kept(server, folder)
        assert len(found) == LEFT[leave], leave.__name__
        assert not any(b"root:" in content for content in found.values()), leave.__name__
    assert await reaper.reap() == []


async def test_folders_that_nobody_has_are_removed_whatever_they_are_called(server: Any, reaper: Reaper) -> None:
    folders = Path(server.settings.data_dir) / "sessions"
    folders.mkdir()
    deep_folders(folders)
    for name in (b"\xe9", b"ses_of_long_ago", "sesé".encode()):
        (folders / os.fsdecode(name) / "work").mkdir(parents=True)
    (folders / "file").write_text("x")
    (folders / "link").symlink_to("/etc")
    await reaper.clean()
    assert os.listdir(folders) == []


async def test_what_a_running_session_has_put_aside_is_left_alone(
    server: Any, reaper: Reaper, lost: Callable[[], Path]
) -> None:
    folder = lost()
    aside = folder.rename(folder.with_name(f"{folder.name}.left"))
    await reaper.clean()
    assert aside.exists()
    await eventually(reaper.reap)
    await reaper.clean()
    assert not aside.exists()


async def test_the_rounds_go_on_after_one_that_failed(
    server: Any, reaper: Reaper, lost: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody thought of: a session that cannot be ended at all."""
    bad, good = lost(), lost()
    abandon = LostSessions.abandon

    async def fails(self: LostSessions, session: Session, *more: Any) -> Session | None:
        if session.id == bad.name:
            raise RecursionError("nobody thought of this")
        return await abandon(self, session, *more)

    monkeypatch.setattr(LostSessions, "abandon", fails)
    assert [session.id for session in await eventually(reaper.reap)] == [good.name]
    monkeypatch.undo()
    await reaper.start()
    await eventually(lambda: not bad.exists())
    await reaper.stop()
    assert not good.exists()
