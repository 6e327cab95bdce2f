"""Which names a call can find in a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from notebook_automation.adapters.programs import names_in


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def main(): pass\nasync def other(): pass\nclass C: pass", {"main", "other", "C"}),
        ("from jobs import run as main\nimport a.b", {"main", "a"}),
        ("if True:\n    main = print", {"main"}),
        ("from jobs import *", None),
        ("def __getattr__(name): return print", None),
        ("def main(:", None),
        ("\0", None),
    ],
)
def test_names_show_or_are_not_claimed_to(tmp_path: Path, source: str, names: set[str] | None) -> None:
    program = tmp_path / "program.py"
    program.write_text(source)
    assert names_in(program) == names
