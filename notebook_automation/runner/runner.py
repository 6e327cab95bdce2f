"""Runs one attempt of a session: gate, snapshot, notebook, and the end with all that it made."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from notebook_automation.domain.errors import AutomationError, Unavailable
from notebook_automation.domain.sessions import CellError, Session
from notebook_automation.domain.times import rfc3339
from notebook_automation.execution.import_history import learn_imports
from notebook_automation.execution.kernel_record import kill_session_processes, stderr_tail
from notebook_automation.execution.workspaces import Workspaces, sessions_folder
from notebook_automation.ports import Blobs
from notebook_automation.services.attempts import Attempts, Ending, Held
from notebook_automation.settings import Settings

from .preparation import PreparedSession, masker_of, prepare_session, session_workspace
from .progress import LeaseKeeper, Teller

if TYPE_CHECKING:
    from notebook_automation.execution.executed_copy import RunResult
    from notebook_automation.execution.run import NotebookRun
    from notebook_automation.execution.session_kernel import SessionKernelManager
    from notebook_automation.forkserver import SharedServer

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5

Cause = Literal["cancelled", "timeout", "lost", "abandoned"]
"""Why a run is stopped from outside: somebody asked, its time is over, its lease is gone, its supervisor is gone."""


def warm_up() -> None:
    """Import all that a run needs, ahead of it: what a process does that waits for its session."""
    from notebook_automation.execution import called_notebook, executed_copy, parameters, session_kernel  # noqa: F401
    from notebook_automation.runner import results as keeping  # noqa: F401


class Runner:
    """Runs attempts, one at a time. ``begun`` is called when the gate is passed, ``changed`` after each commit.

    ``api_url`` is where the session's code finds this product's REST; empty where no server runs.
    """

    def __init__(
        self, attempts: Attempts, blobs: Blobs, settings: Settings, *, api_url: str = "",
        begun: Callable[[], None] = lambda: None, changed: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._blobs = blobs
        self._settings = settings
        self._api_url = api_url
        self._begun = begun
        self._changed = changed
        self._run: _Run | None = None
        self._early: Cause | None = None
        self.fork_servers: Sequence[SharedServer] = ()
        """Where its sessions' kernels are forked; empty: they start plain."""
        self.setup_reason = ""
        """Why none of them has run the set-up of the session's handler, where it was to be kept ready."""

    def get_ready(self) -> None:
        """Do ahead of the session what it will need: open the database. One that does not answer is asked later."""
        with contextlib.suppress(Unavailable):
            self._attempts.get_ready()

    def rehearse(self, folder: Path, blobs: Blobs) -> None:
        """Do once, below the empty ``folder`` and in a transaction taken back, what a session needs but a kernel.

        For a process that will be forked: what is built, compiled and read here is there in each runner. Afterwards
        nothing is open and no thread runs.
        """
        from .dry_run import dry_run

        dry_run(self._attempts, blobs, self._settings, folder)

    async def run(self, session_id: str, owner: str, attempt: int) -> Session | None:
        """Run the session to its end and return it; None if it is not, or no longer, this attempt's.

        Raises Unavailable where the gate cannot be asked; after the gate every failure is the session's.
        """
        held = await self._attempts.begin(session_id, owner, attempt)
        if held is None:
            return None
        self._begun()
        self._changed()
        run = self._run = _Run(self._attempts, self._blobs, self._settings, held, self._api_url, self._changed)
        run.fork_servers, run.setup_reason = self.fork_servers, self.setup_reason
        if self._early is not None:
            run.stop(self._early)
        try:
            return await run.to_its_end()
        finally:
            self._run, self._early = None, None

    def stop(self, cause: Cause) -> None:
        """Stop the run: its kernel is interrupted and, when that does not help, killed."""
        if self._run is None:
            self._early = cause
        else:
            self._run.stop(cause)


