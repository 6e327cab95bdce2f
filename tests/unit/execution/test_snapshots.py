"""The project's files as a session sees them: copied, linked where too large, never from outside."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.snapshots import Snapshot, SnapshotFile, snapshot_of
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.project_walk import SnapshotLimits
from notebook_automation.execution.snapshots import SnapshotTaker, copy_snapshot


class CountingBlobs(FileBlobs):
    """Counts the files that are read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read: list[str] = []

    def put_stream(self, source: BinaryIO, *, at_most: int | None = None) -> tuple[str, int]:
        content = source.read()
        self.read.append(content.decode("utf-8", "replace"))
        return super().put_stream(io.BytesIO(content), at_most=at_most)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.ipynb").write_text("a")
    (folder / "sub" / "b.py").write_text("b")
    return folder


@pytest.fixture
def blobs(tmp_path: Path) -> CountingBlobs:
    return CountingBlobs(tmp_path / "blobs")


def taker(
    blobs: FileBlobs, tmp_path: Path, *, file: int = 1000, count: int = 100, total: int = 10_000,
    reach: Path | None = None,
) -> SnapshotTaker:  # fmt: skip
    limits = SnapshotLimits(file=file, count=count, total=total)
    return SnapshotTaker(blobs, limits, tmp_path / "cache", excluded=[tmp_path / "project" / "data"], reach=reach)


def paths(files: list[SnapshotFile]) -> dict[str, str]:
    """What becomes of each path: copied, linked or made (an empty folder)."""
    return {
        file.path: "linked" if file.link is not None else "copied" if file.blob is not None else "made"
        for file in files
    }


def test_files_are_taken_and_copied_as_they_were(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "output").mkdir()
    taken = taker(blobs, tmp_path).take(project)
    assert paths(taken.files) == {"a.ipynb": "copied", "run.sh": "copied", "sub/b.py": "copied", "output": "made"}
    states = copy_snapshot(snapshot_of(taken.files), blobs, tmp_path / "work").states
    assert (tmp_path / "work" / "sub" / "b.py").read_text() == "b"
    assert (tmp_path / "work" / "output").is_dir()
    assert os.access(tmp_path / "work" / "run.sh", os.X_OK)
    assert set(states) == {"a.ipynb", "run.sh", "sub/b.py"}
    (tmp_path / "work" / "a.ipynb").write_text("changed by the session")
    assert (project / "a.ipynb").read_text() == "a"
    copy_snapshot(snapshot_of(taken.files), blobs, tmp_path / "again")
    assert (tmp_path / "again" / "a.ipynb").read_text() == "a"


