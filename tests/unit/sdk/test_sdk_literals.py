"""Values typed as text: YAML literals, assignments, lengths of time."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.literals import assignments, seconds, yaml_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("emea", "emea"),
        ("7", 7),
        ("-7", -7),
        ("0", 0),
        ("0x1f", "0x1f"),
        ("0o17", "0o17"),
        ("04109", "04109"),
        ("+4930", "+4930"),
        ("18446744073709551616", 18446744073709551616),
        ("9" * 5000, "9" * 5000),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("00.5", "00.5"),
        ("true", True),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-11-21", "2026-11-21"),
        ("null", None),
        ("None", None),
        ("[None, none]", [None, "none"]),
        ('"None"', "None"),
        ("", ""),
        ("[a, 1, {b: 2}]", ["a", 1, {"b": 2}]),
        ('"7"', "7"),
        ("1_000", "1_000"),
    ],
)
def test_values_are_read_as_yaml_12(text: str, value: Any) -> None:
    read = yaml_value(text)
    assert (read, type(read)) == (value, type(value))


def test_a_yaml_tag_runs_nothing() -> None:
    with pytest.raises(Invalid, match="is not a YAML value"):
        yaml_value("!!python/object/apply:os.getcwd []")


def test_an_assignment_keeps_what_follows_its_first_equals_sign() -> None:
    assert assignments(["q=a=b"], "-p") == {"q": "a=b"}


@pytest.mark.parametrize(
    ("text", "length"), [("90", 90), ("90s", 90), ("10 minutes", 600), ("1.5 hours", 5400), ("1 day, 2h", 93600)]
)
def test_a_length_of_time_is_seconds(text: str, length: float) -> None:
    assert seconds(text, "--x") == length
