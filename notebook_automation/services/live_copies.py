"""Live copies: a durable session that failed or waits, opened as a notebook in the state before its failed cell."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import SYSTEM, Caller
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.checkpoints import Checkpoint, cell_numbers
from notebook_automation.domain.errors import Conflict, NotFound
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.ports import Blobs, Seal
from notebook_automation.settings import Settings
from notebook_automation.store import sessions
from notebook_automation.store.database import Database

from . import checkpoint_chain
from .checkpoint_content import CheckpointContent
from .projects import Projects
from .saved_sessions import (
    SavedSession,
    called_by,
    cells_saved,
    executed_notebook,
    packed,
    saved_session,
    write_called,
)

_NOTE = (
    "**The state before cell {number} of session {id}**, live. The kernel works in a copy of the session's files in a "
    "temporary folder; what cells do outside of it takes effect, and steps are not recorded. The original notebook is "
    "not changed. When it works, press *Resume the session with this fix*."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCopy:
    """A notebook at ``path`` under the Jupyter root, and the id of the cell in it that is to run next."""

    path: str
    cell: str | None


class LiveCopies:
    """The service of live copies: for people alone, since what a session has saved may hold its secrets."""

    def __init__(self, database: Database, projects: Projects, blobs: Blobs, seal: Seal, settings: Settings) -> None:
        self._database = database
        self._projects = projects
        self._blobs = blobs
        self._seal = seal
        self._content = CheckpointContent(blobs, seal)
        self._settings = settings

    async def make(self, caller: Caller, session_id: str) -> LiveCopy:
        """Write the notebook of a session beside the original, or find the one that was written before.

        Raises NotFound (``session_not_found``, ``snapshot_not_found``, ``call_not_found``), Conflict
        (``session_state``, ``session_not_durable``, ``not_resumable``, ``call_not_a_notebook``, ``file_exists``),
        Unavailable (``checkpoint_unreadable``).
        """
        opened = await self._opened(caller, session_id)
        session = opened.session
        call = parse_call(session.call)
        if not call.is_notebook:
            raise Conflict(
                f"{call.path} is no notebook: edit it, and fork the session with the files of now.",
                code="call_not_a_notebook",
            )
        project = await self._projects.get(SYSTEM, session.project_id or "")
        name = f"{PurePosixPath(call.path).stem} (session {session.id[-6:]}).ipynb"
        target = self._projects.file(project, call.path).parent / name
        cell = await asyncio.to_thread(self._write_notebook, opened, target)
        shown = PurePosixPath(self._projects.shown_path(project) or "", call.path).parent / name
        return LiveCopy(path=str(shown), cell=cell)

    async def state(self, caller: Caller, session_id: str) -> Path:
        """Write what the kernel of a live copy needs into a private tar file, and return it: delete it after use.

        It has the folder ``work`` with the session's files, and ``checkpoint`` to restore from. Raises as `make`.
        """
        opened = await self._opened(caller, session_id)
        return await asyncio.to_thread(packed, opened, self._blobs, self._content, self._settings.uploads)

    async def edited(self, caller: Caller, session_id: str, path: str) -> bytes:
        """Return what the live copy at ``path`` under the Jupyter root has become, as a notebook to run.

        Raises NotFound (``file_not_found``), Invalid (``notebook_of_another_session``, ``notebook_invalid``,
        ``path_invalid``).
        """
        from notebook_automation.execution.live_notebook import edited_notebook

        await self._readable(caller, session_id)
        file = self._projects.resolved(path)
        try:
            content = await asyncio.to_thread(file.read_bytes)
        except OSError:
            raise NotFound(f"There is no file {path!r}: save the notebook first.", code="file_not_found") from None
        return await asyncio.to_thread(edited_notebook, content, session_id)

    async def _readable(self, caller: Caller, session_id: str) -> Session:
        session = await self._database.read(lambda tx: sessions.get(tx, session_id))
        if session is None:
            raise no_session(session_id)
        # Not a session's own code: what another one has saved is no business of it.
        caller.require("configure", session.resource)
        return session

    async def _opened(self, caller: Caller, session_id: str) -> SavedSession:
        session = await self._readable(caller, session_id)
        if not session.is_durable:
            raise Conflict(f"Session {session_id} is not durable: it has no state to open.", code="session_not_durable")
        if session.status not in TERMINAL and session.status != "waiting":
            raise Conflict(f"Session {session_id} is still {session.status}: cancel it first.", code="session_state")

        def work(tx: Connection) -> SavedSession:
            saved = saved_session(tx, session)
            if saved is None:
                raise NotFound(f"The files of session {session.id} are not kept.", code="snapshot_not_found")
            return saved

        opened = await self._database.read(work)
        checkpoint_chain.verify(opened.checkpoints, session.project_id, self._seal)
        last = opened.last
        if last is not None and (last.obstacle or last.manifest is None):
            number = cell_numbers(opened.cells).get(last.cell_index)
            raise Conflict(
                f"This session is not resumable past cell {number}, because {last.obstacle}: it cannot be opened live.",
                code="not_resumable",
            )
        return opened

    # in threads ---------------------------------------------------------------------------------------------------

    def _write_notebook(self, opened: SavedSession, target: Path) -> str | None:
        """Write the notebook unless it is there; return the id of the cell that is to run next."""
        from notebook_automation.execution.live_notebook import is_live, live_notebook

        session = opened.session
        nb, executed = self._notebooks(opened)
        following = _following(executed, opened.last)
        if target.exists():
            if not is_live(target.read_bytes(), session.id):
                raise Conflict(f"There is another file {target.name!r}: move it away.", code="file_exists")
            return following
        kept = cells_saved(opened, self._content)
        last = opened.last
        if last is not None and not last.ends_cell:
            kept.pop(last.cell_index, None)
        numbers = cell_numbers(opened.cells)
        number = 1 if last is None else numbers.get(last.cell_index, 0) + last.ends_cell
        content = live_notebook(nb, executed, kept, session.id, _NOTE.format(number=number, id=session.id))
        with target.open("xb") as file:
            file.write(content)
        return following

    def _notebooks(self, opened: SavedSession) -> tuple[Any, Any]:
        """Return the session's notebook as it was, and as it ran; their cells have the same ids."""
        from notebook_automation.execution.notebook_file import read_notebook

        path = parse_call(opened.session.call).path
        with tempfile.TemporaryDirectory(prefix="notebook-automation-") as folder:
            write_called(opened, self._blobs, Path(folder))
            nb = read_notebook(Path(folder, path), path)
            # Read once: a cell without an id gets one there, which both are to have.
            Path(folder, path).write_text(json.dumps(nb), encoding="utf-8")
            called = called_by(opened, Path(folder))
        if nb.metadata.get("kernelspec", {}).get("name") != called.kernel_name:
            # What is saved is restored by the kernel that the session had.
            name = called.kernel_name
            nb.metadata["kernelspec"] = {"name": name, "display_name": called.kernel_spec.display_name or name}
        return nb, executed_notebook(opened, called)


def _following(executed: Any, last: Checkpoint | None) -> str | None:
    """Return the id of the cell that runs after a checkpoint, or first."""
    from notebook_automation.execution.checkpointing import Place
    from notebook_automation.execution.pieces import PiecePlan

    plan = PiecePlan(executed)
    following = plan.after(Place(last.cell_index, last.piece)) if last else next(iter(plan.places), None)
    return None if following is None else str(executed.cells[following.cell_index].id)
