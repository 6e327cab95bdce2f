"""What a call runs: cells, a handler with its set-up, a function."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid, NotFound
from notebook_automation.execution.called_notebook import CalledNotebook, called_notebook, is_executed


def notebook(folder: Path, *sources: str, name: str = "n.ipynb", kernel: str | None = "python3") -> None:
    nb = nbformat.v4.new_notebook()
    if kernel:
        nb.metadata.kernelspec = {"name": kernel, "display_name": kernel}
    nb.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nb, folder / name)


def sources(called: CalledNotebook) -> list[str]:
    return [cell.source for cell in called.notebook.cells if is_executed(cell)]


def test_a_whole_notebook_without_its_handlers_and_registrations(tmp_path: Path) -> None:
    notebook(
        tmp_path,
        "%load_ext notebook_automation",
        "%trigger a --cron '* * * * *'\nx = 1",
        "%%trigger h --webhook\n1",
        "",
    )
    called = called_notebook(tmp_path, parse_call("n.ipynb"))
    assert sources(called) == ["%load_ext notebook_automation", "# %trigger a --cron '* * * * *'\nx = 1"]
    assert (called.kernel_name, called.cwd, called.file_name) == ("python3", tmp_path, "n.ipynb")


def test_a_handler_with_the_set_up_above_it(tmp_path: Path) -> None:
    notebook(tmp_path, "a = 1", "%%trigger one --webhook\n1", "b = 2", "%%trigger two --webhook\nprint(a)", "c = 3")
    assert sources(called_notebook(tmp_path, parse_call("n.ipynb:two"))) == [
        "a = 1",
        "b = 2",
        "# %%trigger two --webhook\nprint(a)",
    ]


def test_the_session_may_ask_for_another_kernel(tmp_path: Path) -> None:
    notebook(tmp_path, "1", kernel="nowhere")
    assert called_notebook(tmp_path, parse_call("n.ipynb"), "python3").kernel_name == "python3"
    with pytest.raises(NotFound, match=r"no kernel 'nowhere' on this machine\. Installed: .*python3"):
        called_notebook(tmp_path, parse_call("n.ipynb"))


@pytest.mark.parametrize(
    ("program", "is_async"),
    [
        ("def run(event): ...", False),
        ("async def run(event): ...", True),
        ("run = print", False),
        ("from os import getcwd as run", False),
        ("from os import *", False),
        ("def run(:", False),
    ],
)
def test_a_function_is_imported_and_called(tmp_path: Path, program: str, is_async: bool) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "program.py").write_text(program)
    called = called_notebook(tmp_path, parse_call("jobs/program.py:run"))
    first, second = sources(called)
    assert first.endswith("from program import run")
    assert ("await run(*args, **kwargs)" in second) is is_async
    assert ("with outside_the_loop():" in second) is not is_async
    assert (called.cwd, called.file_name) == (tmp_path / "jobs", "program.ipynb")


@pytest.mark.parametrize("name", ["my-job.py", "json.py"])
def test_a_program_whose_name_cannot_be_imported_is_loaded_from_its_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("def run(event):\n    return 5\n")
    first, _ = sources(called_notebook(tmp_path, parse_call(f"{name}:run")))
    assert f"spec_from_file_location({name[:-3]!r}, {name!r})" in first


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    notebook(tmp_path, "%%trigger one --webhook\n1")
    (tmp_path / "program.py").write_text("def a(event): ...\n")
    with pytest.raises(NotFound, match=r"no file 'x\.ipynb'"):
        called_notebook(tmp_path, parse_call("x.ipynb"))
    with pytest.raises(NotFound, match=r"no handler 'two'\. It has: one\."):
        called_notebook(tmp_path, parse_call("n.ipynb:two"))
    with pytest.raises(NotFound, match=r"no function 'b'\. It has: a\."):
        called_notebook(tmp_path, parse_call("program.py:b"))


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"cells": 5, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}']
)
def test_a_malformed_notebook_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "n.ipynb").write_text(content)
    with pytest.raises(Invalid, match=r"n\.ipynb is not a notebook"):
        called_notebook(tmp_path, parse_call("n.ipynb"))


def test_cells_with_a_tag_that_is_left_out_are_not_run(tmp_path: Path) -> None:
    notebook(tmp_path, "a = 1", "plot()", "b = 2", "%%trigger h --webhook\nprint(a)")
    nb = nbformat.read(tmp_path / "n.ipynb", 4)
    nb.cells[1].metadata["tags"] = ["slow", "figure"]
    nb.cells[2].metadata["tags"] = ["slower"]
    nbformat.write(nb, tmp_path / "n.ipynb")
    left = called_notebook(tmp_path, parse_call("n.ipynb"), skip_tags=["figure", "draft"])
    assert sources(left) == ["a = 1", "b = 2"]
    handler = called_notebook(tmp_path, parse_call("n.ipynb:h"), skip_tags=["slower", "slow"])
    assert sources(handler) == ["a = 1", "# %%trigger h --webhook\nprint(a)"]
