"""Keeps the checkpoints of a durable session: what is sent to the kernel, and what becomes of what it has saved."""

from __future__ import annotations

import asyncio
import io
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from nbformat import NotebookNode

from notebook_automation.domain.checkpoints import Checkpoint, SavedFile, manifest_blobs
from notebook_automation.domain.errors import Conflict, Unavailable
from notebook_automation.domain.masking import Masker
from notebook_automation.execution.checkpointing import END, Place
from notebook_automation.execution.hostile_files import open_regular
from notebook_automation.execution.pieces import PiecePlan
from notebook_automation.services.attempts import AcquiredSession, Progress
from notebook_automation.services.checkpoint_content import CheckpointContent, digest_of
from notebook_automation.services.durable_attempts import DurableAttempts, Saved
from notebook_automation.store.checkpoints import StoredContent

from .checkpoint_rows import Unsaved, checkpoint_row, outputs_of
from .kernel_checkpoints import manifest_text, opening_code, read_record, saving_code
from .outlived_saves import is_being_saved
from .saved_files import SavedFiles

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.02
_RETRY_SECONDS = 0.5
_WRITERS = 8
"""Threads that store a checkpoint's content."""
_LONGEST = 500


class _NeverSaved(Exception):
    """The kernel is gone, and so is whoever was to save a checkpoint."""


