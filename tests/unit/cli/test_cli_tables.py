"""Tables for a terminal."""

from __future__ import annotations

import pytest

from notebook_automation.cli.tables import print_fields, print_table, width


def test_columns_are_as_wide_as_what_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("ID", "STATUS"), [("ses_1", "completed"), ("ses_22", "ok")], empty="none")
    assert capsys.readouterr().out.splitlines() == ["ID      STATUS", "ses_1   completed", "ses_22  ok"]


def test_nothing_is_said_on_the_other_output(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("ID",), [], empty="There are none.")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "There are none.\n"


def test_what_comes_from_outside_cannot_write_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("NAME",), [("a\x1b[2J\r\nb\x07",)], empty="")
    assert capsys.readouterr().out.splitlines() == ["NAME", "a[2J b"]


def test_wide_characters_count_twice_and_accents_not_at_all() -> None:
    assert width("報告") == 4
    assert width("e\u0301") == 1


def test_fields_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields([("Name", "a"), ("Nothing", None), ("Lines", "one\ntwo")])
    assert capsys.readouterr().out.splitlines() == ["Name   a", "Lines  one", "       two"]
