"""What a session leaves is collected by a runner that trusts none of it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import nbformat
import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.domain.snapshots import snapshot_of
from notebook_automation.execution.workspaces import Workspace
from notebook_automation.runner.results import Collected, ResultCollector
from notebook_automation.settings import Settings


class ChangingBlobs(FileBlobs):
    """Calls ``change`` when the file with its name in it is read: the session's code still runs."""

    def __init__(self, root: Path, change: Callable[[], None]) -> None:
        super().__init__(root)
        self._change = change

    def put_stream(self, source: BinaryIO, *, at_most: int | None = None) -> tuple[str, int]:
        content = source.read()
        if content == b"change now":
            self._change()
        return super().put_stream(io.BytesIO(content), at_most=at_most)


@pytest.fixture
def prepared(tmp_path: Path) -> Any:
    work = tmp_path / "session" / "work"
    work.mkdir(parents=True)
    workspace = Workspace(folder=work.parent, work=work, snapshot=snapshot_of([]), states={})
    return SimpleNamespace(workspace=workspace, cwd=work, file_name="z.ipynb")


def test_files_that_turn_into_something_else_while_they_are_collected_are_left_out(
    prepared: Any, tmp_path: Path
) -> None:
    work = prepared.workspace.work
    (work / "a.txt").write_text("change now")
    (work / "folder").mkdir()
    for name in ("folder/file", "gone", "grown", "link", "pipe", "whole"):
        (work / name).write_text("x")

    def change() -> None:
        for name in ("gone", "link", "pipe"):
            (work / name).unlink()
        (work / "link").symlink_to("/etc/passwd")
        os.mkfifo(work / "pipe")
        (work / "grown").write_text("x" * 2000)
        (work / "folder").rename(tmp_path / "elsewhere")
        (work / "folder").symlink_to(tmp_path / "elsewhere")

    collector = ResultCollector(ChangingBlobs(tmp_path / "blobs", change), Settings(artifact_max=1000))
    collected = Collected()
    collector.collect_files(collected, prepared)
    assert [file.name for file in collected.files] == ["a.txt", "whole"]
    left_out = [text.partition(" was not kept: ")[0] for text in collected.left_out]
    assert left_out == ["folder/file", "gone", "grown", "link", "pipe"]


@pytest.mark.parametrize("put", ["link", "pipe", "nothing", "folder"])
def test_an_executed_notebook_that_was_replaced_is_kept_as_it_ran(prepared: Any, tmp_path: Path, put: str) -> None:
    path = prepared.workspace.folder / "z.ipynb"
    if put == "link":
        path.symlink_to("/etc/passwd")
    elif put == "pipe":
        os.mkfifo(path)
    elif put == "folder":
        path.mkdir()
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('so far')")])
    blobs, collected = FileBlobs(tmp_path / "blobs"), Collected()
    ResultCollector(blobs, Settings()).collect_notebook(collected, prepared, nb, None)
    (file,) = collected.files
    assert blobs.path(file.blob).read_text() == nbformat.writes(nb)


def test_nothing_more_is_collected_once_it_is_to_stop(prepared: Any, tmp_path: Path) -> None:
    for name in "abc":
        (prepared.workspace.work / name).write_text(name)
    collected = Collected()
    collector = ResultCollector(FileBlobs(tmp_path / "blobs"), Settings())
    collector.collect_files(collected, prepared, stopped=lambda: bool(collected.files))
    assert [file.name for file in collected.files] == ["a"]
    assert collected.left_out == ["2 files were not kept: it was to stop."]


def test_no_more_files_are_kept_than_was_allowed(prepared: Any, tmp_path: Path) -> None:
    for name in "abc":
        (prepared.workspace.work / name).write_text(name)
    collected = Collected()
    collector = ResultCollector(FileBlobs(tmp_path / "blobs"), Settings(artifact_max_files=2))
    collector.collect_files(collected, prepared)
    assert [file.name for file in collected.files] == ["a", "b"]
    assert collected.left_out == ["1 files were not kept (setting artifact_max_files)."]
