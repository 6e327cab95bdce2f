"""The executed copy of a notebook: papermill's metadata and error marks, saved while it runs, and how the run ended."""

from __future__ import annotations

import time
from dataclasses import dataclass
from os import PathLike
from typing import Literal

import nbformat
from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.execute import ERROR_ANCHOR_MSG, ERROR_MARKER_TAG, ERROR_MESSAGE_TEMPLATE

from .failures import CheckpointFailed, KernelStartError, MemoryExceeded, RunCancelled, RunTimedOut
from .incremental_execution import IncrementalExecutionManager, SavingObserver
from .outputs import is_plain_exit, shown_error
from .run import NotebookRun

RunStatus = Literal["completed", "failed", "cancelled", "timeout"]


@dataclass(frozen=True, slots=True)
class RunError:
    """Why a run did not complete.

    ``cell_index`` counts in the parameterised notebook without error marks (of which two stand before the cell in the
    saved one), None where no cell is to blame. ``traceback`` lines are as the kernel sent them, with colours.
    """

    ename: str
    evalue: str
    traceback: tuple[str, ...]
    cell_index: int | None
    cell_id: str | None
    execution_count: int | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. ``notebook`` is what was saved; ``seconds`` from start to end, kernel included."""

    status: RunStatus
    error: RunError | None
    notebook: NotebookNode
    seconds: float


class ExecutedCopy:
    """Follows ``run`` and saves its notebook at ``path`` (None: nowhere). Made before the run begins."""

    def __init__(self, run: NotebookRun, path: str | PathLike[str] | None) -> None:
        self._run = run
        self._nb = run.nb
        self._saver = IncrementalExecutionManager(
            run.nb, output_path=None if path is None else str(path), progress_bar=False, at_once=True
        )
        self._saving = SavingObserver(self._saver, run.outputs.settle, mark_stopped=True)
        run.observe_first(self._saving)

    async def run_and_save(self, *, deadline: float | None = None, await_end: bool = True) -> RunResult:
        """Run all cells and save; ``deadline`` and ``await_end`` as `NotebookRun.run`'s.

        Whatever happens to notebook or kernel is in the result. Only errors of this side are raised (a notebook that
        cannot be saved, an observer that fails) and `asyncio.CancelledError`; then too the notebook is saved.
        """
        begun = time.monotonic()
        self._saver.notebook_start()
        status: RunStatus = "completed"
        error: RunError | None = None
        ran_through = False
        try:
            await self._run.run(deadline=deadline, await_end=await_end)
            ran_through = True
            error = self._shown_error()
            status = "completed" if error is None else "failed"
        except RunCancelled as stop:
            status, error = "cancelled", self._error("Cancelled", str(stop))
        except RunTimedOut as stop:
            status, error = "timeout", self._error("Timeout", str(stop))
        except CellTimeoutError as late:
            status, error = "failed", self._error("CellTimeoutError", str(late))
        except CellExecutionError as failure:
            error = self._cell_error(failure) or self._shown_error()
            status = "failed" if error is not None else "completed"
        except CheckpointFailed as failure:
            status, error = "failed", self._error(failure.ename, failure.evalue)
        except (DeadKernelError, KernelStartError, MemoryExceeded, CellControlSignal) as failure:
            status, error = "failed", self._error(type(failure).__name__, str(failure))
        finally:
            self._saver.finish(lambda: self._mark(error), ran_through=ran_through)
        return RunResult(status, error, self._nb, time.monotonic() - begun)

    def pause_saving(self) -> None:
        """Write nothing until `resume_saving`, whatever happens to the run: the folder is about to be moved."""
        self._saver.pause_saving()

    def resume_saving(self) -> None:
        """The folder is back: write what would have been written meanwhile. Raises OSError."""
        self._saver.resume_saving()

    def dry_run(self) -> None:
        """Save the notebook as if all its cells had run; no kernel is started."""
        self._saver.notebook_start()
        self._run.dry_run()
        self._saver.finish(lambda: None, ran_through=True)

    def _shown_error(self) -> RunError | None:
        """The first error that a cell showed although the kernel says that it ended well, as papermill finds it."""
        index = self._saving.shown_in
        shown = None if index is None else shown_error(self._nb.cells[index])
        if shown is None:
            return None
        return self._error(shown.ename, shown.evalue, tuple(shown.traceback), index)

    def _error(self, ename: str, evalue: str, traceback: tuple[str, ...] = (), index: int | None = None) -> RunError:
        index = self._saving.ended_in if index is None else index
        cell = None if index is None else self._nb.cells[index]
        return RunError(
            ename,
            evalue,
            traceback,
            index,
            None if cell is None else cell.get("id"),
            None if cell is None else cell.get("execution_count"),
        )

    def _cell_error(self, failure: CellExecutionError) -> RunError | None:
        """The error as the cell shows it; None for `sys.exit()`."""
        if is_plain_exit(failure.ename, failure.evalue):
            return None
        index = self._saving.ended_in
        outputs = [] if index is None else self._nb.cells[index].outputs
        shown = next((o for o in reversed(outputs) if o.output_type == "error"), None)
        lines = tuple(shown.traceback) if shown is not None else (failure.traceback,)
        return self._error(failure.ename, failure.evalue, lines)

    def _mark(self, error: RunError | None) -> None:
        if error is not None:
            mark_error(self._nb, error.cell_index, error.execution_count)


def mark_error(nb: NotebookNode, cell_index: int | None, execution_count: int | None) -> None:
    """Put papermill's notes into a notebook that did not complete: one on top, one before the cell."""
    nb.metadata.papermill["exception"] = True
    if cell_index is None:
        return
    top = nbformat.v4.new_markdown_cell(ERROR_MESSAGE_TEMPLATE % str(execution_count))
    anchor = nbformat.v4.new_markdown_cell(ERROR_ANCHOR_MSG)
    for note in (top, anchor):
        note.metadata["tags"] = [ERROR_MARKER_TAG]
    nb.cells.insert(cell_index, anchor)
    nb.cells.insert(0, top)
