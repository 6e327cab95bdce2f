"""Runs attempts of sessions, one at a time: acquires a session, and runs it to its end."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from notebook_automation.domain.api_calls import api_call_of, is_api_call
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.ports import Blobs
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.settings import Settings

from .attempt_run import AttemptRun
from .endings import StopCause
from .warm_kernels import WarmKernels

if TYPE_CHECKING:
    from .api_call_run import ApiCallRun
    from .durable_run import DurableRuns
    from .results import ResultCollector


def warm_up() -> None:
    """Import all that a run needs, ahead of it: what a process does that waits for its session."""
    from notebook_automation.execution import called_notebook, executed_copy, parameters, session_kernel  # noqa: F401
    from notebook_automation.runner import results  # noqa: F401


class Runner:
    """Runs attempts, one at a time. ``begun`` is called when a session is acquired, ``changed`` after each commit.

    ``api_url`` is where the session's code finds this product's REST; empty where no server runs. ``warm`` is asked for
    where kernels may be forked by a run that is not told. Without ``durable_runs`` a durable session runs as any other.
    """

    def __init__(
        self, attempts: Attempts, workspaces: Workspaces, results: ResultCollector, settings: Settings, *,
        api_url: str = "", begun: Callable[[], None] = lambda: None, changed: Callable[[], None] = lambda: None,
        warm: Callable[[], Awaitable[WarmKernels]] | None = None, durable_runs: DurableRuns | None = None,
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._workspaces = workspaces
        self._results = results
        self._settings = settings
        self._api_url = api_url
        self._begun = begun
        self._changed = changed
        self._warm = warm
        self._durable_runs = durable_runs
        self._run: AttemptRun | ApiCallRun | None = None
        self._early: StopCause | None = None

    def get_ready(self) -> None:
        """Do ahead of the session what it will need: open the database. One that does not answer is asked later."""
        with contextlib.suppress(Unavailable):
            self._attempts.get_ready()

    def dry_run(self, folder: Path, blobs: Blobs) -> None:
        """Do once, below the empty ``folder`` and in a transaction rolled back, what a session needs but a kernel.

        For a process that will be forked: what is built, compiled and read here is there in each runner. Afterwards
        nothing is open and no thread runs.
        """
        from .dry_run import dry_run

        dry_run(self._attempts, blobs, self._settings, folder)

    async def run(self, session_id: str, owner: str, attempt: int, warm: WarmKernels | None = None) -> Session | None:
        """Run the session to its end and return it; None if it is not, or no longer, this attempt's.

        ``warm`` is where its kernel may be forked. Raises Unavailable where it cannot be acquired; after that
        every failure is the session's.
        """
        acquired = await self._attempts.acquire(session_id, owner, attempt)
        if acquired is None:
            return None
        self._begun()
        self._changed()
        run = self._run = await self._run_of(acquired, warm)
        if self._early is not None:
            run.stop(self._early)
        try:
            return await run.to_its_end()
        finally:
            self._run, self._early = None, None

    async def _run_of(self, acquired: AcquiredSession, warm: WarmKernels | None) -> AttemptRun | ApiCallRun:
        session = acquired.session
        if is_api_call(session.call) and (call := api_call_of(session.call, session.config)) is not None:
            # Not at the top: most runners call no API, and a server's start has no time to lose.
            from .api_call_run import ApiCallRun

            return ApiCallRun(self._attempts, self._settings, acquired, call, changed=self._changed)
        if warm is None and self._warm is not None:
            warm = await self._warm()
        return AttemptRun(
            self._attempts, self._workspaces, self._results, self._settings, acquired,
            warm=warm or WarmKernels(), api_url=self._api_url, changed=self._changed,
            durable_runs=self._durable_runs,
        )  # fmt: skip

    def stop(self, cause: StopCause) -> None:
        """Stop the run: its kernel is interrupted and, when that does not help, killed."""
        if self._run is None:
            self._early = cause
        else:
            self._run.stop(cause)
