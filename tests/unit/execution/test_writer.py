"""The notebook writer: what is in the file and in the journal after each step, and what a crash leaves."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from notebook_automation.execution.journal import journal_path
from notebook_automation.execution.writer import JOURNAL_SECONDS, NotebookWriter, recover

NOTEBOOKS = Path(__file__).parents[2] / "data" / "notebooks"


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def notebook(cells: int) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"x = {i}") for i in range(cells)])


def run_cell(nb: NotebookNode, index: int, text: str = "out\nput") -> None:
    nb.cells[index].outputs = [nbformat.v4.new_output("stream", text=text)]
    nb.cells[index].execution_count = index + 1


def written(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("source", sorted(NOTEBOOKS.rglob("*.ipynb")), ids=lambda p: p.stem)
def test_the_bytes_are_those_of_nbformat(source: Path, tmp_path: Path) -> None:
    nb = nbformat.read(source, as_version=4)
    writer = NotebookWriter(tmp_path / "out.ipynb", nb)
    writer.flush()
    assert (tmp_path / "out.ipynb").read_text("utf-8") == nbformat.writes(nb)
    writer.close()
    assert (tmp_path / "out.ipynb").read_text("utf-8") == nbformat.writes(nb)


def test_the_bytes_of_rich_outputs_and_odd_texts(tmp_path: Path) -> None:
    nb = notebook(2)
    nb.metadata.update(signature="s", orig_nbformat=3, widgets={"é": {"b": [1], "a": None}})
    nb.cells[0].metadata.trusted = True
    nb.cells[0].outputs = [
        nbformat.v4.new_output(
            "display_data",
            {
                "text/html": "<a>\r\n</a>",
                "image/png": "aGk=\n",
                "image/svg+xml": "<svg>\n</svg>",
                "application/json": {"b": "1\n2", "a": [float("nan"), 1.5]},
            },
        ),
        nbformat.v4.new_output("error", ename="E", evalue="é\u2028", traceback=["one\ntwo"]),
        nbformat.v4.new_output("stream", text="\x1b[31m\ttab\n\nend"),
    ]
    nb.cells.append(nbformat.v4.new_markdown_cell("![a](attachment:a.png)"))
    nb.cells[2].attachments = {"a.png": {"image/png": "aGk=", "text/plain": "x\ny"}}
    nb.cells.append(nbformat.v4.new_raw_cell(""))
    before = nbformat.writes(nb)
    NotebookWriter(tmp_path / "out.ipynb", nb).close()
    assert (tmp_path / "out.ipynb").read_text("utf-8") == before == nbformat.writes(nb)


def test_a_lone_surrogate_is_written_as_its_escape(tmp_path: Path) -> None:
    nb = notebook(1)
    run_cell(nb, 0, "lone \ud800")
    NotebookWriter(tmp_path / "out.ipynb", nb).close()
    assert written(tmp_path / "out.ipynb").cells[0].outputs[0].text == "lone \ud800"


def test_a_changed_cell_is_in_the_journal_until_the_next_full_save(tmp_path: Path) -> None:
    path, clock, nb = tmp_path / "out.ipynb", Clock(), notebook(3)
    writer = NotebookWriter(path, nb, every=2.0, clock=clock)
    writer.flush()
    run_cell(nb, 1)
    writer.cell_changed(1)
    assert written(path).cells[1].outputs == []
    assert len(journal_path(path).read_bytes().splitlines()) == 2
    clock.now += 2.0
    run_cell(nb, 2)
    writer.cell_changed(2)
    assert written(path).cells[1].outputs
    assert written(path).cells[2].outputs
    assert len(journal_path(path).read_bytes().splitlines()) == 1
    writer.close()
    assert os.listdir(tmp_path) == ["out.ipynb"]


def test_full_saves_take_at_most_their_share_of_the_time(tmp_path: Path) -> None:
    """Each look at the clock costs a second here: a full save takes one, so the next comes twenty later."""
    nb = notebook(2)

    class Slow(Clock):
        def __call__(self) -> float:
            self.now += 1.0
            return self.now

    clock = Slow()
    writer = NotebookWriter(tmp_path / "out.ipynb", nb, every=0.0, share=0.05, clock=clock)
    saves = []
    flush = writer.flush
    writer.flush = lambda: (saves.append(clock.now), flush())[1]  # type: ignore[method-assign,func-returns-value]
    for _ in range(40):
        writer.cell_changed(0)
    gaps = [later - earlier for earlier, later in itertools.pairwise(saves)]
    assert len(gaps) >= 2
    assert min(gaps) >= 20


def test_growing_output_is_due_now_and_then(tmp_path: Path) -> None:
    clock, nb = Clock(), notebook(1)
    writer = NotebookWriter(tmp_path / "out.ipynb", nb, clock=clock)
    writer.flush()
    assert writer.output_due_in() == 0
    writer.cell_changed(0)
    assert writer.output_due_in() == JOURNAL_SECONDS
    clock.now += 1
    assert writer.output_due_in() == 0


def test_cells_that_were_added_are_written_by_flush(tmp_path: Path) -> None:
    path, nb = tmp_path / "out.ipynb", notebook(1)
    writer = NotebookWriter(path, nb)
    writer.flush()
    nb.cells.insert(0, nbformat.v4.new_markdown_cell("new"))
    writer.flush()
    assert [c.source for c in written(path).cells] == ["new", "x = 0"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "real.ipynb").write_text("{}")
    os.chmod(tmp_path / "real.ipynb", 0o640)
    (tmp_path / "link.ipynb").symlink_to("real.ipynb")
    NotebookWriter(tmp_path / "link.ipynb", notebook(1)).close()
    assert (tmp_path / "link.ipynb").is_symlink()
    assert (tmp_path / "real.ipynb").stat().st_mode & 0o777 == 0o640
    assert len(written(tmp_path / "real.ipynb").cells) == 1


def test_recover_folds_the_journal_into_the_notebook(tmp_path: Path) -> None:
    path, nb = tmp_path / "out.ipynb", notebook(3)
    writer = NotebookWriter(path, nb)
    writer.flush()
    run_cell(nb, 0, "first\n")
    writer.cell_changed(0)
    run_cell(nb, 0, "first\nsecond\n")
    writer.cell_changed(0)
    nb.metadata["papermill"] = {"status": "running"}
    writer.metadata_changed()
    assert recover(path)
    assert path.read_text("utf-8") == nbformat.writes(nb)
    assert os.listdir(tmp_path) == ["out.ipynb"]
    assert not recover(path)


def test_recover_leaves_out_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path, nb = tmp_path / "out.ipynb", notebook(2)
    writer = NotebookWriter(path, nb)
    writer.flush()
    run_cell(nb, 0)
    writer.cell_changed(0)
    run_cell(nb, 1)
    writer.cell_changed(1)
    journal = journal_path(path)
    journal.write_bytes(journal.read_bytes()[:-20])
    assert recover(path)
    assert [bool(c.outputs) for c in written(path).cells] == [True, False]


def test_recover_ignores_a_journal_of_an_older_file(tmp_path: Path) -> None:
    """Killed between the replacement of the file and that of its journal."""
    path, nb = tmp_path / "out.ipynb", notebook(1)
    writer = NotebookWriter(path, nb)
    writer.flush()
    run_cell(nb, 0, "old")
    writer.cell_changed(0)
    stale = journal_path(path).read_bytes()
    run_cell(nb, 0, "new")
    writer.flush()
    journal_path(path).write_bytes(stale)
    assert not recover(path)
    assert written(path).cells[0].outputs[0].text == "new"


def test_recover_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        recover(tmp_path / "none.ipynb")


def test_a_writer_killed_at_any_moment_leaves_a_valid_notebook_and_all_that_it_reported(tmp_path: Path) -> None:
    code = """
