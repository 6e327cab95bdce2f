"""Observes a run: its timeline, what it prints, where it is; gathered until it is reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbformat import NotebookNode

from notebook_automation.domain.session_log import Cell, CellStatus, LogKind
from notebook_automation.domain.steps import Step
from notebook_automation.execution import run_observer
from notebook_automation.execution.called_notebook import is_executed
from notebook_automation.execution.run_observer import NoObserver
from notebook_automation.services.attempts import Progress
from notebook_automation.services.endings import LogLine
from notebook_automation.store.checkpoints import StoredContent

LOG_LINES = 2000
LINE_LENGTH = 4096
_STATUS: Mapping[run_observer.CellStatus, CellStatus] = {
    "ok": "ok",
    "allowed": "ok",
    "error": "error",
    "shown": "error",
    "stopped": "error",
    "skipped": "skipped",
}


class SessionObserver(NoObserver):
    """Gathers what a session's page shows. ``news`` is called when there is something to report.

    At most ``LOG_LINES`` printed lines, each of at most ``LINE_LENGTH`` characters, reach the log; a mark says that
    there was more. All of it is in the notebook.
    """

    def __init__(self, news: Callable[[], None]) -> None:
        self._news = news
        self._cells: dict[int, Cell] = {}
        self._changed: set[int] = set()
        self._order: dict[int, int] = {}
        self._progress = Progress()
        self._timeline_drained = False
        self._lines = 0
        self._rest: dict[LogKind, str] = {}

    @property
    def has_news(self) -> bool:
        """Whether something was gathered since `drain`."""
        return bool(self._changed or self._progress.values or self._progress.log or self._progress.steps)

    def plan(
        self, nb: NotebookNode, kernel_name: str, text: str, data: Mapping[str, Any] | None = None,
        before: Mapping[int, Cell] | None = None,
    ) -> None:  # fmt: skip
        """Begin: ``nb`` is what will run, ``text`` the log's first line, ``data`` what that has beside the usual.

        ``before`` are the cells, by index, that ran in an earlier attempt.
        """
        for index, cell in enumerate(nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            will_run = is_executed(cell)
            if will_run:
                self._order[index] = len(self._order) + 1
            head = next((line for line in cell.source.splitlines() if line.strip()), "")
            status: CellStatus = "pending" if will_run else "skipped"
            known = (before or {}).get(index)
            self._cells[index] = known or Cell(
                index=index, id=str(cell.get("id", "")), source_head=head.strip(), status=status
            )
        self._progress.values.update(total_cells=len(self._order), kernel_name=kernel_name)
        self.log("start", text, {"kernel": kernel_name, "cells": len(self._order), **(data or {})})

    def log(self, kind: LogKind, text: str, data: dict[str, Any] | None = None) -> None:
        """Add a line to the session's log."""
        self._progress.log.append((time.time(), kind, text, data))
        self._news()

    def steps(self, steps: Sequence[Step], content: Mapping[str, StoredContent]) -> None:
        """These steps have begun or ended; ``content`` is what their large results are stored as."""
        self._progress.steps.extend(steps)
        self._progress.content.update(content)
        self._news()

    def cell_started(self, index: int, cell: NotebookNode) -> None:
        known = self._cells.get(index)
        if known is None or index not in self._order:
            return
        self._cells[index] = replace(known, status="running", started_at=time.time())
        self._changed.add(index)
        self._progress.values["current_cell"] = self._order[index]
        text = f"Cell {self._order[index]} of {len(self._order)}: {known.source_head[:200]}"
        self.log("cell", text, {"index": index, "id": known.id})

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        if output.output_type != "stream" or self._lines > LOG_LINES:
            return
        kind: LogKind = "stderr" if output.name == "stderr" else "print"
        *lines, rest = (self._rest.pop(kind, "") + output.text).split("\n")
        for line in lines:
            self._printed(kind, line, index)
        if len(rest) > LINE_LENGTH:
            self._printed(kind, rest, index)
            rest = ""
        self._rest[kind] = rest

    def cell_finished(self, index: int, cell: NotebookNode, status: run_observer.CellStatus) -> None:
        self._print_rest(index)
        known = self._cells.get(index)
        if known is None or index not in self._order or status in ("kept", "kept_shown"):
            return
        self._cells[index] = replace(
            known,
            status=_STATUS[status],
            finished_at=time.time(),
            execution_count=cell.get("execution_count"),
        )
        self._changed.add(index)
        self._news()

    def drain(self) -> Progress:
        """Return what is new since the last time."""
        progress, self._progress = self._progress, Progress()
        changed = [self._cells[index] for index in sorted(self._changed)]
        self._changed.clear()
        if self._timeline_drained or not self._cells:
            return replace(progress, changed=changed)
        self._timeline_drained = True
        return replace(progress, timeline=list(self._cells.values()))

    def _print_rest(self, index: int) -> None:
        for kind, rest in list(self._rest.items()):
            if rest:
                self._printed(kind, rest, index)
        self._rest.clear()

    def _printed(self, kind: LogKind, line: str, index: int) -> None:
        self._lines += 1
        if self._lines > LOG_LINES:
            if self._lines == LOG_LINES + 1:
                self.log("state", f"More was printed than the {LOG_LINES} lines kept here: see the notebook.")
            return
        # A progress bar rewrites its line: what it showed last is what counts.
        shown = line.rstrip("\r").rpartition("\r")[2]
        if len(shown) > LINE_LENGTH:
            shown = f"{shown[:LINE_LENGTH]}… ({len(shown)} characters)"
        self.log(kind, shown, {"index": index})


def merged(earlier: Progress, later: Progress) -> Progress:
    """Return both as one, where ``earlier`` could not be written yet."""
    timeline = earlier.timeline if later.timeline is None else later.timeline
    if timeline is not None and later.changed:
        changed = {cell.index: cell for cell in later.changed}
        timeline = [changed.get(cell.index, cell) for cell in timeline]
    log: list[LogLine] = [*earlier.log, *later.log]
    cells = {cell.index: cell for cell in (*earlier.changed, *later.changed)}
    return Progress(
        values={**earlier.values, **later.values},
        snapshot=later.snapshot or earlier.snapshot,
        timeline=timeline,
        changed=[] if timeline is not None else list(cells.values()),
        log=log,
        steps=[*earlier.steps, *later.steps],
        content={**earlier.content, **later.content},
    )
