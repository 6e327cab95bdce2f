"""A folder is removed whatever is in it, and nothing beside it."""

from __future__ import annotations

import os
from pathlib import Path

from notebook_automation.execution.folder_removal import remove_folder


def test_deep_folders_links_pipes_and_strange_names_are_removed_and_nothing_outside(tmp_path: Path) -> None:
    folder, outside = tmp_path / "session", tmp_path / "outside"
    (outside / "sub").mkdir(parents=True)
    (outside / "kept").write_text("kept")
    (folder / "work").mkdir(parents=True)
    (folder / "link").symlink_to(outside)
    (folder / "work" / "file-link").symlink_to(outside / "kept")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"\xe9")).mkdir()
    (folder / os.fsdecode(b"\xe9") / "file").write_text("x")
    deep = os.open(folder / "work", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("a long name", dir_fd=deep)
        inner = os.open("a long name", os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=deep))
    os.close(deep)
    (folder / "closed" / "in").mkdir(parents=True)
    (folder / "closed").chmod(0)
    assert remove_folder(folder)
    assert sorted(os.listdir(tmp_path)) == ["outside"]
    assert sorted(os.listdir(outside)) == ["kept", "sub"]


def test_what_is_not_there_or_a_link_itself(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    assert remove_folder(tmp_path / "none")
    assert remove_folder(tmp_path / "link")
    assert os.listdir(tmp_path) == ["outside"]
