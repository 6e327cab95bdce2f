"""A run in pieces, with what is saved between them: told by the messages of a kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from notebook_automation.execution.checkpointing import END, Place
from notebook_automation.execution.outputs import CellOutputs, OutputLimit
from notebook_automation.execution.pieces import PiecePlan
from notebook_automation.execution.run_observer import CellStatus, NoObserver
from notebook_automation.execution.sequence import CellSequence

WAITS = "import notebook_automation as na\na = 1\nna.sleep(5)\nb = 2"


class Saved:
    """What a run is to send: nothing but where it is; keeps the places after which it was to save."""

    def __init__(
        self, nb: NotebookNode, start: Place | None, kept: Mapping[int, Mapping[str, Any]] | None = None
    ) -> None:
        self._plan = PiecePlan(nb)
        self.start = start
        self.kept = kept or {}
        self.saved: list[tuple[Place, Place]] = []

    def pieces(self, index: int, cell: NotebookNode) -> Sequence[str]:
        return self._plan.pieces(index)

    def opening(self, first: Place) -> str:
        return "opening"

    def after(self, place: Place, source: str, cell: NotebookNode, following: Place) -> str:
        self.saved.append((place, following))
        return "saving"

    def settled(self) -> asyncio.Future[None]:
        settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        settled.set_result(None)
        return settled


class Statuses(NoObserver):
    def __init__(self) -> None:
        self.statuses: list[tuple[int, CellStatus]] = []

    def cell_finished(self, index: int, cell: NotebookNode, status: CellStatus) -> None:
        self.statuses.append((index, status))


class Told:
    """A sequence, and the kernel that it speaks with: `run` answers all it sends, with errors where ``fails`` is."""

    def __init__(self, nb: NotebookNode, saved: Saved, fails: str = "never") -> None:
        self.sent: list[str] = []
        self.observer = Statuses()
        self.done: list[Exception | None] = []
        self._fails = fails
        self._waiting: list[str | None] = []
        self._sequence = CellSequence(
            CellOutputs(nb, OutputLimit()), self.observer, send=self._send, done=self.done.append,
            interrupt=lambda: None, late=lambda error: None, ask=lambda: None,
            send_silently=lambda code: self._waiting.append(None), checkpointing=saved,
        )  # fmt: skip

    def run(self) -> None:
        self._sequence.begin()
        while self._waiting:
            request = self._waiting.pop(0)
            if request is None:
                self._sequence.answered({"status": "ok"})
                continue
            failed = self._fails in self.sent[int(request)]
            error = {"ename": "ValueError", "evalue": "no", "traceback": []}
            if failed:
                self._take("iopub", request, "error", error)
            reply = {"status": "error", **error} if failed else {"status": "ok"}
            self._take("shell", request, "execute_reply", reply)
            self._take("iopub", request, "status", {"execution_state": "idle"})

    def _send(self, cell: Any) -> str:
        self.sent.append(cell.code)
        self._waiting.append(str(len(self.sent) - 1))
        return str(len(self.sent) - 1)

    def _take(self, line: Any, request: str, kind: str, content: Mapping[str, Any]) -> None:
        header = {"msg_type": kind, "date": "2026-01-01T00:00:00Z"}
        message = {"parent_header": {"msg_id": request}, "header": header, "msg_type": kind, "metadata": {}, "size": 9}
        self._sequence.take(line, {**message, "content": dict(content)})


def notebook(*sources: str, tags: Sequence[str] = ()) -> NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = list(tags)
    return nbformat.v4.new_notebook(cells=cells)


async def test_what_a_cell_that_may_raise_leaves_out_is_left_out_by_who_goes_on_too() -> None:
    nb = notebook(WAITS, "c = 3", "d = 4", tags=["raises-exception"])
    saved = Saved(nb, None)
    told = Told(nb, saved, fails="a = 1")
    told.run()
    assert [source.rpartition("\n")[2] for source in told.sent] == ["a = 1", "c = 3", "d = 4"]
    assert told.done == [None]
    # The checkpoint is that of the whole cell.
    assert saved.saved[0] == (Place(0, 2), Place(1, 0))


@pytest.mark.parametrize(("tags", "status"), [((), "kept_shown"), (("raises-exception",), "kept")])
async def test_an_error_that_a_cell_showed_counts_in_the_attempt_that_goes_on(
    tags: Sequence[str], status: CellStatus
) -> None:
    nb = notebook("%run broken.py", "c = 3", tags=tags)
    shown = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    told = Told(nb, Saved(nb, Place(1, 0), {0: {"outputs": [shown], "metadata": {"tags": list(tags)}}}))
    told.run()
    assert told.observer.statuses == [(0, status), (1, "ok")]


async def test_where_nothing_is_left_to_run_nothing_is_run() -> None:
    nb = notebook("a = 1", "b = 2")
    told = Told(nb, Saved(nb, END, {0: {"outputs": []}, 1: {"outputs": []}}))
    told.run()
    assert told.sent == []
    assert told.done == [None]
    assert told.observer.statuses == [(0, "kept"), (1, "kept")]
