"""One notebook from its file to its executed copy: papermill's parameters, metadata and error marks, our run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal

import nbformat
from jupyter_client.kernelspec import get_kernel_spec
from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.execute import (
    ERROR_ANCHOR_MSG,
    ERROR_MARKER_TAG,
    ERROR_MESSAGE_TEMPLATE,
    prepare_notebook_metadata,
    remove_error_markers,
)
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.utils import nb_kernel_name, nb_language
from papermill.version import version as papermill_version

from notebook_automation.execution.client import DEFAULT_AHEAD, NotebookRun
from notebook_automation.execution.failures import KernelStartError, RunCancelled, RunTimedOut
from notebook_automation.execution.kernels import LightKernelManager
from notebook_automation.execution.observer import CellStatus, NoObserver, Observers, RunObserver
from notebook_automation.execution.outputs import OutputLimit
from notebook_automation.execution.saving import IncrementalExecutionManager, ManagerObserver
from notebook_automation.execution.setups import CellMessages

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


class NotebookExecution:
    """Prepares a notebook as papermill does (at once: ``nb`` is the parameterised notebook) and runs it once.

    ``notebook``: a path or a node (which is copied). ``parameters`` go in by papermill's translators, in an
    ``injected-parameters`` cell. ``output_path`` None: nothing is saved. ``env``: the kernel's whole environment.
    ``manager``: a kernel manager to use, else a `LightKernelManager` for ``kernel_name``. ``start_timeout`` and
    ``cell_timeout`` in seconds. Raises what papermill raises for a notebook without kernel or language name
    (`ValueError`) and for a file that is no notebook.
    """

    def __init__(
        self,
        notebook: str | PathLike[str] | NotebookNode,
        output_path: str | PathLike[str] | None,
        *,
        parameters: Mapping[str, Any] | None = None,
        kernel_name: str | None = None,
        language: str | None = None,
        input_path: str | None = None,
        report_mode: bool = False,
        cwd: str | PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        manager: KernelManager | None = None,
        observer: RunObserver | None = None,
        ahead: int = DEFAULT_AHEAD,
        output_limit: OutputLimit | None = None,
        start_timeout: float = 60.0,
        cell_timeout: float | None = None,
        graceful: bool = True,
        **options: Any,
    ) -> None:
        output = None if output_path is None else str(output_path)
        nb, source = _load(notebook)
        name = nb_kernel_name(nb, kernel_name or (manager.kernel_name if manager is not None else None))
        if parameters:
            nb = parameterize_notebook(
                nb, dict(parameters), report_mode, kernel_name=name, language=_language(nb, language, name)
            )
        nb = prepare_notebook_metadata(nb, input_path or source, output, report_mode)
        self.nb: NotebookNode = remove_error_markers(nb)
        self._saver = IncrementalExecutionManager(self.nb, output_path=output, progress_bar=False)
        self._last = _LastCell()
        marks = ManagerObserver(self._saver, lambda: self._run.settle(), mark_stopped=True)
        self._observers = Observers(self._last, marks, *([observer] if observer is not None else []))
        self._run = NotebookRun(
            self.nb,
            manager or LightKernelManager(kernel_name=name),
            observer=self._observers,
            ahead=ahead,
            output_limit=output_limit,
            startup_timeout=start_timeout,
            cell_timeout=cell_timeout,
            env=env,
            cwd=None if cwd is None else str(cwd),
            graceful=graceful,
            **options,
        )

    async def run(self, *, deadline: float | None = None, await_end: bool = True) -> RunResult:
        """Run all cells and save; ``deadline`` is a time of the event loop's clock, ``await_end`` as `NotebookRun`'s.

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
        except RunCancelled as stop:
            status, error = "cancelled", self._error("Cancelled", str(stop))
        except RunTimedOut as stop:
            status, error = "timeout", self._error("Timeout", str(stop))
        except CellTimeoutError as late:
            status, error = "failed", self._error("CellTimeoutError", str(late))
        except CellExecutionError as failure:
            error = self._cell_error(failure)
            status = "failed" if error is not None else "completed"
        except (DeadKernelError, KernelStartError, CellControlSignal) as failure:
            status, error = "failed", self._error(type(failure).__name__, str(failure))
        finally:
            self._saver.finish(lambda: self._mark(error), ran_through=ran_through)
        return RunResult(status, error, self.nb, time.monotonic() - begun)

    def rehearse(self) -> None:
        """Go through the motions of a run without a kernel: observers hear of every cell, the notebook is saved."""
        self._saver.notebook_start()
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code":
                self._observers.cell_started(index, cell)
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="")]
                self._observers.cell_finished(index, cell, "ok")
        self._saver.finish(lambda: None, ran_through=True)

    async def cancel(self, grace: float = 5.0) -> None:
        """Interrupt, and kill ``grace`` seconds later; `run` then returns with status ``cancelled``."""
        await self._run.cancel(grace)

    async def last_word(self) -> None:
        """As `NotebookRun.last_word`."""
        await self._run.last_word()

    async def gone(self) -> None:
        """As `NotebookRun.gone`."""
        await self._run.gone()

    def ran_ahead(self, cells: CellMessages) -> None:
        """As `NotebookRun.ran_ahead`."""
        self._run.ran_ahead(cells)

    def _error(self, ename: str, evalue: str, traceback: tuple[str, ...] = ()) -> RunError:
        index = self._last.stopped
        cell = None if index is None else self.nb.cells[index]
        return RunError(
            ename,
            evalue,
            traceback,
            index,
            None if cell is None else cell.get("id"),
            None if cell is None else cell.get("execution_count"),
        )

    def _cell_error(self, failure: CellExecutionError) -> RunError | None:
        """The error as the cell shows it. `sys.exit()` ends a notebook early and well, as for papermill."""
        if failure.ename == "SystemExit" and failure.evalue in ("", "0"):
            return None
        index = self._last.stopped
        outputs = [] if index is None else self.nb.cells[index].outputs
        shown = next((o for o in reversed(outputs) if o.output_type == "error"), None)
        lines = tuple(shown.traceback) if shown is not None else (failure.traceback,)
        return self._error(failure.ename, failure.evalue, lines)

    def _mark(self, error: RunError | None) -> None:
        """papermill's notes: one on top, one before the cell."""
        if error is None:
            return
        self.nb.metadata.papermill["exception"] = True
        if error.cell_index is None:
            return
        top = nbformat.v4.new_markdown_cell(ERROR_MESSAGE_TEMPLATE % str(error.execution_count))
        anchor = nbformat.v4.new_markdown_cell(ERROR_ANCHOR_MSG)
        for note in (top, anchor):
            note.metadata["tags"] = [ERROR_MARKER_TAG]
        self.nb.cells.insert(error.cell_index, anchor)
        self.nb.cells.insert(0, top)


