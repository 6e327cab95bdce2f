"""The difference of two executed notebooks: which cells are the same, new, gone, edited, or show something else."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .notebook_outputs import as_lines, joined, stable_digest

Pair = tuple[int, int]
"""The places of one cell, or line, before and after."""
ChangeKind = Literal["same", "added", "removed", "edited", "outputs"]
Line = tuple[str, str]
"""``=``, ``+`` or ``-`` and a line's text; ``…`` and a text that says how many lines are left out."""
MOST_LINES = 2000
"""Lines of one cell's difference that are shown."""
CONTEXT = 20
"""Unchanged lines that are shown before and after a change."""
LONGEST_LINE = 2000
_LOOKED_AT = 4096
"""Characters of a source by which cells are compared for likeness: it takes the square of them."""
_ALIKE = 60.0
"""The likeness in percent from which on a cell is the other one, edited."""
_REACH = 8
"""Places around its own at which a cell is looked for, where there are many to choose from."""
_ALL_PAIRS = 2500
_MOST_COMPARED = 20_000
"""Lines of a cell that are compared one by one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of an executed notebook; ``outputs`` as nbformat 4 has them. ``is_running``: when it was saved."""

    index: int
    type: str
    source: str
    id: str | None = None
    outputs: Sequence[Mapping[str, Any]] = ()
    execution_count: int | None = None
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class CellChange:
    """What became of one cell: ``before`` and ``after`` are its indexes, None where it is not there.

    ``lines`` are of the source, where ``kind`` is ``outputs`` of what is shown as text; none where all is the same.
    """

    kind: ChangeKind
    before: int | None
    after: int | None
    lines: Sequence[Line] = ()


