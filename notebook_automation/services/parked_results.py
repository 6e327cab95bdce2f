"""What a durable session leaves that is cancelled without a process: its notebook and report, from its checkpoints."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from notebook_automation.domain.artifacts import artifact_name_of
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import Session
from notebook_automation.ports import Blobs, Seal
from notebook_automation.settings import Settings
from notebook_automation.store import session_log, sessions
from notebook_automation.store.database import Database

from . import checkpoint_chain
from .checkpoint_content import CheckpointContent
from .endings import ResultFile, keep_files
from .saved_sessions import SavedSession, called_by, cells_saved, executed_notebook, saved_session, write_called

if TYPE_CHECKING:
    from notebook_automation.execution.called_notebook import CalledNotebook

_log = logging.getLogger(__name__)


class ParkedResults:
    """Collects what a session leaves that waits, or is queued to go on, and is ended there."""

    def __init__(self, database: Database, blobs: Blobs, seal: Seal, settings: Settings) -> None:
        self._database = database
        self._blobs = blobs
        self._seal = seal
        self._content = CheckpointContent(blobs, seal)
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()

    def collect(self, session: Session) -> None:
        """Keep, soon, the notebook of a durable session that has just ended, and its report where it makes one.

        A report takes a second: nobody waits for it who stops a session. Call it in the event loop.
        """
        task = asyncio.get_running_loop().create_task(self._collect(session), name="na-parked-results")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _collect(self, session: Session) -> None:
        try:
            saved = await self._database.read(lambda tx: saved_session(tx, session))
            if saved is None or saved.last is None:
                return
            checkpoint_chain.verify(saved.checkpoints, session.project_id, self._seal)
            files = await asyncio.to_thread(self._collected, saved)
            await self._database.write(lambda tx: self._keep(tx, session, files))
        except (AutomationError, OSError) as error:
            _log.warning("%s: its notebook so far could not be kept: %s", session.id, error)

    def _keep(self, tx: Connection, session: Session, files: Sequence[ResultFile]) -> None:
        # It may have been deleted meanwhile.
        if sessions.get(tx, session.id) is not None:
            session_log.write_many(tx, session.id, keep_files(tx, session, files, self._settings))

    def _collected(self, saved: SavedSession) -> Sequence[ResultFile]:
        from notebook_automation.execution.executed_copy import mark_error
        from notebook_automation.execution.writer import notebook_bytes

        name = parse_call(saved.session.call).executed_name
        with tempfile.TemporaryDirectory(prefix="notebook-automation-") as made:
            work = Path(made, "work")
            if saved.session.report:
                self._write_files(saved, work)
            else:
                write_called(saved, self._blobs, work)
            called = called_by(saved, work)
            nb = executed_notebook(saved, called)
            stopped = _show(saved, nb, cells_saved(saved, self._content))
            mark_error(nb, stopped, None if stopped is None else nb.cells[stopped].get("execution_count"))
            files = [self._stored(name, notebook_bytes(nb))]
            if saved.session.report:
                files += self._report(saved, nb, called)
        return files

    def _write_files(self, saved: SavedSession, work: Path) -> None:
        from notebook_automation.execution.file_restoring import restore_files
        from notebook_automation.execution.snapshots import copy_snapshot

        assert saved.last is not None
        copy_snapshot(saved.snapshot, self._blobs, work)
        restore_files(work, saved.last.files, partial(saved.write, self._content))

    def _report(self, saved: SavedSession, nb: Any, called: CalledNotebook) -> list[ResultFile]:
        from notebook_automation.execution.report_files import report_files
        from notebook_automation.execution.report_libraries import site_packages

        stem, packages = Path(called.file_name).stem, site_packages(called.kernel_spec.argv)
        made = report_files(nb, stem, saved.session.report, called.cwd, "", packages)
        return [self._stored(one.name, one.content) for one in made if one.content is not None]

    def _stored(self, name: str, content: bytes) -> ResultFile:
        digest, size = self._blobs.put_bytes(content)
        return ResultFile(name=artifact_name_of(name), blob=digest, size=size)


def _time(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()


def _show(saved: SavedSession, nb: Any, kept: dict[int, Any]) -> int | None:
    """Put into ``nb`` what its cells showed; return the index of the one that had begun, None where none had."""
    from nbformat import from_dict
    from papermill.engines import NotebookExecutionManager

    NotebookExecutionManager(nb, progress_bar=False).notebook_start()
    nb.metadata.papermill.update(
        start_time=_time(saved.session.started_at), end_time=_time(time.time()), duration=saved.session.ran_before
    )
    for index, shown in kept.items():
        if index < len(nb.cells) and nb.cells[index].cell_type == "code":
            cell = nb.cells[index]
            cell.outputs = [from_dict(output) for output in shown.get("outputs", [])]
            cell.execution_count = shown.get("execution_count")
            cell.metadata = from_dict(shown.get("metadata", {}))
    begun = next((cell.index for cell in saved.cells if cell.status == "running"), None)
    last = saved.last
    if begun is None and last is not None and not last.ends_cell:
        begun = last.cell_index
    if begun is None or begun >= len(nb.cells):
        return None
    papermill = nb.cells[begun].metadata.setdefault("papermill", from_dict({}))
    papermill.update(status=NotebookExecutionManager.FAILED, exception=True)
    return begun
