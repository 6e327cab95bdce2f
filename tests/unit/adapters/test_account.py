"""The account's name, where it has one."""

from __future__ import annotations

import getpass

import pytest

from notebook_automation.adapters.account import account_name


def test_the_account_has_its_name_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert account_name() == getpass.getuser()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    # A number that no account has, as containers give one.
    monkeypatch.setattr("os.getuid", lambda: 2**31 - 9)
    assert account_name() is None
