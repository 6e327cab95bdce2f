"""The difference of two executed notebooks, cell by cell and line by line."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain import notebook_diff
from notebook_automation.domain.notebook_diff import Cell, CellChange, aligned, cells_of, changes, line_changes


def notebook(*cells: str | tuple[str, str], ids: bool = True) -> list[Cell]:
    """Cells by their source; in a pair, the first is the id."""
    return [
        Cell(
            index=index,
            type="code",
            source=cell if isinstance(cell, str) else cell[1],
            id=(cell if isinstance(cell, str) else cell[0]) if ids else None,
        )
        for index, cell in enumerate(cells)
    ]


def shown(found: list[CellChange]) -> list[tuple[str, int | None, int | None]]:
    return [(one.kind, one.before, one.after) for one in found]


def test_the_same_notebook_is_the_same() -> None:
    cells = notebook("import a", "b = 1", "print(b)")
    assert shown(changes(cells, cells)) == [("same", n, n) for n in range(3)]


def test_cells_are_recognised_by_their_ids_however_much_was_edited() -> None:
    before = notebook(("x", "load('january')"), ("y", "draw()"))
    after = notebook(("x", "everything = otherwise + here"), ("y", "draw()"))
    [edited, same] = changes(before, after)
    assert (edited.kind, same.kind) == ("edited", "same")
    assert edited.lines == [("-", "load('january')"), ("+", "everything = otherwise + here")]


@pytest.mark.parametrize("ids", [True, False])
def test_new_and_gone_cells_stand_where_they_are_and_were(ids: bool) -> None:
    before = notebook("import pandas", "old_plot(frame)", "publish(frame)", ids=ids)
    after = notebook("import pandas", "check_that(all_is(well))", "# a note", "publish(frame)", ids=ids)
    assert shown(changes(before, after)) == [
        ("same", 0, 0),
        ("removed", 1, None),
        ("added", None, 1),
        ("added", None, 2),
        ("same", 2, 3),
    ]
    found = changes(before, after)
    assert found[1].lines == [("-", "old_plot(frame)")]
    assert found[2].lines == [("+", "check_that(all_is(well))")]


def test_without_ids_an_edited_cell_is_found_by_its_likeness() -> None:
    before = notebook("region = 'emea'\nlimit = 10", "total = sum(rows)", ids=False)
    after = notebook("# first\nprint('a new one')", "region = 'apac'\nlimit = 10", "total = sum(rows)", ids=False)
    found = changes(before, after)
    assert shown(found) == [("added", None, 0), ("edited", 0, 1), ("same", 1, 2)]
    assert found[1].lines == [("-", "region = 'emea'"), ("+", "region = 'apac'"), ("=", "limit = 10")]


def test_what_a_parameters_cell_was_given_shows_although_its_id_is_new_in_each_run() -> None:
    before = notebook("a = 1", ("f3a1", "# Parameters\nday = 1\nregion = 'x'"), "go()")
    after = notebook("a = 1", ("77b0", "# Parameters\nday = 2\nregion = 'x'"), "go()")
    assert shown(changes(before, after))[1] == ("edited", 1, 1)


def test_a_cell_that_was_moved_is_gone_there_and_new_here() -> None:
    found = shown(changes(notebook("a", "b", "c"), notebook("c", "a", "b")))
    assert found == [("added", None, 0), ("same", 0, 1), ("same", 1, 2), ("removed", 2, None)]


def test_a_code_cell_is_never_a_markdown_cell_that_was_edited() -> None:
    text = Cell(index=0, type="markdown", source="total = 1", id="x")
    code = Cell(index=0, type="code", source="total = 1", id="x")
    assert shown(changes([text], [code])) == [("removed", 0, None), ("added", None, 0)]


def _with(*outputs: dict[str, Any]) -> list[Cell]:
    return [Cell(index=0, type="code", source="x", id="x", outputs=outputs, execution_count=len(outputs))]


def _text(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def _data(**data: Any) -> dict[str, Any]:
    return {"output_type": "execute_result", "execution_count": 3, "metadata": {}, "data": data}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([_text("a\nb\n")], [_text("a\n"), _text("b\n")]),
        ([_text("a")], [{**_text("a"), "text": ["a"]}]),
        ([_text("<object at 0x7f12ab34cd>")], [_text("<object at 0x7fffffffff>")]),
        ([_data(**{"text/plain": "1"})], [{**_data(**{"text/plain": "1"}), "execution_count": 9}]),
        ([_data(**{"text/plain": "1"})], [{"output_type": "display_data", "data": {"text/plain": "1"}}]),
        (
            [_data(**{"application/vnd.jupyter.widget-view+json": {"model_id": "a" * 32}})],
            [_data(**{"application/vnd.jupyter.widget-view+json": {"model_id": "b" * 32}})],
        ),
        (
            [_data(**{"text/html": '<div id="3c6f5a1e-1f0a-4a65-9c7b-0d7e1f0a4a65">'})],
            [_data(**{"text/html": '<div id="aaaaaaaa-1f0a-4a65-9c7b-0d7e1f0a4a65">'})],
        ),
        ([_data(**{"text/html": "<th id='T_0a1b2_level0'>"})], [_data(**{"text/html": "<th id='T_ffff2_level0'>"})]),
        ([_text("\x1b[31mred\x1b[0m")], [_text("red")]),
    ],
)
def test_what_differs_in_each_run_is_no_difference(before: list[Any], after: list[Any]) -> None:
    assert shown(changes(_with(*before), _with(*after))) == [("same", 0, 0)]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ([_text("a\nb\n")], [_text("a\nc\n")], [("=", "a"), ("-", "b"), ("+", "c")]),
        ([_text("a")], [], [("-", "a")]),
        ([], [_text("a")], [("+", "a")]),
        (
            [],
            [{"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}],
            [("+", "ValueError: no")],
        ),
    ],
)
def test_other_outputs_are_told_line_by_line(before: list[Any], after: list[Any], lines: list[Any]) -> None:
    [found] = changes(_with(*before), _with(*after))
    assert (found.kind, list(found.lines)) == ("outputs", lines)


def test_another_picture_is_a_difference_that_a_line_tells() -> None:
    [found] = changes(_with(_data(**{"image/png": "AAAA"})), _with(_data(**{"image/png": "BBBB"})))
    assert found.kind == "outputs"
    assert [mark for mark, _ in found.lines] == ["-", "+"]
    assert all("image/png" in text for _, text in found.lines)


def test_whatever_lies_in_the_file_there_are_cells_or_none() -> None:
    for forged in (None, [], {}, {"cells": 3}, {"cells": [None, 7, []]}):
        assert cells_of(forged) == []
    odd = {
        "cells": [{"cell_type": 3, "source": {"a": 1}, "id": [], "outputs": [1, {"data": 5}], "execution_count": "x"}]
    }
    [cell] = cells_of(odd)
    assert (cell.type, cell.source, cell.id, cell.outputs, cell.execution_count) == ("3", "", None, [{"data": 5}], None)
    assert shown(changes([cell], [cell])) == [("same", 0, 0)]


@given(st.lists(st.sampled_from("abcd"), max_size=19), st.lists(st.sampled_from("abcd"), max_size=19))
def test_the_lines_tell_both_texts(before: list[str], after: list[str]) -> None:
    lines = line_changes([*before, "end"], [*after, "end"])
    assert [text for mark, text in lines if mark in "=-"] == [*before, "end"]
    assert [text for mark, text in lines if mark in "=+"] == [*after, "end"]


def test_long_unchanged_parts_are_left_out_and_said_to_be() -> None:
    before = [f"line {n}" for n in range(10_000)]
    after = [*before[:5_000], "new", *before[5_000:]]
    lines = line_changes(before, after)
    assert lines[0] == lines[-1] == ("…", "4,980 lines")
    assert lines[1 + notebook_diff.CONTEXT] == ("+", "new")
    assert len(lines) == 3 + 2 * notebook_diff.CONTEXT


def test_a_difference_without_end_is_cut() -> None:
    lines = line_changes([], [f"line {n}" for n in range(10_000)] + ["x" * 10_000])
    assert len(lines) == notebook_diff.MOST_LINES + 1
    assert lines[-1] == ("…", "8,001 lines")
    assert len(line_changes([], ["x" * 10_000])[0][1]) == notebook_diff.LONGEST_LINE + 1


def test_a_thousand_edited_cells_without_ids_are_found() -> None:
    before = notebook(*(f"value_{n} = load({n})\nshow(value_{n})" for n in range(1_000)), ids=False)
    after = notebook(*(f"value_{n} = load({n})\ndraw(value_{n})" for n in range(1_000)), ids=False)
    found = changes(before, after)
    assert [(one.kind, one.before) for one in found] == [("edited", n) for n in range(1_000)]


@given(st.lists(st.integers(0, 6), max_size=40), st.lists(st.integers(0, 6), max_size=40))
def test_what_is_aligned_is_equal_and_in_order_on_both_sides(before: list[int], after: list[int]) -> None:
    pairs = aligned(before, after)
    assert all(before[one] == after[other] for one, other in pairs)
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(pairs))


def test_a_cell_of_ten_thousand_lines_is_compared_with_its_like() -> None:
    lines = [f"row({n}, {n * 7 % 1000})" for n in range(10_000)]
    before, after = notebook("\n".join(lines), ids=False), notebook("\n".join(lines[::-1]), ids=False)
    [found] = changes(before, after)
    assert found.kind == "edited"
    assert len(found.lines) <= notebook_diff.MOST_LINES + 1
