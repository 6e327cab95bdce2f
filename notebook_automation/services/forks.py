"""Forks: a durable session that has ended, or waits, gone on from one of its checkpoints by a new session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Connection

from notebook_automation.domain import checkpoints as decisions
from notebook_automation.domain.access import SYSTEM, Caller
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.checkpoints import Checkpoint, EditedNotebook, cell_numbers
from notebook_automation.domain.errors import Conflict, Invalid, NotFound
from notebook_automation.domain.missing import no_session
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import TERMINAL, Session, retried_session
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.domain.steps import Beyond
from notebook_automation.ports import Blobs, Seal
from notebook_automation.store import artifacts, checkpoints, session_log, sessions, snapshots, subscriptions, waits
from notebook_automation.store.database import Database

from . import checkpoint_chain
from .edited_notebooks import content_of_file, edited_notebook, notebook_of_call, with_file
from .fork_parameters import OtherParameters, changed_parameters, with_parameters
from .projects import Projects
from .retries import call_now
from .session_views import SessionView
from .step_results import StepResults

Files = Literal["same", "now"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What the new session runs: ``snapshot`` where the files are others, ``edited`` where the notebook may differ.

    ``changed`` are the parameters that differ, ``other`` what comes of them where the files are the same.
    """

    session: Session
    edited: EditedNotebook | None = None
    snapshot: Snapshot | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)
    other: OtherParameters | None = None