def test_equal_files_make_equal_snapshots(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    one = snapshot_of(taker(blobs, tmp_path).take(project).files)
    assert snapshot_of(taker(blobs, tmp_path).take(project).files) == one
    (project / "a.ipynb").write_text("other")
    assert snapshot_of(taker(blobs, tmp_path).take(project).files).id != one.id


def test_unchanged_files_are_not_read_again_and_recent_ones_are(
    project: Path, blobs: CountingBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = taker(blobs, tmp_path)
    takes.take(project)
    takes.take(project)
    assert sorted(blobs.read) == ["a", "a", "b", "b"]
    # Ten seconds later nothing was changed a moment ago any more.
    import time

    now = time.time_ns()
    monkeypatch.setattr("notebook_automation.execution.file_hashes.time.time_ns", lambda: now + 10**10)
    takes.take(project)
    blobs.read.clear()
    takes.take(project)
    assert blobs.read == []
    (project / "a.ipynb").write_text("A")
    assert "A" in [blobs.path(f.blob).read_text() for f in takes.take(project).files if f.blob]
    assert blobs.read == ["A"]


def test_content_that_was_cleaned_up_is_stored_again(
    project: Path, blobs: CountingBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    now = time.time_ns()
    monkeypatch.setattr("notebook_automation.execution.file_hashes.time.time_ns", lambda: now + 10**10)
    takes = taker(blobs, tmp_path)
    for file in takes.take(project).files:
        blobs.remove(file.blob or "")
    with pytest.raises(NotFound):
        copy_snapshot(snapshot_of([SnapshotFile(path="x", blob="0" * 64)]), blobs, tmp_path / "none")
    assert copy_snapshot(snapshot_of(takes.take(project).files), blobs, tmp_path / "work").states


def test_caches_and_named_patterns_are_no_part_of_it(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    for name in (".git", ".ipynb_checkpoints", "node_modules", "__pycache__", ".venv", "scratch", "data"):
        (project / name).mkdir()
        (project / name / "file").write_text("x")
    (project / "x.pyc").write_text("x")
    (project / "note.tmp").write_text("x")
    (project / ".env").write_text("KEY=1")
    (project / ".automationignore").write_text("# mine\nscratch/\n*.tmp\nsub/b.py\n")
    assert set(paths(taker(blobs, tmp_path).take(project).files)) == {"a.ipynb", ".env", ".automationignore", "sub"}


def test_links_never_lead_out_of_reach(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    outside = tmp_path / "project-secrets"
    outside.mkdir()
    (outside / "key").write_text("secret")
    (project / "key").symlink_to(outside / "key")
    (project / "folder").symlink_to(outside)
    (project / "sibling").symlink_to("../project-secrets/key")
    (project / "inside").symlink_to("sub/b.py")
    (project / "dangling").symlink_to("nothing")
    (project / "loop").symlink_to("loop")
    os.mkfifo(project / "pipe")
    taken = taker(blobs, tmp_path, reach=project).take(project)
    assert paths(taken.files) == {"a.ipynb": "copied", "inside": "copied", "sub/b.py": "copied"}
    told = sorted(text.partition(" (")[0] for text in taken.left_out)
    assert told == [
        "dangling: the link leads nowhere",
        f"folder: the link leads out of {project}",
        f"key: the link leads out of {project}",
        "loop: the link leads nowhere",
        f"sibling: the link leads out of {project}",
    ]


@pytest.mark.parametrize("everywhere", [False, True])
def test_links_within_reach_are_followed(
    project: Path, blobs: CountingBlobs, tmp_path: Path, *, everywhere: bool
) -> None:
    shared = tmp_path / "shared"
    (shared / "data").mkdir(parents=True)
    (shared / "n.ipynb").write_text("n")
    (shared / "data" / "t.csv").write_text("t")
    (project / "data").mkdir()
    (project / "n.ipynb").symlink_to("../shared/n.ipynb")
    (project / "input").symlink_to("../shared/data")
    (project / "own").symlink_to(project / "data")
    (project / "up").symlink_to("..")
    taken = taker(blobs, tmp_path, reach=None if everywhere else tmp_path).take(project)
    assert paths(taken.files) == {"a.ipynb": "copied", "input": "linked", "n.ipynb": "copied", "sub/b.py": "copied"}
    assert sorted(text.partition(":")[0] for text in taken.left_out) == ["own", "up"]
    copy_snapshot(snapshot_of(taken.files), blobs, tmp_path / "work")
    assert (tmp_path / "work" / "input" / "t.csv").read_text() == "t"
    assert (tmp_path / "work" / "n.ipynb").read_text() == "n"


def test_large_files_and_folders_are_read_in_place(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    (project / "large.bin").write_bytes(b"x" * 2000)
    (project / "many").mkdir()
    for number in range(20):
        (project / "many" / f"{number}").write_text("x")
    taken = taker(blobs, tmp_path, count=10).take(project)
    assert paths(taken.files) == {"a.ipynb": "copied", "large.bin": "linked", "many": "linked", "sub/b.py": "copied"}
    copy_snapshot(snapshot_of(taken.files), blobs, tmp_path / "work")
    assert (tmp_path / "work" / "large.bin").stat().st_size == 2000
    assert (tmp_path / "work" / "many" / "7").read_text() == "x"


def test_the_called_notebook_comes_first_where_there_is_too_much(
    project: Path, blobs: CountingBlobs, tmp_path: Path
) -> None:
    for name in ("aaa", "bbb", "deep/down"):
        (project / name).mkdir(parents=True)
        for number in range(5):
            (project / name / f"{number}").write_text("x")
    files = paths(taker(blobs, tmp_path, count=10).take(project, "deep/down/0").files)
    assert files["deep/down/0"] == "copied"
    assert files["aaa"] == files["bbb"] == "linked"


class ChangingBlobs(FileBlobs):
    """Changes the project before a file is read: what its walk has found is another thing by then."""

    def __init__(self, root: Path, change: Callable[[], None]) -> None:
        super().__init__(root)
        self._change = change

    def put_stream(self, source: BinaryIO, *, at_most: int | None = None) -> tuple[str, int]:
        content = source.read()
        if content == b"change now":
            self._change()
        return super().put_stream(io.BytesIO(content), at_most=at_most)


def test_files_that_vanish_or_are_swapped_while_they_are_taken_are_left_out(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (project / "z" / "folder").mkdir(parents=True)
    for name in ("gone", "link", "pipe", "grown", "folder/file"):
        (project / "z" / name).write_text("x")

    (project / "z" / "a").write_text("change now")

    def change() -> None:
        for name in ("gone", "link", "pipe"):
            (project / "z" / name).unlink()
        (project / "z" / "link").symlink_to(tmp_path / "secret")
        os.mkfifo(project / "z" / "pipe")
        (project / "z" / "grown").write_text("x" * 2000)
        (project / "z" / "folder").rename(tmp_path / "elsewhere")
        (project / "z" / "folder").symlink_to(tmp_path / "elsewhere")

    blobs = ChangingBlobs(tmp_path / "blobs", change)
    taken = taker(blobs, tmp_path).take(project)
    files = {path: how for path, how in paths(taken.files).items() if path.startswith("z")}
    assert files == {"z/a": "copied", "z/grown": "linked"}
    left_out = {text.partition(":")[0] for text in taken.left_out}
    assert left_out == {"z/gone", "z/link", "z/pipe", "z/folder/file"}


def test_a_project_in_which_files_come_and_go_is_taken_all_the_same(project: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            folder = project / "churn" / str(number % 7)
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("x", "y"):
                (folder / name).write_text(str(number))
            (folder / "x").unlink()
            (folder / "y").rename(project / "churn" / "y")
            folder.rmdir()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(200):
            taken = taker(FileBlobs(tmp_path / "blobs"), tmp_path).take(project)
            assert {"a.ipynb", "sub/b.py"} <= set(paths(taken.files))
    finally:
        stop.set()
        thread.join()


def test_names_that_are_no_text_and_paths_that_are_too_long_are_left_out_and_told(
    project: Path, blobs: CountingBlobs, tmp_path: Path
) -> None:
    (project / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    folder = os.open(project, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=folder)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    taken = taker(blobs, tmp_path).take(project)
    assert {"a.ipynb", "sub/b.py"} <= set(paths(taken.files))
    assert taken.left_out[0] == "caf%E9.txt: its name is not UTF-8"
    assert taken.left_out[1].endswith("File name too long")
    # pytest cannot remove what is so deep.
    assert remove_folder(project)


def test_a_file_whose_path_is_too_long_in_a_session_is_left_out_and_told(blobs: CountingBlobs, tmp_path: Path) -> None:
    digest, size = blobs.put_bytes(b"x")
    long = "/".join(["d" * 200] * 20 + ["d" * (4080 - 20 * 201 - len("file"))])
    files = [SnapshotFile(path=f"{long}/file", blob=digest, size=size), SnapshotFile(path="a", blob=digest, size=size)]
    copied = copy_snapshot(snapshot_of(files), blobs, tmp_path / "work")
    assert set(copied.states) == {"a"}
    assert copied.left_out == [f"{long}/file: File name too long"]
    assert remove_folder(tmp_path / "work")


def test_a_pipe_in_place_of_the_ignore_file_is_none(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    os.mkfifo(project / ".automationignore")
    assert set(paths(taker(blobs, tmp_path).take(project).files)) == {"a.ipynb", "sub/b.py"}


@pytest.mark.parametrize("content", ["[]", "3", '{"a.ipynb": 3}', "{", "[" * 100_000])
def test_a_cache_that_cannot_be_read_or_written_is_done_without(
    project: Path, blobs: CountingBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    import time

    now = time.time_ns()
    monkeypatch.setattr("notebook_automation.execution.file_hashes.time.time_ns", lambda: now + 10**10)
    taker(blobs, tmp_path).take(project)
    (cache,) = (tmp_path / "cache").iterdir()
    cache.write_text(content)
    assert set(paths(taker(blobs, tmp_path).take(project).files)) == {"a.ipynb", "sub/b.py"}
    cache.unlink()
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_text("no folder")
    assert set(paths(taker(blobs, tmp_path).take(project).files)) == {"a.ipynb", "sub/b.py"}


def test_a_project_that_is_gone_says_so(blobs: CountingBlobs, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        taker(blobs, tmp_path).take(tmp_path / "nothing")


@pytest.mark.parametrize("path", ["../out", "/etc/x", "a/../../x"])
def test_a_snapshot_is_never_copied_outside(blobs: CountingBlobs, tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="leads out"):
        copy_snapshot(Snapshot(id="snp_x", files=(SnapshotFile(path=path, link="/etc"),)), blobs, tmp_path / "work")
