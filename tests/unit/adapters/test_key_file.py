"""The key file is made once, whoever needs it first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from notebook_automation.adapters.key_file import read_key


def test_all_who_need_it_first_get_the_same_key(tmp_path: Path) -> None:
    for number in range(30):
        path, together = tmp_path / f"{number}.key", threading.Barrier(8)

        def read(path: Path = path, together: threading.Barrier = together) -> bytes:
            together.wait()
            return read_key(path)

        with ThreadPoolExecutor(8) as pool:
            found = {one.result() for one in [pool.submit(read) for _ in range(8)]}
        assert found == {read_key(path)}
        assert path.stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 30


def test_a_file_without_a_key_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch()
    with pytest.raises(OSError, match="holds no key"):
        read_key(tmp_path / "secret.key")


def test_a_file_system_without_hard_links_keeps_a_key_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    key = read_key(tmp_path / "secret.key")
    assert len(key) == 32
    assert read_key(tmp_path / "secret.key") == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
