"""Blobs: the same content once, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.domain.errors import NotFound, TooLarge, Unavailable


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_content_is_stored_once_under_its_hash(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    digest, size = blobs.put_bytes(b"hello")
    assert (digest, size) == (hashlib.sha256(b"hello").hexdigest(), 5)
    source = tmp_path / "source"
    source.write_bytes(b"hello")
    assert blobs.put_file(source) == (digest, 5)
    assert blobs.path(digest).read_bytes() == b"hello"
    assert files(tmp_path / "blobs") == [blobs.path(digest)]


def test_a_large_file_is_copied_and_hashed_in_one_reading(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    content = os.urandom(3 * 1024 * 1024 + 7)
    source = tmp_path / "large"
    source.write_bytes(content)
    digest, size = blobs.put_file(source)
    assert digest == hashlib.sha256(content).hexdigest()
    assert size == len(content)
    assert blobs.path(digest).read_bytes() == content


def test_removed_content_is_gone_and_removing_again_is_nothing(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    digest, _ = blobs.put_bytes(b"x")
    blobs.remove(digest)
    blobs.remove(digest)
    with pytest.raises(NotFound, match="not there any more"):
        blobs.path(digest)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64, "a" * 63])
def test_only_hashes_name_content(tmp_path: Path, digest: str) -> None:
    with pytest.raises(NotFound):
        FileBlobs(tmp_path).path(digest)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = FileBlobs(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="is full") as caught:
        blobs.put_bytes(b"content")
    assert caught.value.code == "disk_full"
    assert files(tmp_path) == []


@pytest.mark.parametrize("limit", [5, 3 * 1024 * 1024])
def test_no_more_is_stored_than_was_allowed(tmp_path: Path, limit: int) -> None:
    blobs = FileBlobs(tmp_path / "blobs")
    with pytest.raises(TooLarge):
        blobs.put_stream(io.BytesIO(b"x" * (limit + 1)), at_most=limit)
    assert files(tmp_path / "blobs") == []
    assert blobs.put_stream(io.BytesIO(b"x" * limit), at_most=limit)[1] == limit
