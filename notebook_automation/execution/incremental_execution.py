"""papermill's execution manager, saving incrementally: the same metadata, a constant cost per cell."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.engines import NotebookExecutionManager
from papermill.iorw import LocalHandler, papermill_io

from .run_observer import CellStatus, NoObserver
from .writer import FULL_SAVE_SHARE, NotebookWriter


class IncrementalExecutionManager(NotebookExecutionManager):  # type: ignore[misc]
    """Marks notebook and cells as papermill does, and saves through a `NotebookWriter` where the output is a file.

    Elsewhere (S3, a pipe …) papermill's own save is used, at most `FULL_SAVE_SHARE` of the time.
    """

    nb: NotebookNode

    def __init__(
        self, nb: NotebookNode, output_path: str | None = None, *, at_once: bool = False, **options: Any
    ) -> None:
        """``at_once``: save what a cell shows as it comes, not every ``autosave_cell_every`` seconds."""
        super().__init__(nb, output_path=output_path, **options)
        self._at_once = at_once
        file = local_file(output_path)
        self._writer = None if file is None else NotebookWriter(file, nb)
        self._running: int | None = None
        self._complete = False
        self._saves_paused = False
        self._later: asyncio.TimerHandle | None = None
        self._next_save = 0.0

    def cell_start(self, cell: NotebookNode, cell_index: int | None = None, **kw: Any) -> None:
        self._running = cell_index
        super().cell_start(cell, cell_index, **kw)

    def cell_complete(self, cell: NotebookNode, cell_index: int | None = None, **kw: Any) -> None:
        self._running = cell_index
        if self._later is not None:
            self._later.cancel()
            self._later = None
        super().cell_complete(cell, cell_index, **kw)
        self._running = None

    def cell_kept(self, cell_index: int) -> None:
        """Save a cell as it is, which has run before."""
        if self._writer is not None:
            self._writer.cell_changed(cell_index)

    def notebook_complete(self, **kw: Any) -> None:
        self._complete = True
        super().notebook_complete(**kw)

    def finish(self, mark: Callable[[], None], *, ran_through: bool) -> None:
        """`notebook_complete` with ``mark`` before the last save. Unless the run went through all cells, those that
        had no turn stay ``pending``."""
        cells = [] if ran_through else [c.metadata.papermill for c in self.nb.cells]
        pending = [c for c in cells if c["status"] == self.PENDING]
        self._saves_paused = True
        super().notebook_complete()
        self._saves_paused = False
        for cell in pending:
            cell["status"] = self.PENDING
        mark()
        self._complete = True
        self.save()

    def save(self, **kw: Any) -> None:
        if self._saves_paused:
            return
        if kw.get("nb"):
            self.nb = kw["nb"]
        if self._writer is None:
            self._save_whole()
        else:
            self._writer.replace_notebook(self.nb)
            if self._complete:
                self._writer.close()
            elif self._running is None:
                self._writer.flush()
            else:
                self._writer.cell_changed(self._running)
        self.last_save_time = self.now()

    def pause_saving(self) -> None:
        """Write nothing until `resume_saving`: the folder is about to be moved."""
        if self._writer is not None:
            self._writer.pause()

    def resume_saving(self) -> None:
        """The folder is back: write what would have been written meanwhile. Raises OSError."""
        if self._writer is not None:
            self._writer.resume()

    def output_came(self, settle: Callable[[], None]) -> None:
        """Save the running cell now or, if that was done a moment ago, in a moment; ``settle`` makes its outputs
        whole before. Called on an event loop."""
        if self.autosave_cell_every == 0:
            return
        if self._writer is None or not self._at_once:
            if (self.now() - self.last_save_time).total_seconds() >= self.autosave_cell_every:
                settle()
                self.autosave_cell()
        elif self._later is None:
            wait = self._writer.output_due_in()
            if wait > 0:
                self._later = asyncio.get_running_loop().call_later(wait, self._save_output, settle)
            else:
                self._save_output(settle)

    def mark_came(self, mark: str, settle: Callable[[], None]) -> None:
        """Save the running cell with all that came before ``mark`` now."""
        if self._writer is not None and self._running is not None:
            settle()
            self._writer.mark(self._running, mark)

    def _save_output(self, settle: Callable[[], None]) -> None:
        self._later = None
        if self._writer is not None and self._running is not None:
            settle()
            self._writer.cell_changed(self._running)

    def _save_whole(self) -> None:
        begun = time.monotonic()
        if self._complete or begun >= self._next_save:
            super().save()
            now = time.monotonic()
            self._next_save = now + (now - begun) / FULL_SAVE_SHARE


class SavingObserver(NoObserver):
    """Marks and saves through papermill's ``manager`` what a run does; ``settle`` makes the running cell's outputs
    whole.

    ``mark_stopped``: a cell that was running when the run ended is marked as failed. papermill itself leaves it
    ``completed`` there, so its engine does too.
    """

    def __init__(self, manager: NotebookExecutionManager, settle: Callable[[], None], *, mark_stopped: bool) -> None:
        self._manager = manager
        self._settle = settle
        self._mark_stopped = mark_stopped
        self._ended_in: int | None = None
        self._shown_in: int | None = None

    @property
    def ended_in(self) -> int | None:
        """The index of the cell in which the run ended early."""
        return self._ended_in

    @property
    def shown_in(self) -> int | None:
        """The index of the first cell that showed an error and did not end by it."""
        return self._shown_in

    def cell_started(self, index: int, cell: NotebookNode) -> None:
        self._manager.cell_start(cell, index)

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        if isinstance(self._manager, IncrementalExecutionManager):
            self._manager.output_came(self._settle)
        else:
            self._settle()
            self._manager.autosave_cell()

    def mark(self, index: int, cell: NotebookNode, mark: str) -> None:
        if isinstance(self._manager, IncrementalExecutionManager):
            self._manager.mark_came(mark, self._settle)

    def cell_finished(self, index: int, cell: NotebookNode, status: CellStatus) -> None:
        if status in ("shown", "kept_shown") and self._shown_in is None:
            self._shown_in = index
        if status in ("kept", "kept_shown"):
            if isinstance(self._manager, IncrementalExecutionManager):
                self._manager.cell_kept(index)
            return
        if status in ("error", "stopped"):
            self._ended_in = index
        if status == "error" or (status == "stopped" and self._mark_stopped):
            self._manager.cell_exception(cell, cell_index=index)
        self._manager.cell_complete(cell, cell_index=index)


def local_file(output_path: str | None) -> Path | None:
    """The file that papermill would write ``output_path`` to; None where it is none that can be replaced."""
    if not output_path:
        return None
    handler = papermill_io.get_handler(output_path, [".ipynb", ".json"])
    if not isinstance(handler, LocalHandler):
        return None
    folder = handler.cwd(None)  # the only way to read it is to set it
    handler.cwd(folder)
    path = Path(folder or os.getcwd(), output_path)
    try:
        replaceable = stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        replaceable = not path.is_symlink()
    except OSError:
        replaceable = False
    target = Path(os.path.realpath(path)).parent
    return path if replaceable and target.is_dir() and os.access(target, os.W_OK) else None
