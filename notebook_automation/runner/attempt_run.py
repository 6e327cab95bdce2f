"""One attempt, from when its session is acquired to the end: workspace, kernel, results."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.import_history import learn_imports
from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.execution.workspaces import Workspaces, sessions_folder
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.services.endings import Ending
from notebook_automation.settings import Settings

from .collecting import Collecting
from .end_writing import write_end
from .endings import KERNEL_ERRORS, StopCause, failed, sentence_of, stopped
from .going_on import GoesOn, GoingOn
from .lease import LeaseKeeper
from .memory_watch import MemoryWatch
from .phases import LeftBehind, Phases
from .preparation import PreparedSession, masker_of
from .preparing import Preparing
from .progress import ProgressReporter
from .warm_kernels import WarmKernels, set_up

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from notebook_automation.execution.executed_copy import RunResult
    from notebook_automation.execution.run import NotebookRun

    from .durable_run import DurableRun, DurableRuns
    from .results import Collected, ResultCollector

_log = logging.getLogger(__name__)
_COLLECT_SECONDS = 20.0
"""Time that results may take to be collected once the session is to stop."""


class AttemptRun:
    """The run of an acquired session. ``changed`` is called after each commit.

    ``api_url`` is where the session's code finds this product's REST; empty where no server runs.
    """

    def __init__(
        self, attempts: Attempts, workspaces: Workspaces, results: ResultCollector, settings: Settings,
        acquired: AcquiredSession, *, warm: WarmKernels, api_url: str, changed: Callable[[], None],
        durable_runs: DurableRuns | None,
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._settings = settings
        self._acquired = acquired
        self._warm = warm
        self._changed = changed
        self._session = acquired.session
        self._limit = acquired.session.time_limit or settings.time_limit
        self._left = max(0.0, self._limit - acquired.session.ran_before)
        self._folder = sessions_folder(settings) / acquired.session.id
        self._reporter = ProgressReporter(attempts, acquired, changed, lambda: self.stop("lost"))
        self._durable: DurableRun | None = None
        if durable_runs is not None and acquired.session.is_durable:
            self._durable = durable_runs.of(
                acquired, masker_of(acquired), log=lambda text: self._reporter.observer.log("state", text),
                lost=lambda: self.stop("lost"), committed=changed, steps=self._reporter.observer.steps,
            )  # fmt: skip
            self._reporter.collect_by(self._durable.collect_steps)
        self._cause: StopCause | None = None
        self._run: NotebookRun | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._start_logged = False
        self._prepared: PreparedSession | None = None
        self._phases = Phases(_COLLECT_SECONDS)
        self._preparing = Preparing(
            attempts, workspaces, settings, acquired, phases=self._phases, reporter=self._reporter,
            durable=self._durable, warm=warm, api_url=api_url,
        )  # fmt: skip
        self._going_on = GoingOn(acquired, self._durable, self._phases, self._reporter, lambda: self._cause)
        self._collecting = Collecting(results, acquired.session, self._phases, lambda: self._cause)

    def stop(self, cause: StopCause, error: Exception | None = None) -> None:
        """Stop for ``cause``. The first one counts, but a lost session is lost whatever was meant before.

        ``error`` is what the run ends with.
        """
        if self._cause is None or cause == "lost":
            self._cause = cause
        self._phases.stop()
        if self._run is not None and self._stopping is None:
            grace = self._settings.cancel_grace if cause in ("cancelled", "timeout") else 0.0
            self._stopping = asyncio.get_running_loop().create_task(self._run.cancel(grace, error), name="na-stop")

    async def to_its_end(self) -> Session | None:
        """Run; return the ended session, None if it was lost."""
        loop = asyncio.get_running_loop()
        lease = LeaseKeeper(
            self._attempts,
            self._acquired,
            self._settings.lease,
            lost=lambda: self.stop("lost"),
            canceling=lambda: self.stop("cancelled"),
        )
        lease.start()
        clock = loop.call_later(self._left, self.stop, "timeout")
        try:
            return await self._end(await self._ending())
        except GoesOn as later:
            return later.session
        finally:
            clock.cancel()
            lease.stop()
            if self._durable is not None:
                self._durable.stop()
            try:
                if self._run is not None:
                    await self._run.kernel_ended()
            finally:
                await asyncio.to_thread(self._clear)
                self._changed()

    async def _ending(self) -> Ending:
        """Prepare and run the notebook; return how that ended."""
        try:
            prepared = await self._preparing.first()
            if self._cause is not None:
                await self._going_on.after_stop()
                return stopped(self._cause, self._limit)
            return await self._collect(*await self._execute(prepared))
        except LeftBehind:
            await self._going_on.after_stop()
            return stopped(self._cause, self._limit)
        except GoesOn:
            raise
        except AutomationError as error:
            return replace(failed(error.code, error.message), files=await self._collecting.so_far(self._prepared))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong on this side, the session ends and says why
            _log.exception("%s failed in its runner.", self._session.id)
            ending = failed(type(error).__name__, f"The runner failed: {error}")
            return replace(ending, files=await self._collecting.so_far(self._prepared))
        finally:
            await self._preparing.close()

    async def _execute(self, prepared: PreparedSession) -> tuple[PreparedSession, RunResult]:
        """Run what is prepared; on a plain kernel if a warm one is lost before it was given anything to run."""
        result = await self._run_once(prepared)
        if self._cause is not None or prepared.run.has_sent or not prepared.manager.is_forked:
            return prepared, result
        if result.error is None or result.error.ename not in KERNEL_ERRORS:
            return prepared, result
        await prepared.run.kernel_ended()
        lost = f"Its warm kernel was lost before it ran anything ({result.error.evalue}): it starts on a plain one."
        self._reporter.observer.log("state", lost)
        again = await self._preparing.again(prepared)
        if self._cause is not None:
            return prepared, result
        self._start_logged = False
        return again, await self._run_once(again)

    async def _run_once(self, prepared: PreparedSession) -> RunResult:
        prepared.manager.on_launch(lambda reasons: self._log_start(prepared, reasons))
        self._run = prepared.run
        self._prepared = prepared
        watch = None if self._durable is None else self._durable.parking(prepared, self._reporter, self._be_parked)
        memory = MemoryWatch(self._session, prepared.manager, self._folder, lambda error: self.stop("memory", error))
        try:
            memory.start()
            if watch is not None:
                watch.start()
            result = await prepared.copy.run_and_save(await_end=False)
        finally:
            await memory.stop()
            if watch is not None:
                await watch.stop()
            self._log_start(prepared, ["it could not be started"])
        if self._stopping is not None:
            await self._stopping
        return result

    async def _be_parked(self, session: Session) -> None:
        """The session waits without a process: end this one."""
        if self._run is not None:
            await self._run.cancel(0.0)

    def _log_start(self, prepared: PreparedSession, reasons: list[str]) -> None:
        """Log the start, once the kernel is launched and it is known how; ``reasons`` why it is not forked."""
        if self._start_logged:
            return
        self._start_logged = True
        observer = self._reporter.observer
        how = {"warm": False, "reason": "; ".join(reasons)} if reasons else {"warm": True}
        how.update(set_up(prepared, self._session, self._warm))
        before = None if self._durable is None else self._durable.cells_before()
        text = f"{self._session.call} started." if before is None else f"{self._session.call} goes on."
        observer.plan(prepared.run.nb, prepared.kernel_name, text, how, before)
        for left_out in prepared.workspace.left_out:
            observer.log("state", f"Not in this session's files: {left_out}")

    async def _collect(self, prepared: PreparedSession, result: RunResult) -> Ending:
        """Collect the results; return the end with them."""
        self._going_on.if_parked()
        if self._cause == "lost":
            return stopped(self._cause, self._limit)
        await self._going_on.if_cut_off(result)
        from .results import cell_error, result_of

        collected = await self._collected_and_saved(prepared, result.notebook)
        for left_out in collected.left_out:
            self._reporter.observer.log("state", left_out)
        if self._cause not in (None, "memory"):
            return replace(stopped(self._cause, self._limit), files=list(collected.files))
        if result.status == "completed":
            return Ending(status="completed", result=result_of(result.notebook), files=collected.files)
        assert result.error is not None
        error = cell_error(result.error, result.notebook.cells)
        return Ending(
            status="failed",
            reason=sentence_of(error, self._folder, masker_of(self._acquired)),
            error=error,
            files=collected.files,
        )

    async def _collected_and_saved(self, prepared: PreparedSession, nb: NotebookNode) -> Collected:
        """Collect what the session leaves while what its last cells have left is still being saved."""
        if self._durable is None:
            return await self._collecting.all(prepared, nb)
        saving = asyncio.get_running_loop().create_task(self._durable.finish(), name="na-last-saves")
        try:
            collected = await self._collecting.all(prepared, nb)
        finally:
            await saving
        await self._going_on.after_stop()
        return collected

    async def _end(self, ending: Ending) -> Session | None:
        """Write the end; a database that does not answer is asked again as long as the session is ours."""
        ended = await write_end(
            self._attempts, self._acquired, ending, await self._reporter.close(), lambda: self._cause == "lost"
        )
        if ended is None and self._session.is_durable:
            # It goes on elsewhere: whatever has its name now is not this attempt's.
            self._cause = "lost"
        return ended

    def _clear(self) -> None:
        if self._prepared is not None and self._settings.use_fork_server:
            prepared = self._prepared
            learn_imports(
                self._settings,
                prepared.run.nb,
                own=[prepared.workspace.work, prepared.cwd],
                kernel_name=prepared.kernel_name,
                loaded=prepared.manager.loaded,
            )
        if self._durable is not None and self._durable.letting_go.session is not None:
            self._durable.letting_go.clear()
            return
        if self._cause != "lost" or not self._session.is_durable:
            # The kernel has ended. What it has started is ended by whoever takes a durable session away, before he
            # lets it go on: from then on this would end another attempt's.
            kill_session_processes(self._folder, self._session.id)
        if self._cause != "lost":
            # Whoever has the session now may still read it.
            remove_folder(self._folder)
