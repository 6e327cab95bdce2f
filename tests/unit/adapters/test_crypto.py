"""Secrets are encrypted for one row, with a key that only its user can read."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from notebook_automation.adapters.crypto import Cipher
from notebook_automation.domain.errors import Unavailable


def test_a_value_opens_in_its_row_alone(tmp_path: Path) -> None:
    cipher = Cipher(tmp_path / "key")
    sealed = cipher.encrypt("s3cr3t-ü", "var_a")
    assert cipher.decrypt(sealed, "var_a") == "s3cr3t-ü"
    assert Cipher(tmp_path / "key").decrypt(sealed, "var_a") == "s3cr3t-ü"
    for other in ("var_b", "", "var_a "):
        with pytest.raises(Unavailable) as caught:
            cipher.decrypt(sealed, other)
        assert caught.value.code == "secret_unreadable"


def test_a_value_that_was_changed_does_not_open(tmp_path: Path) -> None:
    cipher = Cipher(tmp_path / "key")
    raw = bytearray(base64.b64decode(cipher.encrypt("s3cr3t", "var_a")))
    raw[-1] ^= 1
    with pytest.raises(Unavailable):
        cipher.decrypt(base64.b64encode(raw).decode(), "var_a")


def test_equal_values_do_not_look_equal_and_the_key_is_for_one_user(tmp_path: Path) -> None:
    cipher = Cipher(tmp_path / "key")
    assert cipher.encrypt("s3cr3t", "var_a") != cipher.encrypt("s3cr3t", "var_a")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
