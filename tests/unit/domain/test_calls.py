"""Calls: a file, and perhaps a part of it."""

from __future__ import annotations

import pytest

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid


@pytest.mark.parametrize(
    ("text", "path", "name", "notebook"),
    [
        ("report.ipynb", "report.ipynb", None, True),
        ("./sub/report.ipynb", "sub/report.ipynb", None, True),
        ("report.ipynb:pull_requests", "report.ipynb", "pull_requests", True),
        ("program.py:main", "program.py", "main", False),
        ("  sub dir/ü.ipynb  ", "sub dir/ü.ipynb", None, True),
    ],
)
def test_a_call_names_a_file_and_perhaps_a_part_of_it(text: str, path: str, name: str | None, notebook: bool) -> None:
    call = parse_call(text)
    assert (call.path, call.name, call.is_notebook) == (path, name, notebook)
    assert parse_call(str(call)) == call


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ":x", "report.ipynb:", "report.ipynb: ", "report.txt", "report", "program.py", "program.py:",
        "program.py:a b", "program.py:a.b", "program.py:os.system('x')", "../report.ipynb", "a/../../report.ipynb",
        "/etc/report.ipynb", "..\\report.ipynb", "C:\\report.ipynb", "a\0.ipynb", "report.ipynb/x",
    ],
)  # fmt: skip
def test_a_call_that_names_nothing_or_leaves_the_project_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_call(text)
    assert refused.value.code == "call_invalid"
