"""The secret parts of links: bound, unguessable, compared in a time that tells nothing."""

from __future__ import annotations

import hmac
from pathlib import Path

import pytest

from notebook_automation.adapters import link_codes
from notebook_automation.adapters.link_codes import LinkCodes, digest_of


@pytest.fixture
def codes(tmp_path: Path) -> LinkCodes:
    return LinkCodes(tmp_path / "secret.key")


def test_a_code_is_that_of_its_purpose_nonce_binding_and_key(codes: LinkCodes, tmp_path: Path) -> None:
    nonce = codes.new_nonce()
    code = codes.code("answer", nonce, "a\nb")
    assert codes.is_code(code, "answer", nonce, "a\nb")
    assert LinkCodes(tmp_path / "secret.key").is_code(code, "answer", nonce, "a\nb")
    assert not codes.is_code(code, "form", nonce, "a\nb")
    assert not codes.is_code(code, "answer", codes.new_nonce(), "a\nb")
    assert not codes.is_code(code, "answer", nonce, "a\nc")
    assert not LinkCodes(tmp_path / "other.key").is_code(code, "answer", nonce, "a\nb")
    for wrong in ("", "ä", code[:-1], code + "A", code.swapcase()):
        assert not codes.is_code(wrong, "answer", nonce, "a\nb")


def test_nonces_are_random_and_those_of_a_name_the_same_with_one_key(codes: LinkCodes, tmp_path: Path) -> None:
    nonces = {codes.new_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert {len(one) for one in nonces} == {32} == {len(codes.nonce_of("x")), len(codes.code("a", "b", "c"))}
    assert codes.nonce_of("x") == codes.nonce_of("x")
    assert len({codes.nonce_of("x"), codes.nonce_of("y"), LinkCodes(tmp_path / "other.key").nonce_of("x")}) == 3
    assert len(digest_of(codes.nonce_of("x"))) == 64


def test_codes_are_compared_in_a_time_that_tells_nothing(codes: LinkCodes, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(link_codes.hmac, "compare_digest", watched)
    assert not codes.is_code("wrong", "answer", "nonce", "binding")
    assert compared == [(b"wrong", codes.code("answer", "nonce", "binding").encode())]