class _Run:
    """One attempt, from its gate to its end."""

    def __init__(
        self,
        attempts: Attempts,
        blobs: Blobs,
        settings: Settings,
        held: Held,
        api_url: str,
        changed: Callable[[], None],
    ) -> None:
        self._attempts = attempts
        self._blobs = blobs
        self._settings = settings
        self._held = held
        self._session = held.session
        self._limit = held.session.time_limit or settings.time_limit
        self._api_url = api_url
        self._changed = changed
        self._folder = sessions_folder(settings) / held.session.id
        self._teller = Teller(attempts, held, changed, lambda: self.stop("lost"))
        self.fork_servers: Sequence[SharedServer] = ()
        self.setup_reason = ""
        self._cause: Cause | None = None
        self._execution: NotebookRun | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._log_begun = False
        self._ready: PreparedSession | None = None
        self._starting: SessionKernelManager | None = None

    def stop(self, cause: Cause) -> None:
        """Stop for ``cause``. The first one counts, but a lost session is lost whatever was meant before."""
        if self._cause is None or cause == "lost":
            self._cause = cause
        if self._execution is not None and self._stopping is None:
            grace = self._settings.cancel_grace if cause in ("cancelled", "timeout") else 0.0
            self._stopping = asyncio.get_running_loop().create_task(self._execution.cancel(grace), name="na-stop")

    async def to_its_end(self) -> Session | None:
        """Run; return the ended session, None if it was lost."""
        loop = asyncio.get_running_loop()
        lease = LeaseKeeper(
            self._attempts,
            self._held,
            self._settings.lease,
            lost=lambda: self.stop("lost"),
            canceling=lambda: self.stop("cancelled"),
        )
        lease.start()
        clock = loop.call_later(self._limit, self.stop, "timeout")
        try:
            return await self._end(await self._ending())
        finally:
            clock.cancel()
            lease.stop()
            try:
                if self._execution is not None:
                    await self._execution.kernel_ended()
            finally:
                await asyncio.to_thread(self._clear)
                self._changed()

    async def _ending(self) -> Ending:
        try:
            project = self._attempts.folder(self._held)
            workspace = await asyncio.to_thread(
                session_workspace, self._held, project, Workspaces(self._blobs, self._settings)
            )
            if self._held.snapshot is None:
                self._teller.snapshot = workspace.snapshot
            ready = await asyncio.to_thread(
                prepare_session,
                self._held,
                workspace,
                self._settings,
                api_url=self._api_url,
                observer=self._teller.observer,
                fork_servers=self.fork_servers,
                starting=functools.partial(self._start_ahead, asyncio.get_running_loop()),
            )
            if self._cause is not None:
                return self._stopped()
            return await self._ended(ready, await self._execute(ready))
        except AutomationError as error:
            return self._failed(error.code, error.message)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong on this side, the session ends and says why
            _log.exception("%s failed in its runner.", self._session.id)
            return self._failed(type(error).__name__, f"The runner failed: {error}")
        finally:
            if self._starting is not None:
                await self._starting.give_up()

    def _start_ahead(
        self, loop: asyncio.AbstractEventLoop, manager: SessionKernelManager, launch: Mapping[str, Any]
    ) -> None:
        self._starting = manager
        manager.start_ahead(loop, **launch)

    async def _execute(self, ready: PreparedSession) -> RunResult:
        ready.manager.on_launch(lambda reasons: self._begin_log(ready, reasons))
        self._execution = ready.run
        self._ready = ready
        try:
            result = await ready.copy.run_and_save(await_end=False)
        finally:
            self._begin_log(ready, ["it could not be started"])
        if self._stopping is not None:
            await self._stopping
        return result

    def _begin_log(self, ready: PreparedSession, reasons: list[str]) -> None:
        """Tell of the start, once the kernel is launched and it is known how; ``reasons`` why it is not forked."""
        if self._log_begun:
            return
        self._log_begun = True
        observer = self._teller.observer
        how = {"warm": False, "reason": "; ".join(reasons)} if reasons else {"warm": True}
        how.update(self._set_up(ready))
        observer.plan(ready.run.nb, ready.kernel_name, f"{self._session.call} started.", how)
        for left_out in ready.workspace.left_out:
            observer.log("state", f"Not in this session's files: {left_out}")

    def _set_up(self, ready: PreparedSession) -> dict[str, Any]:
        """Leave out the cells that ran before the kernel was forked; say when, or why there are none."""
        ahead = ready.setup
        if ahead is not None and ready.manager.has_set_up:
            ready.run.replay(ahead.cells)
            return {"set_up": "ran ahead", "ran_at": rfc3339(ahead.ran_at)}
        if not self._session.config.get("trigger", {}).get("warm"):
            return {}
        other = "no warm processes were ready"
        if any(server.setup is not None for server in self.fork_servers):
            other = "the project's files or the parameters are not those that the set-up ran with"
        return {"set_up": "runs now", "set_up_reason": self.setup_reason or ready.manager.setup_reason or other}

    async def _ended(self, ready: PreparedSession, result: RunResult) -> Ending:
        if self._cause == "lost":
            return self._stopped()
        from .results import cell_error, keep_files, keep_notebook, result_of

        # Its kernel runs its exit functions meanwhile; they may still write files.
        found, _ = await asyncio.gather(
            asyncio.to_thread(keep_notebook, ready, result.notebook, self._blobs, report=self._session.report),
            ready.run.code_finished(),
        )
        await asyncio.to_thread(keep_files, found, ready, self._blobs, self._settings)
        for left_out in found.left_out:
            self._teller.observer.log("state", left_out)
        if result.status == "completed":
            ending = Ending(status="completed", result=result_of(result.notebook))
        elif self._cause is not None:
            ending = self._stopped()
        else:
            assert result.error is not None
            error = cell_error(result.error, result.notebook.cells)
            ending = Ending(status="failed", reason=self._sentence(error), error=error)
        ending.made = found.made
        return ending

    def _stopped(self) -> Ending:
        """Return the end of a run that was stopped from outside."""
        if self._cause == "timeout":
            return Ending(status="timeout", reason=f"It was stopped at its time limit of {self._limit:g} seconds.")
        if self._cause == "abandoned":
            return Ending(status="abandoned", reason="The server that ran it was stopped.")
        return Ending(status="cancelled")

    def _failed(self, ename: str, message: str) -> Ending:
        return Ending(status="failed", reason=message, error=CellError(ename=ename, evalue=message))

    def _sentence(self, error: CellError) -> str:
        """Return the failure in a line; where the kernel itself failed, with what its process said last."""
        text = f"{error.ename}: {error.evalue}"
        if error.ename in ("KernelDied", "KernelStartError", "DeadKernelError"):
            words = stderr_tail(self._folder)
            text = f"{error.evalue} {words}" if words else error.evalue
        # Also of what the process itself wrote.
        return masker_of(self._held).text(text)[:2000]

    async def _end(self, ending: Ending) -> Session | None:
        """Write the end; a database that does not answer is asked again as long as the session is ours."""
        ending.progress = await self._teller.rest()
        while self._cause != "lost":
            try:
                ended = await self._attempts.end(self._held, ending)
            except Unavailable as error:
                _log.warning("%s: its end could not be written: %s", self._session.id, error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if ended is not None:
                return ended
            break
        _log.warning("%s is no longer this runner's: it was stopped, nothing is written.", self._session.id)
        return None

    def _clear(self) -> None:
        if self._ready is not None and self._settings.use_fork_server:
            ready = self._ready
            learn_imports(
                self._settings,
                ready.run.nb,
                own=[ready.workspace.work, ready.cwd],
                kernel_name=ready.kernel_name,
                loaded=ready.manager.loaded,
            )
        kill_session_processes(self._folder, self._session.id)
        shutil.rmtree(self._folder, ignore_errors=True)
