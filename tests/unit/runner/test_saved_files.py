"""A session's own files: what differs is copied once for each content, and comes back as it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from notebook_automation.execution.project_walk import Stat, state_of
from notebook_automation.runner.saved_files import SavedFiles


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("kept.txt", "changed.txt", "gone.txt"):
        (folder / name).write_text(name)
    return folder


def states(work: Path) -> dict[str, Stat]:
    return {path.relative_to(work).as_posix(): state_of(path.stat()) for path in work.rglob("*") if path.is_file()}


def test_what_differs_is_kept_and_comes_back(work: Path, tmp_path: Path) -> None:
    files = SavedFiles(work, states(work), tmp_path / "aside", most=1000)
    (work / "changed.txt").write_text("other")
    (work / "gone.txt").unlink()
    (work / "sub/ü").mkdir(parents=True)
    (work / "sub/ü/new.sh").write_text("new")
    (work / "sub/ü/new.sh").chmod(0o750)
    (work / ".hidden").write_text("mine")
    (work / "link").symlink_to("/etc/passwd")
    (work / "__pycache__").mkdir()
    (work / "__pycache__/x.pyc").write_text("cache")
    found = {file.path: file for file in files.capture()}
    assert set(found) == {"changed.txt", "gone.txt", "sub", "sub/ü", "sub/ü/new.sh", ".hidden", "link"}
    assert found["gone.txt"].kind == "gone"
    assert (found["sub/ü/new.sh"].size, found["sub/ü/new.sh"].mode) == (3, 0o750)
    assert files.obstacle == ""

    again = tmp_path / "again"
    again.mkdir()
    for name in ("kept.txt", "changed.txt", "gone.txt"):
        (again / name).write_text(name)
    other = SavedFiles(again, states(again), tmp_path / "aside again", most=1000)
    other.restore(list(found.values()), lambda digest, path: shutil.copyfile(files.path_of(digest), path) and None)
    assert (again / "changed.txt").read_text() == "other"
    assert not (again / "gone.txt").exists()
    assert (again / "link").readlink() == Path("/etc/passwd")
    assert os.stat(again / "sub/ü/new.sh").st_mode & 0o777 == 0o750
    # What was brought back counts as the session's, and is not copied again.
    assert {file.path: file.digest for file in other.capture()} == {file.path: file.digest for file in found.values()}
    assert list((tmp_path / "aside again").iterdir()) == []


def test_only_what_has_changed_since_is_copied_again(work: Path, tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    files = SavedFiles(work, states(work), aside, most=1000)
    (work / "log.txt").write_text("one")
    [first] = files.capture()
    files.path_of(first.digest or "").unlink()
    assert files.capture() == [first]
    assert list(aside.iterdir()) == []
    with (work / "log.txt").open("a") as file:
        file.write(" two")
    [second] = files.capture()
    assert files.path_of(second.digest or "").read_text() == "one two"


def test_more_than_may_be_kept_is_an_obstacle(work: Path, tmp_path: Path) -> None:
    files = SavedFiles(work, states(work), tmp_path / "aside", most=10)
    (work / "large.bin").write_bytes(b"x" * 11)
    files.capture()
    assert "setting checkpoint_max" in files.obstacle
    (work / "large.bin").write_bytes(b"x" * 9)
    assert [file.size for file in files.capture()] == [9]
    assert files.obstacle == ""


def brought_back(files: SavedFiles, again: Path) -> None:
    other = SavedFiles(again, states(again), again.with_name("aside again"), most=1000)
    found = files.capture()
    other.restore(found, lambda digest, path: shutil.copyfile(files.path_of(digest), path) and None)
    assert {file.path: (file.kind, file.digest) for file in other.capture()} == {
        file.path: (file.kind, file.digest) for file in found
    }


def test_folders_without_a_file_come_back(work: Path, tmp_path: Path) -> None:
    (work / "emptied").mkdir()
    (work / "emptied/last.txt").write_text("1")
    again = shutil.copytree(work, tmp_path / "again")
    files = SavedFiles(work, states(work), tmp_path / "aside", most=1000)
    (work / "results/figures").mkdir(parents=True)
    (work / "emptied/last.txt").unlink()
    (work / "emptied").rmdir()
    brought_back(files, again)
    assert (again / "results/figures").is_dir()
    assert not (again / "emptied").exists()


def test_a_file_may_take_the_place_of_a_folder_and_a_folder_that_of_a_file(work: Path, tmp_path: Path) -> None:
    (work / "data").mkdir()
    (work / "data/a.csv").write_text("1")
    again = shutil.copytree(work, tmp_path / "again")
    files = SavedFiles(work, states(work), tmp_path / "aside", most=1000)
    shutil.rmtree(work / "data")
    (work / "data").write_text("a file now")
    (work / "kept.txt").unlink()
    (work / "kept.txt").mkdir()
    (work / "kept.txt/part").write_text("a folder now")
    brought_back(files, again)
    assert (again / "data").read_text() == "a file now"
    assert (again / "kept.txt/part").read_text() == "a folder now"


def test_what_a_link_of_the_project_leads_to_is_not_written_when_the_session_replaced_the_link(
    work: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.csv").write_text("the user's")
    (work / "data").symlink_to(outside)
    (work / "one").symlink_to(outside / "x.csv")
    again = shutil.copytree(work, tmp_path / "again", symlinks=True)
    files = SavedFiles(work, states(work), tmp_path / "aside", most=1000)
    for link in ("data", "one"):
        (work / link).unlink()
    (work / "data").mkdir()
    (work / "data/x.csv").write_text("the session's")
    (work / "one").write_text("the session's, too")
    brought_back(files, again)
    assert (outside / "x.csv").read_text() == "the user's"
    assert (again / "data/x.csv").read_text() == "the session's"
    assert (again / "one").read_text() == "the session's, too"
