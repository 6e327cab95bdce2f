"""What comes before an attempt's run: its files, its notebook, and a kernel that is started ahead."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from notebook_automation.execution.workspaces import Workspace, Workspaces, sessions_folder
from notebook_automation.services.attempts import AcquiredSession, Attempts
from notebook_automation.settings import Settings

from .phases import LeftBehind, Phases
from .preparation import PreparedSession, file_saved_at, prepare_session, session_workspace
from .progress import ProgressReporter
from .warm_kernels import WarmKernels

if TYPE_CHECKING:
    from notebook_automation.execution.session_kernel import SessionKernelManager
    from notebook_automation.forkserver import SharedServer

    from .durable_run import DurableRun


class Preparing:
    """Prepares the attempt at ``acquired`` in ``phases``. ``api_url`` as for `AttemptRun`."""

    def __init__(
        self, attempts: Attempts, workspaces: Workspaces, settings: Settings, acquired: AcquiredSession, *,
        phases: Phases, reporter: ProgressReporter, durable: DurableRun | None, warm: WarmKernels, api_url: str,
    ) -> None:  # fmt: skip
        self._attempts = attempts
        self._workspaces = workspaces
        self._settings = settings
        self._acquired = acquired
        self._phases = phases
        self._reporter = reporter
        self._durable = durable
        self._warm = warm
        self._api_url = api_url
        self._starting: SessionKernelManager | None = None
        self._over = False

    async def first(self) -> PreparedSession:
        """Return what is to run. Raises LeftBehind, and what goes wrong with its files or its notebook."""
        project = self._attempts.folder(self._acquired)
        saved_at = file_saved_at(self._acquired, project)
        if self._durable is not None:
            folder = sessions_folder(self._settings) / self._acquired.session.id
            await self._durable.load()
            await self._phases.run(functools.partial(self._durable.clear, folder), grace=False)
        workspace = await self._phases.run(
            functools.partial(session_workspace, self._acquired, project, self._workspaces), grace=False
        )
        if self._acquired.snapshot is None:
            self._reporter.add_snapshot(workspace.snapshot, saved_at)
        if self._durable is not None:
            # Before any checkpoint: it goes on with the files that it began with.
            await self._reporter.report_now()
            await self._phases.run(functools.partial(self._durable.prepare, workspace), grace=False)
            await self._durable.prepare_steps()
        return await self._in(workspace, self._warm.servers)

    async def again(self, prepared: PreparedSession) -> PreparedSession:
        """Return the same to run on a plain kernel, where the warm one is lost. Raises as `first`."""
        return await self._in(prepared.workspace, ())

    async def close(self) -> None:
        """Give up a kernel that was started ahead and is not used; none is started from now on."""
        self._over = True
        if self._starting is not None:
            await self._starting.give_up()

    async def _in(self, workspace: Workspace, servers: Sequence[SharedServer]) -> PreparedSession:
        prepare = functools.partial(
            prepare_session,
            self._acquired,
            workspace,
            self._settings,
            api_url=self._api_url,
            observer=self._reporter.observer,
            fork_servers=servers,
            starting=functools.partial(self._start_ahead, asyncio.get_running_loop()),
            checkpointing=None if self._durable is None else self._durable.keeper_of,
        )
        return await self._phases.run(prepare, grace=False)

    def _start_ahead(
        self, loop: asyncio.AbstractEventLoop, manager: SessionKernelManager, launch: Mapping[str, Any]
    ) -> None:
        if self._over:
            # This thread was left behind.
            raise LeftBehind
        self._starting = manager
        manager.start_ahead(loop, **launch)