class CheckpointKeeper:
    """The checkpoints of one attempt at ``acquired``; what a run asks for is in `Checkpointing`.

    ``folder`` is where the kernel saves. ``log`` is given sentences for the session's log, ``lost`` called when the
    session is no longer this attempt's, ``committed`` after each commit.
    """

    def __init__(
        self, acquired: AcquiredSession, durable: DurableAttempts, content: CheckpointContent, saved: Saved, *,
        folder: Path, work: Path, files: SavedFiles, masker: Masker, log: Callable[[str], None],
        lost: Callable[[], None], committed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._acquired = acquired
        self._durable = durable
        self._content = content
        self._folder = folder
        self._work = work
        self._files = files
        self._masker = masker
        self._log = log
        self._lost = lost
        self._committed = committed
        self._project_id = acquired.session.project_id or ""
        self._last: Checkpoint | None = saved.checkpoints[-1] if saved.checkpoints else None
        self._restored = None if self._last is None else self._last.number
        self._next = 0 if self._last is None else self._last.number + 1
        self._known = set(saved.content)
        self._unsaved: deque[Unsaved] = deque()
        self._storing: asyncio.Task[None] | None = None
        self._settled: asyncio.Future[None] | None = None
        self._plan: PiecePlan | None = None
        self._obstacle = ""
        self._is_kernel_gone = False
        self.kept: Mapping[int, Mapping[str, Any]] = {}
        self.start: Place | None = None
        self.current: Place | None = None
        """The piece that runs, or is the next to."""

    # what a run asks for ----------------------------------------------------------------------------------------

    def use(self, nb: NotebookNode, kept: Mapping[int, Mapping[str, Any]]) -> None:
        """The run is of ``nb``; ``kept`` are its cells that have run, or begun to, before.

        Raises Conflict (``not_resumable``): what has run by the last checkpoint is not what ``nb`` begins with.
        """
        self._plan = plan = PiecePlan(nb)
        self.kept = kept
        if self._last is None:
            return
        place = Place(self._last.cell_index, self._last.piece)
        if place not in plan.places or plan.sources(place) != self._last.sources:
            raise Conflict(
                "It cannot go on from its last checkpoint: the cells before it are not those that have run, or another "
                "version of notebook-automation cuts them elsewhere. Fork it from an earlier cell, or retry it.",
                code="not_resumable",
            )
        self.start = plan.after(place) or END
        # A fork with parameters where there were none has a cell among them that no run had.
        passed = {one.cell_index for one in plan.places if one.cell_index < self._last.cell_index}
        shown: dict[str, Any] = {"outputs": [], "execution_count": None}
        self.kept = {index: {**shown, "metadata": nb.cells[index].metadata} for index in passed} | dict(kept)

    @property
    def plan(self) -> PiecePlan:
        """What runs, in pieces."""
        assert self._plan is not None
        return self._plan

    def pieces(self, index: int, cell: NotebookNode) -> Sequence[str]:
        """Return a cell's source in pieces."""
        return self.plan.pieces(index)

    def opening(self, first: Place) -> str:
        """Return the code that prepares the kernel, and restores what was saved last."""
        self.current = first
        return opening_code(self._folder, self._work, self._restored, first)

    def after(self, place: Place, source: str, cell: NotebookNode, following: Place) -> str:
        """Return the code that saves what ``place`` has left; its outputs and files are kept here meanwhile."""
        self.current = following
        number, self._next = self._next, self._next + 1
        loop = asyncio.get_running_loop()
        files = loop.run_in_executor(None, self._captured)
        self._unsaved.append(Unsaved(number=number, place=place, outputs=outputs_of(place, cell), files=files))
        self._settled = loop.create_future()
        files.add_done_callback(lambda _: self._settle())
        if self._storing is None or self._storing.done():
            self._storing = loop.create_task(self._store_all(), name="na-checkpoints")
        return saving_code(number, source, cell.metadata.get("tags", []), following)

    def settled(self) -> asyncio.Future[None]:
        """Return what is done when the files that the piece has left are copied."""
        if self._settled is None:
            self._settled = asyncio.get_running_loop().create_future()
            self._settled.set_result(None)
        return self._settled

    # what becomes of it -----------------------------------------------------------------------------------------

    @property
    def last(self) -> Checkpoint | None:
        """The checkpoint that was stored last."""
        return self._last

    @property
    def is_behind(self) -> bool:
        """Whether something that has run is not stored yet."""
        return bool(self._unsaved)

    async def last_saves(self) -> None:
        """The kernel is gone: store what its children still save, for as long as that takes them."""
        self._is_kernel_gone = True
        if self._storing is not None:
            await asyncio.wait([self._storing])

    async def finish(self, seconds: float, *, kernel_gone: bool = False) -> None:
        """Store what is still to come, for at most ``seconds``; then no more."""
        self._is_kernel_gone |= kernel_gone
        if self._storing is not None:
            await asyncio.wait([self._storing], timeout=seconds)
            self._storing.cancel()
            await asyncio.wait([self._storing])

    def _captured(self) -> tuple[Sequence[SavedFile], str]:
        try:
            return self._files.capture(), self._files.obstacle
        except OSError as error:
            return (), f"its files could not be copied: {error.strerror or error}"

    def _settle(self) -> None:
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)

    async def _store_all(self) -> None:
        """Store what has run, one after the other: a checkpoint counts when those before it do."""
        delayed = False
        while self._unsaved:
            one = self._unsaved[0]
            try:
                if not await self._stored(one):
                    self._lost()
                    return
            except _NeverSaved:
                # Nor are those after it: it goes on from the one before.
                return
            except Unavailable as error:
                _log.warning("%s: its checkpoint could not be stored: %s", self._acquired.session.id, error)
                if not delayed:
                    self._log(f"What its cells have left cannot be stored now, and is tried again: {error.message}")
                    delayed = True
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            except Exception:  # noqa: BLE001 - those that come after it are stored all the same
                _log.exception("%s: checkpoint %d cannot be stored", self._acquired.session.id, one.number)
            self._unsaved.popleft()
            delayed = False
            self._committed()

    async def _stored(self, one: Unsaved) -> bool:
        files, files_problem = await one.files
        record = await self._record(one.number)
        content: dict[str, StoredContent] = {}
        try:
            checkpoint = self._row(one, record, files, files_problem)
            await asyncio.to_thread(self._take_over, record, one, files, content)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - code in the kernel can leave anything in the place of what it saved
            _log.warning("%s: checkpoint %d is not as it says: %r", self._acquired.session.id, one.number, error)
            said = str(error)[:_LONGEST]
            record = {"number": one.number, "error": f"its state could not be kept ({type(error).__name__}: {said})"}
            checkpoint = self._row(one, record, (), "")
            await asyncio.to_thread(self._take_over, record, one, (), content)
        before = "" if self._last is None else self._last.signature
        checkpoint = replace(checkpoint, signature=self._durable.signature(checkpoint, self._project_id, before))
        if not await self._durable.save(self._acquired, checkpoint, content, Progress()):
            return False
        self._last = checkpoint
        self._known |= set(content)
        self._say(checkpoint)
        for digest in record.get("blobs", {}):
            (self._folder / digest).unlink(missing_ok=True)
        return True

    async def _record(self, number: int) -> dict[str, Any]:
        """Return what the kernel says of a checkpoint, once it does. Raises _NeverSaved."""
        while True:
            try:
                # Before the record: one that has just been written is found then.
                is_late = self._is_kernel_gone and not is_being_saved(self._folder, number)
                record = read_record(self._folder, number)
            except Unavailable as error:
                return {"number": number, "error": error.message}
            if record is not None:
                return record
            if is_late:
                raise _NeverSaved
            await asyncio.sleep(_LOOK_SECONDS)

    def _take_over(
        self, record: Mapping[str, Any], one: Unsaved, files: Sequence[SavedFile], content: dict[str, StoredContent]
    ) -> None:
        """Store what the checkpoint consists of and is not stored yet. Blocks; raises OSError, Unavailable."""
        new: dict[str, Callable[[], StoredContent]] = {}

        def put(digest: str, opened: Callable[[], BinaryIO], size: int) -> None:
            if digest not in self._known and digest not in content:
                new[digest] = partial(self._put, digest, opened, size)

        put(digest_of(one.outputs), partial(io.BytesIO, one.outputs), len(one.outputs))
        for file in files:
            if file.digest is not None:
                put(file.digest, partial(_opened, self._files.path_of(file.digest)), file.size)
        if "manifest" in record:
            text = manifest_text(record)
            put(digest_of(text), partial(io.BytesIO, text), len(text))
            for digest, size in record["blobs"].items():
                put(digest, partial(open_regular, self._folder, digest), int(size))
            there = self._known | content.keys() | new.keys()
            if not all(digest in there for digest in manifest_blobs(record["manifest"])):
                # One that could not be kept when it was written: nothing that needs it can be gone on from.
                raise ValueError("something it needs could not be kept before")
        # Side by side: each waits for the disk, which answers several at once.
        with ThreadPoolExecutor(_WRITERS) as pool:
            for digest, stored in [(digest, pool.submit(store)) for digest, store in new.items()]:
                content[digest] = stored.result()

    def _put(self, digest: str, opened: Callable[[], BinaryIO], size: int) -> StoredContent:
        with opened() as source:
            return self._content.put(self._project_id, digest, source, size)

    def _row(
        self, one: Unsaved, record: Mapping[str, Any], files: Sequence[SavedFile], files_problem: str
    ) -> Checkpoint:
        return checkpoint_row(self._acquired.session, self.plan, self._masker, one, record, files, files_problem)

    def _say(self, checkpoint: Checkpoint) -> None:
        """Tell the log when the session can no longer, or can again, go on from here."""
        if checkpoint.obstacle == self._obstacle:
            return
        self._obstacle = checkpoint.obstacle
        number = self.plan.cell_number(checkpoint.cell_index)
        if checkpoint.obstacle:
            self._log(f"Not resumable past cell {number}: {checkpoint.obstacle}.")
        else:
            self._log(f"Resumable again from cell {number} on.")


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")
