"""Messages to outputs: streams joined, limits with their mark, clearing, display updates."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from notebook_automation.execution.outputs import CellOutputs, OutputLimit, cut_mark


class Cell:
    """A notebook of one cell that takes messages."""

    def __init__(self, **limits: Any) -> None:
        self.nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x"), nbformat.v4.new_code_cell("y")])
        self.outputs = CellOutputs(self.nb, OutputLimit(**limits))
        self.outputs.begin(self.nb.cells[0])

    def take(self, kind: str, index: int = 0, size: int | None = None, **content: Any) -> Any:
        message = {
            "msg_type": kind,
            "header": {"msg_type": kind, "date": "2026-01-02T03:04:05.678901Z"},
            "parent_header": {"msg_id": "p"},
            "content": content,
            "buffers": [],
            "size": len(content.get("text", "")) if size is None else size,
        }
        return self.outputs.take(message, self.nb.cells[index], index)

    def say(self, text: str, name: str = "stdout", index: int = 0) -> Any:
        return self.take("stream", index, name=name, text=text)[0]

    @property
    def texts(self) -> list[str]:
        self.outputs.settle()
        return [o.text for o in self.nb.cells[0].outputs]


def test_chunks_of_a_stream_are_joined_and_told_singly() -> None:
    cell = Cell()
    assert [cell.say(t).text for t in ("a", "b")] == ["a", "b"]
    cell.say("err", "stderr")
    cell.say("c")
    assert cell.texts == ["ab", "err", "c"]


def test_long_streams_are_joined_in_steps_and_whole_when_settled() -> None:
    cell = Cell()
    for _ in range(1000):
        cell.say("x" * 1000)
    assert len(cell.nb.cells[0].outputs[0].text) < 1_000_000
    assert [len(t) for t in cell.texts] == [1_000_000]


def test_idle_ends_a_cell_and_times_are_noted() -> None:
    cell = Cell()
    assert cell.take("status", execution_state="busy") == (None, False)
    assert cell.take("status", execution_state="idle") == (None, True)
    assert cell.nb.cells[0].metadata.execution["iopub.status.idle"] == "2026-01-02T03:04:05.678901Z"


def test_the_limit_of_a_cell_cuts_with_a_mark() -> None:
    cell = Cell(cell=10)
    cell.say("123456")
    cell.say("789012345")
    cell.say("more")
    assert cell.texts == ["1234567890", cut_mark(OutputLimit(cell=10), 9)]
    assert "10 bytes for a cell" in cell.texts[1]
    assert "9 bytes were left out" in cell.texts[1]


def test_the_limit_of_the_notebook_counts_all_cells() -> None:
    cell = Cell(cell=None, notebook=10)
    cell.say("12345678")
    cell.outputs.begin(cell.nb.cells[1])
    cell.say("abcdefgh", index=1)
    assert cell.nb.cells[1].outputs[0].text == "ab"


def test_displays_over_the_limit_are_left_out_and_errors_never() -> None:
    cell = Cell(cell=10)
    cell.take("display_data", size=100, data={"image/png": "…"}, metadata={})
    cell.take("error", size=100, ename="E", evalue="e", traceback=[])
    assert [o.output_type for o in cell.nb.cells[0].outputs] == ["stream", "error"]


def test_full_means_that_text_need_not_be_read() -> None:
    cell = Cell(cell=10)
    assert not cell.outputs.full()
    cell.say("x" * 11)
    assert cell.outputs.full()
    message = {"msg_type": "stream", "unread": True, "size": 50}
    assert cell.outputs.take(message, cell.nb.cells[0], 0) == (None, False)
    assert "51 bytes were left out" in cell.texts[-1]


@pytest.mark.parametrize("wait", [True, False])
def test_clearing_gives_the_cell_its_allowance_back(wait: bool) -> None:
    cell = Cell(cell=10, notebook=12)
    for turn in ("a", "b", "c"):
        cell.take("clear_output", size=0, wait=wait)
        cell.say(turn * 11)
    assert cell.texts[0] == "c" * 10
    assert len(cell.texts) == 2


def test_clear_with_wait_keeps_what_is_there_until_more_comes() -> None:
    cell = Cell()
    cell.say("old")
    cell.take("clear_output", wait=True)
    assert cell.texts == ["old"]
    cell.say("new")
    cell.say(" and more")
    assert cell.texts == ["new and more"]


def test_updates_reach_every_display_of_that_id() -> None:
    cell = Cell()
    shown = {"metadata": {}, "transient": {"display_id": "d"}}
    cell.take("display_data", data={"text/plain": "1"}, **shown)
    cell.outputs.begin(cell.nb.cells[1])
    cell.take("display_data", 1, data={"text/plain": "2"}, **shown)
    cell.take("update_display_data", 1, data={"text/plain": "3"}, **shown)
    assert [c.outputs[0].data["text/plain"] for c in cell.nb.cells] == ["3", "3"]
