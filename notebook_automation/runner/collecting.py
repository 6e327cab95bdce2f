"""Collects what an attempt leaves, as far as that comes in the time that it has."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from notebook_automation.domain.sessions import Session

from .endings import StopCause
from .phases import LeftBehind, Phases
from .preparation import PreparedSession

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from notebook_automation.services.endings import ResultFile

    from .results import Collected, ResultCollector

_log = logging.getLogger(__name__)


class Collecting:
    """Of ``session``, by ``results`` in ``phases``; ``cause`` tells why it is to stop, if it is."""

    def __init__(
        self, results: ResultCollector, session: Session, phases: Phases, cause: Callable[[], StopCause | None]
    ) -> None:
        self._results = results
        self._session = session
        self._phases = phases
        self._cause = cause

    async def all(self, prepared: PreparedSession, nb: NotebookNode) -> Collected:
        """Collect what the session leaves; when it is to stop meanwhile, what is stored by then."""
        from .results import Collected

        collected = Collected()
        before = self._cause()

        def is_to_stop() -> bool:
            return self._cause() != before

        notebook = functools.partial(
            self._results.collect_notebook, collected, prepared, nb, self._session.report, is_to_stop
        )
        files = functools.partial(self._results.collect_files, collected, prepared, is_to_stop)
        try:
            # Its kernel runs its exit functions meanwhile; they may still write files.
            await asyncio.gather(self._phases.run(notebook), prepared.run.code_finished())
            await self._phases.run(files)
        except LeftBehind:
            collected = Collected(list(collected.files), [*collected.left_out, "Not all files were kept in time."])
        return collected

    async def so_far(self, prepared: PreparedSession | None) -> Sequence[ResultFile]:
        """Store the notebook as far as it came, where something else failed."""
        from .results import Collected

        if prepared is None:
            return ()
        collected = Collected()
        try:
            await self._phases.run(
                functools.partial(self._results.collect_notebook, collected, prepared, prepared.run.nb, None)
            )
        except Exception as error:  # noqa: BLE001 - the first failure is the one to tell
            _log.warning("%s: its notebook could not be kept: %s", self._session.id, error)
        return collected.files
