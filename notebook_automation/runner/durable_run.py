"""What a durable session needs beside any other: what earlier attempts have saved is brought back, and it goes on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from notebook_automation.domain.checkpoints import Checkpoint, manifest_blobs, why_not_on
from notebook_automation.domain.errors import AutomationError, Conflict, Unavailable
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.checkpointing import Place
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.execution.session_kernel import SessionKernelManager
from notebook_automation.execution.workspaces import WORK, Workspace, sessions_folder
from notebook_automation.services.attempts import AcquiredSession
from notebook_automation.services.checkpoint_content import CheckpointContent
from notebook_automation.services.durable_attempts import DurableAttempts, Saved
from notebook_automation.settings import Settings

from .checkpoint_keeper import CheckpointKeeper
from .kernel_checkpoints import FOLDER
from .letting_go import LettingGo
from .outlived_saves import Lifeline
from .parkable_attempt import BLOCKED, ParkableAttempt
from .parking import ParkingWatch
from .preparation import PreparedSession
from .progress import ProgressReporter
from .rehearsal import why_not_restored
from .saved_files import SavedFiles
from .step_keeper import StepKeeper, StepNews

_log = logging.getLogger(__name__)
_ASIDE = "aside"
_REHEARSAL = "rehearsal"
_FINISH_SECONDS = 10.0
_RETRY_SECONDS = 0.5


class DurableRuns:
    """Makes the durable side of attempts, with what all of them share."""

    def __init__(self, durable: DurableAttempts, content: CheckpointContent, settings: Settings) -> None:
        self._durable = durable
        self._content = content
        self._settings = settings

    def of(
        self, acquired: AcquiredSession, masker: Masker, *, log: Callable[[str], None], lost: Callable[[], None],
        committed: Callable[[], None], steps: StepNews,
    ) -> DurableRun:  # fmt: skip
        """Return that of an attempt at ``acquired``; the rest as for `CheckpointKeeper` and `StepKeeper`."""
        return DurableRun(
            acquired, self._durable, self._content, self._settings,
            folder=sessions_folder(self._settings) / acquired.session.id, masker=masker, log=log, lost=lost,
            committed=committed, steps=steps,
        )  # fmt: skip


class DurableRun:
    """A durable session's attempt: `prepare` it in a thread, `finish` it, and `go_on_later` where it was cut off.

    ``folder`` is the session's. ``log``, ``lost`` and ``committed`` as for `CheckpointKeeper`, ``steps`` is the news of
    a `StepKeeper`.
    """

    def __init__(
        self, acquired: AcquiredSession, durable: DurableAttempts, content: CheckpointContent, settings: Settings, *,
        folder: Path, masker: Masker, log: Callable[[str], None], lost: Callable[[], None],
        committed: Callable[[], None], steps: StepNews,
    ) -> None:  # fmt: skip
        self._acquired = acquired
        self._durable = durable
        self._content = content
        self._settings = settings
        self._masker = masker
        self._log = log
        self._lost = lost
        self._committed = committed
        self._step_news = steps
        self._steps: StepKeeper | None = None
        self._saved = Saved()
        self._keeper: CheckpointKeeper | None = None
        self._lifeline: Lifeline | None = None
        self._folder = folder
        self.letting_go = LettingGo(folder)

    def parking(
        self, prepared: PreparedSession, reporter: ProgressReporter, parked: Callable[[Session], Awaitable[None]]
    ) -> ParkingWatch:
        """Return what parks the session when it waits; ``parked`` as for `ParkingWatch`."""
        attempt = ParkableAttempt(
            self._acquired, self._durable, self, prepared, reporter, self.letting_go, self._folder
        )
        return ParkingWatch(attempt, self._settings.park_after, parked)

    async def load(self) -> None:
        """Learn what earlier attempts have saved. Raises Unavailable, Conflict (``not_resumable``)."""
        self._saved = await self._durable.saved(self._acquired)
        if self.resumed_from is not None and self.resumed_from.obstacle:
            raise Conflict(f"It cannot go on from where it was: {self.resumed_from.obstacle}.", code="not_resumable")

    @property
    def resumed_from(self) -> Checkpoint | None:
        """The checkpoint that the attempt begins with; None: it begins at the start."""
        return self._saved.checkpoints[-1] if self._saved.checkpoints else None

    def cells_before(self) -> Mapping[int, Cell] | None:
        """Return the cells that have run in earlier attempts, by index; None where it begins at the start."""
        if self._keeper is None or self.resumed_from is None:
            return None
        start = self._keeper.start
        return {cell.index: cell for cell in self._saved.cells if start is None or cell.index < start.cell_index}

    def clear(self, folder: Path) -> None:
        """Remove what an earlier attempt has left in the session's ``folder``, but for its journal. Blocks."""
        for name in (WORK, FOLDER, _ASIDE, _REHEARSAL):
            remove_folder(folder / name)
        # What the kernel before blocked on.
        (folder / BLOCKED).unlink(missing_ok=True)

    def prepare(self, workspace: Workspace) -> None:
        """Bring back the session's files and what its kernel is to restore. Blocks.

        Raises NotFound (``blob_missing``), Unavailable (``checkpoint_unreadable``), OSError.
        """
        folder = workspace.folder / FOLDER
        folder.mkdir(mode=0o700)
        self._lifeline = Lifeline(folder)
        files = SavedFiles(
            workspace.work, workspace.states, workspace.folder / _ASIDE, most=self._settings.checkpoint_max
        )
        last = self.resumed_from
        if last is not None:
            files.restore(last.files, self._write)
            self._write_checkpoint(folder, last)
        self._keeper = CheckpointKeeper(
            self._acquired, self._durable, self._content, self._saved, folder=folder, work=workspace.work, files=files,
            masker=self._masker, log=self._log, lost=self._lost, committed=self._committed,
        )  # fmt: skip

    async def prepare_steps(self) -> None:
        """Write what is known of the session's steps where its kernel looks for it, after `clear`.

        Raises Unavailable, OSError.
        """
        known = await self._durable.steps(self._acquired)
        self._steps = StepKeeper(
            self._folder, known, self._saved.content, self._content, self._project_id, self._masker, self._step_news
        )
        await self._steps.prepare()

    async def collect_steps(self) -> None:
        """Give what is new of its steps to ``steps``."""
        if self._steps is not None:
            await self._steps.collect()

    def stop(self) -> None:
        """The attempt is over: nothing of it is followed any more, and nothing of it goes on saving."""
        if self._lifeline is not None:
            self._lifeline.cut()
        if self._steps is not None:
            self._steps.stop()

    def is_at(self, cell_index: int, piece: int) -> bool:
        """Whether this piece runs now."""
        return self._keeper is not None and self._keeper.current == Place(cell_index, piece)

    def why_kept(self) -> str | None:
        """Return why the session could not go on from where it is without its kernel; None while that is not known."""
        if self._keeper is None or self._keeper.is_behind:
            return None
        last = self._keeper.last
        return "" if last is None else last.obstacle

    async def rehearse(self, run: PreparedSession) -> str:
        """Restore what was saved last in another kernel; return why that failed, '' where it did not."""
        last = None if self._keeper is None else self._keeper.last
        if last is None:
            return ""
        folder = run.workspace.folder / _REHEARSAL
        saved = await self._durable.saved(self._acquired)
        try:
            await asyncio.to_thread(self._write_rehearsal, folder, saved, last)
        except AutomationError as error:
            return error.message.rstrip(".")
        manager = SessionKernelManager(folder, run.kernel_name, run.manager.kernel_spec)
        why = await why_not_restored(folder, last.number, run.workspace.work, manager, run.run.options)
        return self._masker.text(why)

    def _write_rehearsal(self, folder: Path, saved: Saved, checkpoint: Checkpoint) -> None:
        remove_folder(folder)
        folder.mkdir(mode=0o700)
        self._saved = saved
        self._write_checkpoint(folder, checkpoint)

    def keeper_of(self, nb: NotebookNode) -> CheckpointKeeper:
        """Return what keeps the checkpoints of a run of ``nb``. Blocks; raises as `prepare`, which comes before."""
        assert self._keeper is not None
        self._keeper.use(nb, self._kept())
        return self._keeper

    async def last_saves(self) -> None:
        """Once the kernel has died: store what is still being saved, however long that takes."""
        if self._keeper is not None:
            await self._keeper.last_saves()

    async def finish(self, *, kernel_gone: bool = False) -> None:
        """Store what has been saved and is still on its way; a kernel that is gone begins to save nothing more."""
        if self._keeper is not None:
            await self._keeper.finish(_FINISH_SECONDS, kernel_gone=kernel_gone)

    async def go_on_later(self, reason: str, reporter: ProgressReporter, *, crashed: bool) -> Session | None:
        """Queue the session again, to go on from its last checkpoint; None if it is to end instead.

        ``crashed``: it counts as lost at this place once more, which it may be ``max_crashes`` times. A database that
        does not answer is asked again.
        """
        last = self._keeper.last if self._keeper is not None else self.resumed_from
        if crashed and (why := why_not_on(self._acquired.session, last, max_crashes=self._settings.max_crashes)):
            self._log(why)
            return None
        while True:
            try:
                return await self._queued_again(reason, reporter, crashed=crashed)
            except Unavailable as error:
                _log.warning("%s could not be queued again: %s", self._acquired.session.id, error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _queued_again(self, reason: str, reporter: ProgressReporter, *, crashed: bool) -> Session | None:
        if not await self._durable.is_ours(self._acquired):
            # What runs in its name is another attempt's.
            return None
        await asyncio.to_thread(kill_session_processes, self._folder, self._acquired.session.id)
        news = await reporter.take()
        try:
            async with self.letting_go.out_of_the_way():
                self.letting_go.session = await self._durable.queue_again(self._acquired, reason, news, crashed=crashed)
        finally:
            if self.letting_go.session is None:
                reporter.give_back(news)
        return self.letting_go.session

    def _kept(self) -> Mapping[int, Mapping[str, Any]]:
        kept: dict[int, Mapping[str, Any]] = {}
        for checkpoint in self._saved.checkpoints:
            # Its index may have been another one before the notebook was edited.
            for cell in json.loads(self._read(checkpoint.outputs)).values():
                kept[checkpoint.cell_index] = cell
        return kept

    def _write_checkpoint(self, folder: Path, checkpoint: Checkpoint) -> None:
        assert checkpoint.manifest is not None
        text = self._read(checkpoint.manifest)
        (folder / f"{checkpoint.number}.json").write_bytes(text)
        for digest in set(manifest_blobs(json.loads(text)["manifest"])):
            self._write(digest, folder / digest)

    def _read(self, digest: str) -> bytes:
        return self._content.read(self._project_id, digest, self._blob(digest))

    def _write(self, digest: str, target: Path) -> None:
        self._content.write(self._project_id, digest, self._blob(digest), target)

    def _blob(self, digest: str) -> str:
        blob = self._saved.content.get(digest)
        if blob is None:
            raise Unavailable("A part of the checkpoint is missing.", code="checkpoint_unreadable")
        return blob

    @property
    def _project_id(self) -> str:
        return self._acquired.session.project_id or ""
