"""Old, odd and foreign notebook files: each goes through all that a session does with it, but the kernel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.adapters.notebooks import NotebookReader
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid
from notebook_automation.execution.called_notebook import called_notebook
from notebook_automation.execution.executed_copy import ExecutedCopy
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.parameters import parameterised_notebook
from notebook_automation.execution.reports import html_report
from notebook_automation.execution.run import NotebookRun
from notebook_automation.runner.session_observer import SessionObserver

PYTHON = {
    "kernelspec": {"name": "python3", "display_name": "P", "language": "python"},
    "language_info": {"name": "python"},
}


def code(source: Any = "print('ran')", **fields: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **fields}
    return {key: value for key, value in cell.items() if value is not Ellipsis}


def notebook(*cells: Any, metadata: Any = PYTHON, **fields: Any) -> dict[str, Any]:
    return {"cells": [*cells, code()], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5, **fields}


def old(version: int, *, metadata: Any, **cell: Any) -> dict[str, Any]:
    sheet = {"cells": [{"cell_type": "code", "input": ["print('ran')"], "language": "python", "outputs": [], **cell}]}
    return {"metadata": metadata, "nbformat": version, "nbformat_minor": 0, "worksheets": [sheet]}


def run_dry(folder: Path, call: str, parameters: Mapping[str, Any]) -> NotebookRun:
    """Go through a session's steps up to the kernel; return the run."""
    NotebookReader().inspect(folder / parse_call(call).path)
    called = called_notebook(folder, parse_call(call))
    output = folder / "out.ipynb"
    nb = parameterised_notebook(
        called.notebook, output, parameters=parameters, kernel_name=called.kernel_name, input_path=call
    )
    observer = SessionObserver(lambda: None)
    run = NotebookRun(nb, LightKernelManager(kernel_name=called.kernel_name), observer=observer)
    copy = ExecutedCopy(run, output)
    observer.plan(nb, called.kernel_name, "started")
    copy.dry_run()
    return run


def sources(run: NotebookRun) -> list[str]:
    return [cell.source for cell in run.nb.cells if cell.cell_type == "code"]


ODD = {
    "version 3": old(3, metadata={"name": ""}, collapsed=False, metadata_={}),
    "version 3 with nulls": old(3, metadata={"name": "", "kernelspec": None}),
    "version 2": old(2, metadata={"name": ""}),
    "a version that is a text": notebook(nbformat="4", nbformat_minor="5"),
    "no version": {"cells": [code()], "metadata": {}},
    "a later minor version": notebook(nbformat_minor=99),
    "no metadata": {"cells": [code()], "nbformat": 4, "nbformat_minor": 5},
    "metadata null": notebook(metadata=None),
    **{f"{name} null": notebook(metadata={**PYTHON, name: None})
       for name in ("kernelspec", "language_info", "widgets", "papermill", "title", "authors")},
    **{f"{name} a list": notebook(metadata={**PYTHON, name: []})
       for name in ("kernelspec", "language_info", "widgets")},
    "a kernelspec with its name alone": notebook(metadata={"kernelspec": {"name": "python3"}}),
    "a language without a name": notebook(metadata={**PYTHON, "language_info": {"version": "3"}}),
    "kernelspec a text": notebook(metadata={"kernelspec": "python3"}),
    "names null": notebook(metadata={"kernelspec": {"name": None, "language": None}, "language_info": {"name": None}}),
    **{f"a cell's {name} null": notebook(code(**{name: None}))
       for name in ("metadata", "outputs", "execution_count", "source", "id")},
    **{f"a cell without {name}": notebook(code(**{name: ...}))
       for name in ("metadata", "outputs", "execution_count", "source", "cell_type")},
    **{f"a cell's {name} null in its metadata": notebook(code(metadata={name: None}))
       for name in ("tags", "papermill", "jupyter", "collapsed")},
    "tags a text": notebook(code(metadata={"tags": "parameters"})),
    "tags of all kinds": notebook(code(metadata={"tags": [1, None, "x"]})),
    "a source that is a number": notebook(code(5)),
    "ids given twice": notebook(code(id="a"), code(id="a")),
    "an id of another shape": notebook(code(id="a b/ü" * 30)),
    "a cell of another type": notebook({"cell_type": "sql", "source": "x", "metadata": {}}),
    "a cell null": notebook(None),
    "outputs of another kind": notebook(code(outputs=[{"output_type": "pyout"}, None])),
    "attachments null": notebook({"cell_type": "markdown", "source": "x", "metadata": {}, "attachments": None}),
    "outputs of Markdown": notebook({"cell_type": "markdown", "source": "x", "metadata": {}, "outputs": []}),
    "other keys": notebook(code(foo=1), orig_nbformat=3, x=1),
    "NaN": notebook(code(metadata={"x": float("nan")})),
    "half a character": notebook(code("x = '\ud800'")),
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_what_nbconvert_or_papermill_run_runs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps(ODD[kind]))
    run = run_dry(tmp_path, "odd.ipynb", {})
    assert sources(run)[-1] == "print('ran')"
    assert b"ran" in html_report(run.nb, "title")
    assert "x = 1" in "\n".join(sources(run_dry(tmp_path, "odd.ipynb", {"x": 1})))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook()), encoding=encoding)
    assert sources(run_dry(tmp_path, "n.ipynb", {})) == ["print('ran')"]


@pytest.mark.parametrize(
    "name", ["UPPER.IPYNB", "at 10:30.ipynb", "a: b/c.ipynb", "ä ö.ipynb", "-p.ipynb", "x.py.ipynb"]
)
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(notebook(code("%%trigger one --manual\npass"))))
    assert sources(run_dry(tmp_path, name, {}))[-1] == "print('ran')"
    assert sources(run_dry(tmp_path, f"{name}:one", {})) == ["# %%trigger one --manual\npass"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (json.dumps(notebook(nbformat=5)), "n.ipynb is a notebook of version 5, and this reads up to 4"),
        (
            json.dumps(notebook(), ensure_ascii=False).replace("ran", "ré"),
            r"no notebook in UTF-8 \(byte \d+\): save it in",
        ),
        ("[]", "n.ipynb is not a notebook"),
        ("{}", "it has no cells"),
        ("x", "n.ipynb is not a notebook, or damaged"),
        ("[" * 100_000, "n.ipynb is not a notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_sentence(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "n.ipynb").write_text(content, encoding="latin-1")
    with pytest.raises(Invalid, match=why):
        called_notebook(tmp_path, parse_call("n.ipynb"))


def test_only_a_notebook_in_r_takes_names_with_dots() -> None:
    from nbformat.v4 import new_notebook

    r = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}, "language_info": {"name": "R"}}
    nb = parameterised_notebook(new_notebook(metadata=r), parameters={"min.rows": 5})
    assert "min.rows = 5" in nb.cells[0].source
    with pytest.raises(Invalid, match="only in R"):
        parameterised_notebook(new_notebook(metadata=PYTHON), parameters={"os.path": "x"})


def test_parameters_for_a_language_that_nobody_writes_are_refused_in_a_sentence() -> None:
    from nbformat.v4 import new_notebook

    nb = new_notebook(
        metadata={"kernelspec": {"name": "cobol", "display_name": "C"}, "language_info": {"name": "cobol"}}
    )
    with pytest.raises(Invalid, match="A notebook in cobol takes no parameters"):
        parameterised_notebook(nb, parameters={"x": 1})
