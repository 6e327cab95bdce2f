"""What a notebook file says of itself, read without running it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.adapters.parameters_cell import declared
from notebook_automation.domain.errors import Invalid, NotFound


def write(path: Path, *cells: dict[str, Any], **metadata: Any) -> Path:
    path.write_text(json.dumps({"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    return path


def code(source: str | list[str], *tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}, "outputs": []}


def test_kernel_parameters_and_handlers(tmp_path: Path) -> None:
    path = write(
        tmp_path / "n.ipynb",
        {"cell_type": "markdown", "source": "%%trigger no --webhook", "metadata": {}},
        code(["region = 'emea'\n", "limit: float = 5  # how much\n"], "parameters"),
        code("%%trigger orders --webhook\nprint(1)"),
        code("\n%%trigger second --webhook\nprint(1)"),
        kernelspec={"name": "ir", "language": "python"},
    )
    facts = NotebookReader().inspect(path)
    assert (facts.kernel_name, facts.language, facts.handlers) == ("ir", "python", ("orders", "second"))
    assert facts.parameters is not None
    assert [(p.name, p.type, p.value, p.help) for p in facts.parameters] == [
        ("region", "string", "emea", ""),
        ("limit", "number", 5, "how much"),
    ]


def test_without_a_parameters_cell_there_is_nothing_to_check_against(tmp_path: Path) -> None:
    facts = NotebookReader().inspect(write(tmp_path / "n.ipynb", code("x = 1")))
    assert (facts.parameters, facts.has_parameters_cell) == (None, False)
    other = write(tmp_path / "r.ipynb", code("x <- 1", "parameters"), kernelspec={"name": "ir", "language": "R"})
    facts = NotebookReader().inspect(other)
    assert (facts.parameters, facts.has_parameters_cell) == (None, True)


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("x = 1", "integer", 1),
        ("x = 1.5", "number", 1.5),
        ("x = True", "boolean", True),
        ("x = 'a=b # c'", "string", "a=b # c"),
        ("x = None", "any", None),
        ("x: str = None", "string", None),
        ("x = None  # type: int", "integer", None),
        ("x = [1,\n  2]", "array", [1, 2]),
        ("x = (1, 2)", "array", [1, 2]),
        ("x = {'a': {'b': 1}}", "object", {"a": {"b": 1}}),
        ("x = {1, 2}", "any", None),
        ("x = float('nan')", "any", None),
        ("x = 1e999", "any", None),
        ("x = __import__('os').getcwd()", "any", None),
    ],
)
def test_types_come_from_defaults_and_annotations(line: str, kind: str, value: Any) -> None:
    (parameter,) = declared(line, "python") or ()
    assert (parameter.name, parameter.type, parameter.value) == ("x", kind, value)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    reader = NotebookReader()
    path = write(tmp_path / "n.ipynb", code("x = 1", "parameters"))
    assert reader.inspect(path).parameters
    write(path, code("x = 1"))
    os.utime(path, ns=(1, 1))
    assert reader.inspect(path).parameters is None


def test_what_is_no_notebook_is_refused_with_its_name(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ipynb"
    for content in ("", "[]", "{}", '{"cells": 1}', "[" * 100_000):
        bad.write_text(content)
        with pytest.raises(Invalid, match=r"bad\.ipynb is not a notebook"):
            NotebookReader().inspect(bad)
    with pytest.raises(NotFound):
        NotebookReader().inspect(tmp_path / "none.ipynb")


def test_odd_cells_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps({"cells": [None, 3, {}, {"cell_type": "code"}], "metadata": []}))
    facts = NotebookReader().inspect(path)
    assert (facts.parameters, facts.handlers, facts.kernel_name) == (None, (), None)