async def execute(
    notebook: str | PathLike[str] | NotebookNode,
    output_path: str | PathLike[str] | None,
    *,
    deadline: float | None = None,
    **arguments: Any,
) -> RunResult:
    """`NotebookExecution` made and run in one call; ``arguments`` are its."""
    return await NotebookExecution(notebook, output_path, **arguments).run(deadline=deadline)


class _LastCell(NoObserver):
    """Remembers the cell in which the run ended early."""

    stopped: int | None = None

    def cell_finished(self, index: int, cell: NotebookNode, status: CellStatus) -> None:
        if status in ("error", "stopped"):
            self.stopped = index


def _load(notebook: str | PathLike[str] | NotebookNode) -> tuple[NotebookNode, str | None]:
    if not isinstance(notebook, NotebookNode):
        return load_notebook_node(str(notebook)), str(notebook)
    nb = nbformat.from_dict(notebook)
    nb = nbformat.v4.upgrade(nb) or nb
    nb.metadata.setdefault(
        "papermill",
        nbformat.from_dict(
            {
                "default_parameters": {},
                "parameters": {},
                "environment_variables": {},
                "version": papermill_version,
            }
        ),
    )
    for cell in nb.cells:
        cell.metadata.setdefault("tags", [])
        cell.metadata.setdefault("papermill", NotebookNode())
    return nb, None


def _language(nb: NotebookNode, language: str | None, kernel_name: str) -> str:
    """papermill's rule, and where the notebook does not say (never opened in a front end) what the kernel says."""
    try:
        return str(nb_language(nb, language))
    except ValueError:
        return str(get_kernel_spec(kernel_name).language)
