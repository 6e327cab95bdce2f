"""Files come back in whatever place, and what links lead to stays as it is."""

from __future__ import annotations

from pathlib import Path

from notebook_automation.domain.checkpoints import SavedFile
from notebook_automation.execution.file_restoring import restore_files


def test_all_kinds_come_back_and_nothing_is_touched_through_a_link(tmp_path: Path) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    for folder in (work / "full", outside):
        folder.mkdir(parents=True)
    (outside / "kept.csv").write_text("the user's")
    (work / "full/old").write_text("1")
    (work / "data").symlink_to(outside)
    files = [
        SavedFile(path="empty", kind="folder"), SavedFile(path="data/kept.csv", kind="gone"),
        SavedFile(path="full/old", kind="gone"), SavedFile(path="full", kind="gone"),
        SavedFile(path="latest", kind="link", target="a/b.txt"), SavedFile(path="a/b.txt", digest="d", mode=0o600),
    ]  # fmt: skip
    restore_files(work, files, lambda digest, path: path.write_text(digest) and None)
    assert (work / "empty").is_dir()
    assert not (work / "full").exists()
    assert (work / "latest").read_text() == "d"
    assert (outside / "kept.csv").read_text() == "the user's"
