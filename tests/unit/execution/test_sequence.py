"""A run in pieces, with what is saved between them: told by the messages of a kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import IPython
import nbformat
import pytest
from eventually import eventually
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbclient.exceptions import CellTimeoutError
from nbformat import NotebookNode

from notebook_automation.execution.checkpointing import END, Place
from notebook_automation.execution.outputs import CellOutputs, OutputLimit
from notebook_automation.execution.pieces import PiecePlan
from notebook_automation.execution.run_observer import CellStatus, NoObserver
from notebook_automation.execution.sequence import CellSequence
from notebook_automation.sdk.output_marks import mark_at, set_mark

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
        self.marks: list[tuple[int, str, str]] = []

    def mark(self, index: int, cell: NotebookNode, mark: str) -> None:
        self.marks.append((index, mark, "".join(output["text"] for output in cell.outputs)))

    def cell_finished(self, index: int, cell: NotebookNode, status: CellStatus) -> None:
        self.statuses.append((index, status))


class Told:
    """A sequence, and the kernel that it speaks with: `run` answers all it sends, with errors where ``fails`` is."""

    def __init__(self, nb: NotebookNode, saved: Saved | None, fails: str = "never", **options: Any) -> None:
        self.sent: list[str] = []
        self.shows: list[tuple[str, Mapping[str, Any]]] = []
        self.becomes_idle = True
        self.observer = Statuses()
        self.done: list[Exception | None] = []
        self._fails = fails
        self._waiting: list[str | None] = []
        self._sequence = CellSequence(
            CellOutputs(nb, OutputLimit(), **options), self.observer, send=self._send, done=self.done.append,
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
            for kind, content in self.shows:
                self._take("iopub", request, kind, content)
            failed = self._fails in self.sent[int(request)]
            error = {"ename": "ValueError", "evalue": "no", "traceback": []}
            if failed:
                self._take("iopub", request, "error", error)
            reply = {"status": "error", **error} if failed else {"status": "ok"}
            self._take("shell", request, "execute_reply", reply)
            if self.becomes_idle:
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


async def test_observers_are_told_of_a_mark_after_what_was_shown_before_it_and_nothing_is_left_of_it() -> None:
    nb = notebook("ask()")
    told = Told(nb, Saved(nb, None))
    told.shows = [
        ("stream", {"name": "stdout", "text": "just now"}),
        ("update_display_data", {"data": {}, "metadata": {}, "transient": {"display_id": "of another"}}),
        ("update_display_data", published(mark_at(0, 1, 2))),
        ("stream", {"name": "stderr", "text": "later"}),
    ]
    told.run()
    assert told.observer.marks == [(0, "0:1:2", "just now")]
    assert [output["text"] for output in nb.cells[0].outputs] == ["just now", "later"]


@pytest.mark.parametrize("raises", [True, False])
async def test_outputs_that_never_end_end_the_run_unless_nbclients_option_lets_it_go_on(*, raises: bool) -> None:
    nb = notebook("print('seen')")
    options = {} if raises else {"raise_on_iopub_timeout": False}
    told = Told(nb, None, iopub_timeout=0, **options)
    told.shows = [("stream", {"name": "stdout", "text": "seen"})]
    told.becomes_idle = False
    told.run()
    await eventually(lambda: told.done)
    assert [type(error) for error in told.done] == [CellTimeoutError if raises else type(None)]
    assert nb.cells[0].outputs[0].text == "seen"
    assert told.observer.statuses == ([] if raises else [(0, "ok")])


def published(mark: str) -> Mapping[str, Any]:
    """What `set_mark` publishes in a kernel."""
    shell = InteractiveShell()
    shell.display_pub = CapturingDisplayPublisher()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IPython, "get_ipython", lambda: shell)
        set_mark(mark)
    [message] = shell.display_pub.outputs
    assert message.pop("update") is True
    return dict(message)
