"""What is stored is closed to other users, also in a folder that was open to them."""

from __future__ import annotations

from pathlib import Path

from notebook_automation.adapters.private_files import make_private


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_folder_and_all_in_it_is_for_one_user(tmp_path: Path) -> None:
    make_private(tmp_path / "a" / "data", ["blobs"], ["automation.db"])
    data = tmp_path / "a" / "data"
    assert (rights(data), rights(data / "blobs"), rights(data / "automation.db")) == (0o700, 0o700, 0o600)


def test_in_a_folder_that_was_open_to_others_what_is_stored_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for name in ("blobs", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)
    for name in ("automation.db", "automation.db-wal", "other.txt"):
        (tmp_path / name).write_text("content")
        (tmp_path / name).chmod(0o644)
    make_private(tmp_path, ["blobs"], ["automation.db"])
    shown = {path.name: rights(path) for path in tmp_path.iterdir()}
    assert shown == {
        "blobs": 0o700, "automation.db": 0o600, "automation.db-wal": 0o600, "other": 0o755, "other.txt": 0o644
    }  # fmt: skip
    assert (tmp_path / "automation.db").read_text() == "content"
