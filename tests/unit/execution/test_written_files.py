"""The files that a session wrote or changed."""

from __future__ import annotations

import os
from pathlib import Path

from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.project_walk import state_of
from notebook_automation.execution.written_files import written_files


def test_new_and_changed_files_by_the_name_a_person_expects(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "reports" / "out").mkdir(parents=True)
    for name in ("same.txt", "changed.txt", "reports/report.ipynb"):
        (work / name).write_text("x")
    before = {name: state_of(os.stat(work / name)) for name in ("same.txt", "changed.txt", "reports/report.ipynb")}
    (work / "changed.txt").write_text("longer")
    (work / "reports" / "out" / "new.csv").write_text("a,b")
    (work / "above.csv").write_text("a")
    (work / ".hidden").write_text("x")
    (work / "__pycache__").mkdir()
    (work / "__pycache__" / "x.pyc").write_text("x")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("x")
    (work / "link").symlink_to(tmp_path / "outside")
    (work / "file-link").symlink_to(tmp_path / "outside" / "secret")
    os.mkfifo(work / "pipe")
    found = written_files(work, before, work / "reports")
    assert [(file.name, file.size) for file in found.files] == [
        ("above.csv", 1),
        ("changed.txt", 6),
        ("out/new.csv", 3),
    ]


def test_folders_within_folders_are_looked_into_only_so_deep(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    (tmp_path / "kept.csv").write_text("a")
    found = written_files(tmp_path, {}, tmp_path)
    assert [file.name for file in found.files] == ["kept.csv"]
    assert found.left_out == [f"{'d/' * 40}…: folders deeper than 100 were not looked into."]
    # pytest cannot remove what is so deep.
    assert remove_folder(tmp_path)


def test_a_name_that_is_no_text_is_shown_as_one(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text("a")
    (file,) = written_files(tmp_path, {}, tmp_path).files
    assert (file.name, file.path) == ("caf%E9.txt", name)
