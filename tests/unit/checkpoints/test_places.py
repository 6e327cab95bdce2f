"""The texts of places are read as they were written, and no name of a notebook is taken for another place."""

from __future__ import annotations

import pytest

from notebook_automation.checkpoints.places import Attribute, Handlers, Magic, Name, Output, Place, Signal, place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x", Name("x")),
        ("signal", Name("signal")),
        ("größe", Name("größe")),
        ("no identifier", Name("no identifier")),
        ("", Name("")),
        ("Out[x]", Name("Out[x]")),
        ("Out[3]", Output(3)),
        ("%line hello", Magic("line", "hello")),
        ("%cell a:b", Magic("cell", "a:b")),
        ("signal 10", Signal(10)),
        ("handlers my.log:1", Handlers("my.log:1")),
        ("package.module:_value", Attribute("package.module", "_value")),
        ("json:a:b", Attribute("json", "a:b")),
    ],
)
def test_a_text_is_one_place(text: str, found: Place) -> None:
    assert place(text) == found
    assert str(found) == text