class Forks:
    """The service of forks. ``queued`` is called with the ids of sessions that wait to run, after the commit."""

    def __init__(
        self, database: Database, projects: Projects, blobs: Blobs, seal: Seal,
        queued: Callable[[Sequence[str]], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._projects = projects
        self._blobs = blobs
        self._seal = seal
        self._queued = queued
        self._step_results = StepResults(projects.cipher)

    async def fork(
        self, caller: Caller, session_id: str, *, from_cell: int | None = None, files: Files = "same",
        notebook: bytes | None = None, parameters: Mapping[str, Any] | None = None,
    ) -> SessionView:  # fmt: skip
        """Queue a new session that goes on from a checkpoint of another, and return it.

        That is the last one, or the last before the cell ``from_cell`` (from 1, as the log counts them). The files are
        the `same`, those of ``now``, or the same with the called notebook being ``notebook``: cells are kept up to the
        first that differs. Where one of ``parameters`` is another than before, cells are kept up to the one that sets
        them; with the `same` files and a ``from_cell`` behind that all cells before it are kept as they are, and a cell
        that sets what changed is put in there. Steps are done again then.

        Raises NotFound (``session_not_found``, ``cell_not_found``, ``snapshot_not_found``, and as `call_now`), Conflict
        (``session_state``, ``session_not_durable``, ``checkpoints_gone``, ``not_resumable``), Invalid
        (``notebook_invalid``, ``parameter_unknown``, ``parameter_type``, ``request_invalid``), Unavailable
        (``checkpoint_unreadable``, ``disk_full``).
        """
        old = await self._database.read(lambda tx: sessions.get(tx, session_id))
        if old is None:
            raise no_session(session_id)
        caller.require("run", old.resource)
        changed = changed_parameters(old, parameters or {})
        if changed and notebook is not None:
            raise Invalid("Resume with an edited notebook, or with other parameters: not both.", code="request_invalid")
        goes_on = from_cell is None and files == "same" and notebook is None and not changed
        _check(old, goes_on=goes_on)
        if changed:
            plan = await self._plan_with(caller, old, files, changed, from_cell)
        else:
            plan = await self._plan(caller, old, files, notebook)

        def work(tx: Connection) -> Session:
            kept, cells, moved = self._kept(tx, old, plan, from_cell)
            new = plan.session
            if plan.snapshot is not None:
                snapshots.add(tx, plan.snapshot)
                kept_files = {file.blob: file.size for file in plan.snapshot.files if file.blob is not None}
                artifacts.keep_blobs(tx, kept_files)
            new = sessions.add(tx, new)
            self._copy(tx, old, plan, kept, cells)
            kept_to = (kept[-1].cell_index, kept[-1].piece) if kept else (-1, -1)
            beyond: Beyond = "resumed" if plan.edited is None else "edited"
            if from_cell is not None or plan.changed:
                beyond = "again"
            self._step_results.carry_over(tx, old.id, new.id, kept_to, beyond, moved)
            listening = (
                subscriptions.carry_over(tx, old.id, new.id, kept_to, kept[-1].created_at, moved, time.time())
                if kept else {}
            )  # fmt: skip
            if beyond == "resumed":
                waits.copy_answered(tx, old.id, new.id, kept_to, listening)
            return new

        new = await self._database.write(work)
        self._queued([new.id])
        return SessionView(session=new)

    async def _plan(self, caller: Caller, old: Session, files: Files, notebook: bytes | None) -> _Plan:
        call = await call_now(self._database, self._projects, old) if files == "now" else None
        new = replace(retried_session(old, caller.login, caller.behind, call_now=call), forked_from=old.id)
        if notebook is not None:
            before = await self._snapshot(old)
            path = parse_call(old.call).path
            edited = await asyncio.to_thread(
                edited_notebook, notebook, old.call, old.kernel_name, old.parameters, old.skip_tags
            )
            snapshot = await asyncio.to_thread(with_file, before, path, notebook, self._blobs)
            return _Plan(session=replace(new, snapshot_id=snapshot.id), edited=edited, snapshot=snapshot)
        if call is None:
            return _Plan(session=new)
        return _Plan(session=new, edited=await self._now(old, call, old.parameters))

    async def _plan_with(
        self, caller: Caller, old: Session, files: Files, changed: Mapping[str, Any], from_cell: int | None
    ) -> _Plan:
        """Return what runs with ``changed`` parameters."""
        if files == "now":
            call = await call_now(self._database, self._projects, old)
            new = replace(retried_session(old, caller.login, caller.behind, call_now=call), forked_from=old.id)
            now = await self._now(old, call, {**old.parameters, **changed})
            return _Plan(session=replace(new, parameters=dict(now.parameters)), edited=now, changed=changed)
        snapshot = await self._snapshot(old)
        cells = await self._database.read(lambda tx: session_log.cells_of(tx, old.id))
        index = None if from_cell is None else _index_of(cells, from_cell)
        path = parse_call(old.call).path
        content = await asyncio.to_thread(content_of_file, snapshot, path, self._blobs)
        other = await asyncio.to_thread(with_parameters, content, old, changed, index)
        new = replace(
            retried_session(old, caller.login, caller.behind),
            forked_from=old.id,
            parameters=dict(other.edited.parameters),
        )
        if other.content is None:
            return _Plan(session=new, edited=other.edited, changed=changed)
        longer = await asyncio.to_thread(with_file, snapshot, path, other.content, self._blobs)
        new = replace(new, snapshot_id=longer.id)
        return _Plan(session=new, edited=other.edited, snapshot=longer, changed=changed, other=other)

    async def _now(self, old: Session, call: str, parameters: Mapping[str, Any]) -> EditedNotebook:
        folder = self._projects.folder(await self._projects.get(SYSTEM, old.project_id or ""))
        return await asyncio.to_thread(notebook_of_call, folder, call, old.kernel_name, parameters, old.skip_tags)

    async def _snapshot(self, old: Session) -> Snapshot:
        snapshot_id = old.snapshot_id
        found = await self._database.read(lambda tx: snapshots.get(tx, snapshot_id)) if snapshot_id else None
        if found is None:
            raise NotFound(f"The files of session {old.id} are not kept any more.", code="snapshot_not_found")
        return found

    def _kept(
        self, tx: Connection, old: Session, plan: _Plan, from_cell: int | None
    ) -> tuple[list[Checkpoint], list[Cell], Mapping[int, int]]:
        """Return the checkpoints that the new session begins with, verified, and the cells that have run.

        Both at their places in its notebook, and where cells have moved to.
        """
        cells = session_log.cells_of(tx, old.id)
        kept = saved = checkpoints.of_session(tx, old.id)
        if not kept and any(cell.status == "ok" for cell in cells):
            raise Conflict(
                f"The checkpoints of session {old.id} were deleted: checkpoint_keep says how long they are kept after "
                "the end. Retry it: that begins with the first cell.",
                code="checkpoints_gone",
            )
        checkpoint_chain.verify(kept, old.project_id, self._seal)
        if from_cell is not None:
            kept = decisions.before_cell(kept, _index_of(cells, from_cell))
        moved: dict[int, int] = {}
        added: list[Cell] = []
        if plan.other is not None:
            kept = plan.other.kept(kept)
            moved = plan.other.moved([cell.index for cell in cells])
            added = plan.other.added_cells() if kept else []
        elif plan.edited is not None:
            kept = decisions.kept_prefix(kept, plan.edited)
            if plan.changed and plan.edited.asks is not None:
                kept = decisions.before_cell(kept, plan.edited.asks)
            moved = decisions.moved_cells(saved, kept, cells, plan.edited)
        if kept and (kept[-1].obstacle or kept[-1].manifest is None):
            number = cell_numbers(cells).get(saved[len(kept) - 1].cell_index)
            why = kept[-1].obstacle or "its state could not be saved"
            raise Conflict(
                f"This session is not resumable past cell {number}, because {why}. Go on from an earlier cell, or "
                "retry it: that begins with the first one.",
                code="not_resumable",
            )
        end = saved[len(kept) - 1].cell_index + kept[-1].ends_cell if kept else 0
        done = [replace(cell, index=moved.get(cell.index, cell.index)) for cell in cells if cell.index < end]
        return kept, sorted([*done, *added], key=lambda cell: cell.index), moved

    def _copy(
        self, tx: Connection, old: Session, plan: _Plan, kept: Sequence[Checkpoint], cells: Sequence[Cell]
    ) -> None:
        """Give the new session what it begins with: checkpoints, content, cells that have run, a word in its log."""
        new = plan.session
        others = _said(plan)
        # Large results of steps are there as well.
        checkpoints.copy_content(tx, old.id, new.id)
        if not kept:
            session_log.write(tx, new.id, "state", f"It does again what {old.id} did, from the first cell.{others}")
            return
        for checkpoint in checkpoint_chain.copied(kept, new, self._seal):
            checkpoints.add(tx, checkpoint, {})
        done = [cell for cell in cells if cell.status != "skipped"]
        session_log.set_cells(tx, new.id, done)
        where = f"after cell {len(done)}" if kept[-1].ends_cell else f"within cell {len(done) + 1}"
        session_log.write(tx, new.id, "state", f"It goes on from the checkpoint of {old.id} {where}.{others}")


def _said(plan: _Plan) -> str:
    """Return a sentence about parameters that differ; '' where none does."""
    if not plan.changed:
        return ""
    names = ", ".join(sorted(plan.changed))
    if plan.other is None:
        return f" Other parameters: {names}; all from the cell that sets them runs again."
    return f" Other parameters from there on: {names}; what is kept was made with those before."


def _check(old: Session, *, goes_on: bool) -> None:
    if not old.is_durable:
        raise Conflict(
            f"Session {old.id} is not durable: it has no checkpoints. Retry it: that begins with the first cell.",
            code="session_not_durable",
        )
    if goes_on and old.status == "completed":
        raise Conflict(
            f"Session {old.id} is completed: there is nothing left to run. Say from which cell to run it again.",
            code="session_state",
        )
    if goes_on and old.status == "waiting":
        raise Conflict(f"Session {old.id} goes on by itself when its wait ends.", code="session_state")
    if old.status not in TERMINAL and old.status != "waiting":
        raise Conflict(f"Session {old.id} is still {old.status}: cancel it first.", code="session_state")


def _index_of(cells: Sequence[Cell], number: int) -> int:
    """Return the index of the cell with this number. Raises NotFound (``cell_not_found``)."""
    numbers = cell_numbers(cells)
    for index, found in numbers.items():
        if found == number:
            return index
    raise NotFound(f"There is no cell {number}: this session has cells 1 to {len(numbers)}.", code="cell_not_found")
