"""Files in a folder that somebody else writes to: only regular ones, reached by no link, and none without bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from notebook_automation.execution.hostile_files import open_regular, read_regular


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    below = tmp_path / "session"
    (below / "sub").mkdir(parents=True)
    (below / "sub" / "file").write_bytes(b"content")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(b"secret")
    return below


def test_a_regular_file_is_read_also_where_the_folder_itself_is_reached_by_a_link(folder: Path) -> None:
    assert read_regular(folder, "sub/file", 7) == b"content"
    (folder.parent / "alias").symlink_to(folder)
    assert read_regular(folder.parent / "alias", "sub/file", 7) == b"content"


@pytest.mark.parametrize("name", ["", ".", "..", "../outside/file", "sub/../sub/file", "/etc/passwd", "sub", "none"])
def test_nothing_but_a_file_below_the_folder_is_opened(folder: Path, name: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        open_regular(folder, name)


def test_links_pipes_and_devices_are_refused_at_once(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "outside" / "file")
    (folder / "inner").symlink_to("sub/file")
    (folder / "way").symlink_to(folder.parent / "outside")
    os.mkfifo(folder / "pipe")
    (folder / "zero").symlink_to("/dev/zero")
    for name in ("link", "inner", "way/file", "pipe", "zero"):
        with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
            open_regular(folder, name)


def test_no_more_is_read_than_was_asked_for(folder: Path) -> None:
    with open(folder / "sparse", "wb") as file:
        file.truncate(300 * 1024 * 1024)
    with pytest.raises(OSError, match="larger than 1000 bytes"):
        read_regular(folder, "sparse", 1000)