import nbformat, sys
from notebook_automation.execution.writer import NotebookWriter
nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x") for _ in range(50)])
writer = NotebookWriter(sys.argv[1], nb, every=0.002)
writer.flush()
for i in range(10**6):
    cell = nb.cells[i % 50]
    cell.outputs = [nbformat.v4.new_output("stream", text=f"{i}\\n" * 50)]
    writer.cell_changed(i % 50)
    print(i, flush=True)
"""
    for lines in (3, 60, 157, 400):
        path = tmp_path / f"{lines}.ipynb"
        child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        last = [int(child.stdout.readline()) for _ in range(lines)][-1]
        child.kill()
        last = max(
            [last, *(int(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n"))]
        )
        child.wait()
        json.loads(path.read_text("utf-8"))
        recover(path)
        kept = {int(c.outputs[0].text.split()[0]) for c in written(path).cells if c.outputs}
        assert set(range(max(0, last - 40), last + 1)) <= kept


def test_the_cost_of_a_cell_does_not_grow_with_the_notebook(tmp_path: Path) -> None:
    """Counted in bytes, which no other load of the machine changes."""
    sizes = {}
    for cells in (5, 500):
        nb = notebook(cells)
        writer = NotebookWriter(tmp_path / f"{cells}.ipynb", nb, every=3600)
        writer.flush()
        journal = journal_path(tmp_path / f"{cells}.ipynb")
        empty = journal.stat().st_size
        for index in range(cells):
            run_cell(nb, index)
            writer.cell_changed(index)
        sizes[cells] = (journal.stat().st_size - empty) / cells
        writer.close()
    assert sizes[500] < sizes[5] * 1.1


@pytest.mark.parametrize("ends", [True, False])
def test_what_comes_while_its_folder_is_elsewhere_is_written_when_that_is_back(tmp_path: Path, ends: bool) -> None:
    place, elsewhere, nb = tmp_path / "place", tmp_path / "elsewhere", notebook(2)
    place.mkdir()
    clock = Clock()
    writer = NotebookWriter(place / "out.ipynb", nb, clock=clock)
    writer.flush()
    writer.pause()
    place.rename(elsewhere)
    clock.now += 1000
    for index in range(2):
        run_cell(nb, index)
        writer.cell_changed(index)
    if ends:
        writer.close()
        writer.cell_changed(1)
    elsewhere.rename(place)
    writer.resume()
    assert (place / "out.ipynb").read_text("utf-8") == nbformat.writes(nb)
    assert journal_path(place / "out.ipynb").exists() is not ends
    # And goes on as before.
    clock.now += 1000
    run_cell(nb, 0, "more")
    writer.cell_changed(0)
    writer.close()
    assert (written(place / "out.ipynb").cells[0].outputs[0].text == "more") is not ends
