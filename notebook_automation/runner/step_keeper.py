"""Keeps the steps of a durable session: its kernel's journal is prepared, followed, and written with its progress."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.steps import Step
from notebook_automation.execution.step_journal import StepJournal
from notebook_automation.services.checkpoint_content import CheckpointContent
from notebook_automation.store.checkpoints import StoredContent

_log = logging.getLogger(__name__)
LOOK_SECONDS = 0.1

StepNews = Callable[[Sequence[Step], Mapping[str, StoredContent]], None]


class StepKeeper:
    """The steps of one attempt at a session of ``project_id``, whose folder is ``folder``.

    ``known`` are those that the database has, ``content`` the blobs of the session's content by digest. ``news`` is
    given what is new, and what the large results in it are stored as.
    """

    def __init__(
        self, folder: Path, known: Iterable[Step], content: Mapping[str, str], store: CheckpointContent,
        project_id: str, masker: Masker, news: StepNews,
    ) -> None:  # fmt: skip
        self._journal = StepJournal(folder, known, masker)
        self._content = content
        self._store = store
        self._project_id = project_id
        self._news = news
        self._looking = asyncio.Lock()
        # A round that is under way is finished: what was read is not read again.
        self._rounds = Rounds(self.collect, seconds=LOOK_SECONDS, what="The steps of a session could not be followed")

    async def prepare(self) -> None:
        """Write the journal that the kernel finds; before it starts, and while no other one runs. Raises OSError."""
        async with self._looking:
            self._tell(*await asyncio.to_thread(self._prepared))
        self._rounds.start("na-steps")

    async def collect(self) -> None:
        """Give what is new by now to ``news``."""
        async with self._looking:
            if not self._journal.has_grown:
                return
            try:
                self._tell(*await asyncio.to_thread(self._read))
            except Exception:  # noqa: BLE001 - whatever the session left there, its end is written
                _log.exception("%r cannot be read", self._journal)

    def stop(self) -> None:
        """Follow the journal no more."""
        self._rounds.end()

    def _prepared(self) -> tuple[list[Step], dict[str, StoredContent]]:
        return self._stored(self._journal.prepare(self._large))

    def _read(self) -> tuple[list[Step], dict[str, StoredContent]]:
        return self._stored(self._journal.read())

    def _stored(self, steps: list[Step]) -> tuple[list[Step], dict[str, StoredContent]]:
        stored: dict[str, StoredContent] = {}
        for digest in {step.content for step in steps if step.content is not None} - set(self._content):
            try:
                large = self._journal.content(digest)
                stored[digest] = self._store.put(self._project_id, digest, io.BytesIO(large), len(large))
            except (AutomationError, OSError) as error:
                # It is still in the session's folder: only another machine would miss it.
                _log.warning("The result %s of a step could not be stored: %s", digest, error)
        return steps, stored

    def _large(self, digest: str) -> bytes | None:
        with contextlib.suppress(AutomationError, OSError, KeyError):
            return self._store.read(self._project_id, digest, self._content[digest])
        return None

    def _tell(self, steps: Sequence[Step], content: Mapping[str, StoredContent]) -> None:
        if steps:
            self._news(steps, content)
