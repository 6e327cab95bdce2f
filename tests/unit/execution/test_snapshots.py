"""The project's files as a session sees them: copied, linked where too large, never from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.snapshots import Snapshot, SnapshotFile, snapshot_of
from notebook_automation.execution.project_walk import SnapshotLimits
from notebook_automation.execution.snapshots import SnapshotTaker, copy_snapshot


class CountingBlobs(FileBlobs):
    """Counts the files that are read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.read: list[str] = []

    def put_file(self, path: Path) -> tuple[str, int]:
        self.read.append(path.name)
        return super().put_file(path)


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
    blobs: FileBlobs, tmp_path: Path, *, file: int = 1000, count: int = 100, total: int = 10_000
) -> SnapshotTaker:
    limits = SnapshotLimits(file=file, count=count, total=total)
    return SnapshotTaker(blobs, limits, tmp_path / "cache", excluded=[tmp_path / "project" / "data"])


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
    states = copy_snapshot(snapshot_of(taken.files), blobs, tmp_path / "work")
    assert (tmp_path / "work" / "sub" / "b.py").read_text() == "b"
    assert (tmp_path / "work" / "output").is_dir()
    assert os.access(tmp_path / "work" / "run.sh", os.X_OK)
    assert set(states) == {"a.ipynb", "run.sh", "sub/b.py"}
    (tmp_path / "work" / "a.ipynb").write_text("changed by the session")
    assert (project / "a.ipynb").read_text() == "a"
    assert copy_snapshot(snapshot_of(taken.files), blobs, tmp_path / "again")
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
    assert sorted(blobs.read) == ["a.ipynb", "a.ipynb", "b.py", "b.py"]
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
    assert blobs.read == ["a.ipynb"]


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
    assert copy_snapshot(snapshot_of(takes.take(project).files), blobs, tmp_path / "work")


def test_caches_and_named_patterns_are_no_part_of_it(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    for name in (".git", ".ipynb_checkpoints", "node_modules", "__pycache__", ".venv", "scratch", "data"):
        (project / name).mkdir()
        (project / name / "file").write_text("x")
    (project / "x.pyc").write_text("x")
    (project / "note.tmp").write_text("x")
    (project / ".env").write_text("KEY=1")
    (project / ".automationignore").write_text("# mine\nscratch/\n*.tmp\nsub/b.py\n")
    assert set(paths(taker(blobs, tmp_path).take(project).files)) == {"a.ipynb", ".env", ".automationignore", "sub"}


def test_links_never_lead_out_of_the_project(project: Path, blobs: CountingBlobs, tmp_path: Path) -> None:
    outside = tmp_path / "project-secrets"
    outside.mkdir()
    (outside / "key").write_text("secret")
    (project / "key").symlink_to(outside / "key")
    (project / "folder").symlink_to(outside)
    (project / "sibling").symlink_to("../project-secrets/key")
    (project / "inside").symlink_to("sub/b.py")
    (project / "dangling").symlink_to("nothing")
    os.mkfifo(project / "pipe")
    taken = taker(blobs, tmp_path).take(project)
    assert paths(taken.files) == {"a.ipynb": "copied", "inside": "copied", "sub/b.py": "copied"}
    assert len(taken.left_out) == 3
    assert all("leads out of the project" in text for text in taken.left_out)


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


def test_a_project_that_is_gone_says_so(blobs: CountingBlobs, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        taker(blobs, tmp_path).take(tmp_path / "nothing")


@pytest.mark.parametrize("path", ["../out", "/etc/x", "a/../../x"])
def test_a_snapshot_is_never_copied_outside(blobs: CountingBlobs, tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="leads out"):
        copy_snapshot(Snapshot(id="snp_x", files=(SnapshotFile(path=path, link="/etc"),)), blobs, tmp_path / "work")