def cells_of(notebook: Any) -> list[Cell]:
    """Return the cells of a notebook's JSON (nbformat 4); what is none in it is left out."""
    found = notebook.get("cells") if isinstance(notebook, dict) else None
    cells = []
    for index, cell in enumerate(found if isinstance(found, list) else []):
        if not isinstance(cell, dict):
            continue
        outputs, count, known = cell.get("outputs"), cell.get("execution_count"), cell.get("id")
        cells.append(
            Cell(
                index=index,
                type=str(cell.get("cell_type") or "raw"),
                source=joined(cell.get("source")),
                id=known if isinstance(known, str) else None,
                outputs=[one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else (),
                execution_count=count if isinstance(count, int) else None,
                is_running=_is_running(cell.get("metadata")),
            )
        )
    return cells


def _is_running(metadata: Any) -> bool:
    marks = metadata.get("papermill") if isinstance(metadata, dict) else None
    return isinstance(marks, dict) and marks.get("status") == "running"


def changes(before: Sequence[Cell], after: Sequence[Cell]) -> list[CellChange]:
    """Return what became of each cell of ``before`` and ``after``, in the order of ``after``.

    Cells are the same by their ids, else by their source, else by likeness. A cell that was moved past others is gone
    there and new here. The time it takes grows with the number of cells and of their lines, not with its square.
    """
    pairs = _pairs(before, after)
    found: list[CellChange] = []
    last_before = last_after = 0
    for left, right in [*pairs, (len(before), len(after))]:
        found += [CellChange("removed", cell.index, None, _all_lines("-", cell)) for cell in before[last_before:left]]
        found += [CellChange("added", None, cell.index, _all_lines("+", cell)) for cell in after[last_after:right]]
        if left < len(before) and right < len(after):
            found.append(_change(before[left], after[right]))
        last_before, last_after = left + 1, right + 1
    return found


def line_changes(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    """Return the lines of both, marked, with `CONTEXT` unchanged ones around each change and at most `MOST_LINES`."""
    found: list[Line] = []
    last_before = last_after = 0
    pairs = aligned(before[:_MOST_COMPARED], after[:_MOST_COMPARED])
    for left, right in [*pairs, (len(before), len(after))]:
        found += [("-", line) for line in before[last_before:left]]
        found += [("+", line) for line in after[last_after:right]]
        if left < len(before):
            found.append(("=", before[left]))
        last_before, last_after = left + 1, right + 1
    return _bounded(_with_context(found))


# which cells belong together -------------------------------------------------------------------------------------


def aligned(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[Pair]:
    """Return the pairs of places of the equal items that both sequences have in the same order: the most there are."""
    from rapidfuzz.distance import LCSseq  # 50 ms that no start is to wait for

    return [
        (block.src_start + step, block.dest_start + step)
        for block in LCSseq.opcodes(before, after)
        if block.tag == "equal"
        for step in range(block.src_end - block.src_start)
    ]


def _pairs(before: Sequence[Cell], after: Sequence[Cell]) -> list[Pair]:
    pairs = _by_id(before, after)
    for find in (_by_source, _by_likeness):
        gaps = zip([(-1, -1), *pairs], [*pairs, (len(before), len(after))], strict=True)
        more: list[Pair] = []
        for (low, from_), (high, to) in gaps:
            left, right = before[low + 1 : high], after[from_ + 1 : to]
            if left and right:
                more += [(low + 1 + one, from_ + 1 + other) for one, other in find(left, right)]
        pairs = sorted([*pairs, *more])
    return pairs


def _by_id(before: Sequence[Cell], after: Sequence[Cell]) -> list[Pair]:
    """Cells without an id, or with one that others have too, are told by their places: they match none."""
    counts = [Counter(cell.id for cell in cells) for cells in (before, after)]
    keys = [
        [
            (cell.type, cell.id) if cell.id and all(count[cell.id] == 1 for count in counts) else (side, cell.index)
            for cell in cells
        ]
        for side, cells in enumerate((before, after))
    ]
    return aligned(*keys)


def _by_source(before: Sequence[Cell], after: Sequence[Cell]) -> list[Pair]:
    return aligned([(cell.type, cell.source) for cell in before], [(cell.type, cell.source) for cell in after])


def _by_likeness(before: Sequence[Cell], after: Sequence[Cell]) -> list[Pair]:
    """Return the pairs that are most alike, best first, as long as they keep the order."""
    from rapidfuzz import fuzz

    near = len(before) * len(after) > _ALL_PAIRS
    scored: list[tuple[float, int, int]] = []
    for one, cell in enumerate(before):
        middle = one * len(after) // len(before)
        around = range(max(0, middle - _REACH), min(len(after), middle + _REACH + 1)) if near else range(len(after))
        for other in around:
            if cell.type == after[other].type:
                score = fuzz.ratio(cell.source[:_LOOKED_AT], after[other].source[:_LOOKED_AT], score_cutoff=_ALIKE)
                scored += [(score, one, other)] if score else []
    taken: list[Pair] = []
    for _, one, other in sorted(scored, key=lambda found: (-found[0], abs(found[1] - found[2]), found)):
        at = bisect(taken, (one, other))
        fits_before = at == 0 or (taken[at - 1][0] < one and taken[at - 1][1] < other)
        if fits_before and (at == len(taken) or (one < taken[at][0] and other < taken[at][1])):
            taken.insert(at, (one, other))
    return taken


# what became of a cell -------------------------------------------------------------------------------------------


def _change(before: Cell, after: Cell) -> CellChange:
    if before.source != after.source:
        lines = line_changes(before.source.splitlines(), after.source.splitlines())
        return CellChange("edited", before.index, after.index, lines)
    if stable_digest(before.outputs) != stable_digest(after.outputs):
        lines = line_changes(as_lines(before.outputs), as_lines(after.outputs))
        return CellChange("outputs", before.index, after.index, lines)
    return CellChange("same", before.index, after.index)


def _all_lines(mark: str, cell: Cell) -> list[Line]:
    return _bounded([(mark, line) for line in cell.source.splitlines()])


def _with_context(lines: Sequence[Line]) -> list[Line]:
    shown: list[Line] = []
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and lines[end][0] == "=":
            end += 1
        first, last = (0 if start == 0 else CONTEXT), (0 if end == len(lines) else CONTEXT)
        left_out = end - start - first - last
        if left_out > 1 and end - start > CONTEXT:
            shown += [*lines[start : start + first], _left_out(left_out), *lines[end - last : end]]
        else:
            shown += lines[start:end]
        if end < len(lines):
            shown.append(lines[end])
        start = end + 1
    return shown


def _bounded(lines: Sequence[Line]) -> list[Line]:
    short = [(mark, text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + "…") for mark, text in lines]
    if len(short) <= MOST_LINES:
        return short
    return [*short[:MOST_LINES], _left_out(len(short) - MOST_LINES)]


def _left_out(number: int) -> Line:
    return "…", f"{number:,} lines" if number > 1 else "1 line"
