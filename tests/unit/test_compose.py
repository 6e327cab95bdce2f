"""What is built starts on what is there, and never on an empty database beside what an old one knew."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.compose.builders import build_server
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Unavailable
from notebook_automation.settings import Settings
from notebook_automation.store.database import sqlite_module

ANA = Caller(kind="user", login="ana")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "root").mkdir()
    return Settings(data_dir=str(tmp_path / "data"), root_dir=str(tmp_path / "root"), run_engine=False)


async def started(settings: Settings, work: Callable[..., object] | None = None) -> None:
    server = build_server(settings, api_url="")
    try:
        await server.start()
        project = await server.services.projects.at_folder(ANA, "")
        if work is not None:
            await server.services.projects.set_variable(ANA, project, "TOKEN", "s3cr3t-canary", secret=True)
    finally:
        await server.stop()


@pytest.mark.parametrize("loss", [os.unlink, lambda path: os.truncate(path, 0)], ids=["gone", "empty"])
@pytest.mark.parametrize("known_by", ["a secret", "content"])
async def test_a_lost_database_is_never_made_anew_beside_what_it_knew(
    settings: Settings, loss: Callable[[Path], None], known_by: str
) -> None:
    await started(settings, started if known_by == "a secret" else None)
    data = Path(settings.data_dir)
    if known_by == "content":
        FileBlobs(data / "blobs").put_bytes(b"an artifact")
    kept = (data / "automation.db").read_bytes()
    for name in os.listdir(data):
        if name.startswith("automation.db-"):
            (data / name).unlink()
    loss(data / "automation.db")
    for _ in range(2):
        with pytest.raises(Unavailable, match="Bring the database back from a copy") as caught:
            await started(settings)
        assert caught.value.code == "database_missing"
        with contextlib.closing(sqlite_module().connect(data / "automation.db")) as database:
            assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
    for name in os.listdir(data):
        if name.startswith("automation.db-"):
            (data / name).unlink()
    (data / "automation.db").write_bytes(kept)
    await started(settings)


async def test_a_folder_in_which_nothing_was_kept_yet_begins_with_an_empty_database(settings: Settings) -> None:
    await started(settings)
    (Path(settings.data_dir) / "automation.db").unlink()
    await started(settings)
    assert (Path(settings.data_dir) / "automation.db").stat().st_size > 0
