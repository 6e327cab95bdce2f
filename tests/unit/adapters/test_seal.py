"""What is sealed is read by nobody without the key, nor anywhere but in its place, nor cut short."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from notebook_automation.adapters import seal as module
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.errors import Unavailable


@pytest.fixture
def seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seal:
    monkeypatch.setattr(module, "_CHUNK", 100)
    return Seal(tmp_path / "secret.key")


def sealed(seal: Seal, content: bytes, project: str = "prj_a", name: str = "d1") -> bytes:
    return seal.encrypted(io.BytesIO(content), project, name).read()


def opened(seal: Seal, stored: bytes, project: str = "prj_a", name: str = "d1") -> bytes:
    return b"".join(seal.decrypted(io.BytesIO(stored), project, name))


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 1000])
def test_content_comes_back_and_cannot_be_seen(seal: Seal, size: int) -> None:
    content = (b"secret-" * 200)[:size]
    stored = sealed(seal, content)
    assert opened(seal, stored) == content
    assert b"secret" not in stored
    assert sealed(seal, content) != stored


def test_a_stream_is_read_in_any_portions(seal: Seal) -> None:
    stream = seal.encrypted(io.BytesIO(b"x" * 250), "prj_a", "d1")
    parts = []
    while part := stream.read(7):
        parts.append(part)
    assert opened(seal, b"".join(parts)) == b"x" * 250


def changed(stored: bytes) -> list[bytes]:
    part = 12 + 100 + 16
    return [
        stored[:-1], stored[:part], stored[part:], stored[part:] + stored[:part], stored + stored[:part], b"",
        bytes([stored[0] ^ 1]) + stored[1:], stored[:50] + bytes([stored[50] ^ 1]) + stored[51:],
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(8))
def test_what_was_changed_or_cut_off_is_refused(seal: Seal, number: int) -> None:
    stored = sealed(seal, b"x" * 250)
    with pytest.raises(Unavailable) as refused:
        opened(seal, changed(stored)[number])
    assert refused.value.code == "checkpoint_unreadable"


@pytest.mark.parametrize(("project", "name"), [("prj_b", "d1"), ("prj_a", "d2")])
def test_what_is_of_another_project_or_place_is_refused(seal: Seal, project: str, name: str) -> None:
    with pytest.raises(Unavailable):
        opened(seal, sealed(seal, b"x" * 250), project, name)


def test_a_signature_is_of_one_text_of_one_project_with_one_key(seal: Seal, tmp_path: Path) -> None:
    signature = seal.sign(b"text", "prj_a")
    assert seal.is_signature(signature, b"text", "prj_a")
    assert Seal(tmp_path / "secret.key").is_signature(signature, b"text", "prj_a")
    assert not seal.is_signature(signature, b"texts", "prj_a")
    assert not seal.is_signature(signature, b"text", "prj_b")
    assert not seal.is_signature("", b"text", "prj_a")
    assert not seal.is_signature("ü", b"text", "prj_a")
    assert not Seal(tmp_path / "other.key").is_signature(signature, b"text", "prj_a")
