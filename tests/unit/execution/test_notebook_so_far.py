"""The notebook of a running session is read with what has come last, whatever its session has put there."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest

from notebook_automation.adapters.child_processes import COMMAND
from notebook_automation.execution import notebook_so_far as module
from notebook_automation.execution.journal import journal_name
from notebook_automation.execution.notebook_so_far import notebook_so_far
from notebook_automation.execution.writer import NotebookWriter

MOST = 50 * 2**20


def saved(folder: Path, text: str = "first\n") -> NotebookWriter:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)", id="a")])
    nb.cells[0].outputs = [nbformat.v4.new_output("stream", text=text)]
    writer = NotebookWriter(folder / "r.ipynb", nb)
    writer.flush()
    return writer


def printed(content: bytes) -> str:
    return "".join(json.loads(content)["cells"][0]["outputs"][0]["text"])


def printing(writer: NotebookWriter, text: str) -> None:
    writer.nb.cells[0].outputs[0]["text"] = text
    writer.cell_changed(0)


def test_what_is_in_the_journal_belongs_to_it(tmp_path: Path) -> None:
    writer = saved(tmp_path)
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST)) == "first\n"
    printing(writer, "second \ud800\n")
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST)) == "second \ud800\n"


def test_what_is_saved_meanwhile_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = saved(tmp_path)
    looks = 0
    states = module._states

    def look(files: Sequence[Path]) -> object:
        nonlocal looks
        looks += 1
        if looks in (2, 3):
            printing(writer, f"look {looks}\n")
        return states(files)

    monkeypatch.setattr(module, "_states", look)
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST)) == "look 3\n"


def test_what_comes_before_the_mark_is_waited_for_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever waits for the files to rest waits for ever.
    monkeypatch.setattr(module, "JOURNAL_SECONDS", 1e6)
    monkeypatch.setattr(module, "_LONGEST_SECONDS", 1e6)
    writer = saved(tmp_path)
    printing(writer, "second\n")
    states, looks = module._states, iter(range(100))

    def look(files: Sequence[Path]) -> object:
        found = states(files)
        if next(looks) == 2:
            writer.nb.cells[0].outputs[0]["text"] = "third\n"
            writer.mark(0, "0:0:1")
        return found

    monkeypatch.setattr(module, "_states", look)
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST, "0:0:1")) == "third\n"
    writer.flush()
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST, "0:0:1")) == "third\n", "in the next journal too"
    monkeypatch.setattr(module, "JOURNAL_SECONDS", 0)
    printing(writer, "fourth\n")
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST, "0:0:11")) == "fourth\n"


@pytest.mark.parametrize("large", [True, False])
def test_a_large_one_is_read_in_another_process_and_one_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    if large:
        monkeypatch.setattr(module, "_LARGEST_HERE", 100)
    writer = saved(tmp_path)
    printing(writer, "second\n")
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST)) == "second\n"
    with pytest.raises(OSError, match=r"larger than|more than"):
        notebook_so_far(COMMAND, tmp_path, "r.ipynb", 50)


@pytest.mark.parametrize(
    "journal", [b"[" * 5000 + b"\n", b"7\n8\n", b'{"journal": 1}\n', b"\xff\n", b'{"of": []}\n' * 3]
)
def test_a_forged_journal_adds_nothing(tmp_path: Path, journal: bytes) -> None:
    saved(tmp_path)
    (tmp_path / journal_name("r.ipynb")).write_bytes(journal)
    assert printed(notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST)) == "first\n"


def test_a_link_or_a_pipe_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "r.ipynb").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match=r"link|loop|symbolic"):
        notebook_so_far(COMMAND, tmp_path, "r.ipynb", MOST)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "p.ipynb")
        with pytest.raises(OSError, match="no regular file"):
            notebook_so_far(COMMAND, tmp_path, "p.ipynb", MOST)
    with pytest.raises(FileNotFoundError):
        notebook_so_far(COMMAND, tmp_path, "none.ipynb", MOST)
