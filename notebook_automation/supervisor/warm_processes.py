"""The warm processes of one supervisor: fork servers of runners and of kernels, started ahead and given back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from dataclasses import asdict
from typing import Any

from notebook_automation.execution.import_history import import_history
from notebook_automation.forkserver import ForkOptions, ForkServer, ForkServerGone, Pool, Recipe, why_not_here
from notebook_automation.settings import Settings

from .warm_kernels import RUNNER_SHARE, KernelKind, wanted_kernels
from .warm_report import WarmReport

_log = logging.getLogger(__name__)
RUNNER_LINGER_SECONDS = 20.0
"""Time that a runner gets to end its session when its supervisor has gone."""
COMING_SECONDS = 10.0
"""How long a session waits for the runners' fork server that is being started, before it takes a plain process."""
REFRESH_SECONDS = 1.0
"""Pause after a session before what it has taught is imported, so that it does not compete with a burst."""
REFRESH_AT_LAST_SECONDS = 5.0
"""Sessions that keep coming put the import off no longer than this."""
_PACKAGE = "notebook_automation"


class WarmProcesses:
    """Fork servers for what ``settings`` asks for; none where forking is unsafe, and `runners` is None then.

    What is not ready yet is not used yet; only the runners' fork server is worth a wait.
    """

    def __init__(self, settings: Settings, api_url: str, report: WarmReport) -> None:
        self._settings = settings
        self._report = report
        self._history = import_history(settings)
        self._pool = Pool()
        self._kinds: dict[str, KernelKind] = {}
        self._hint = {"settings": asdict(settings), "api_url": api_url}
        self._refreshing: asyncio.Task[None] | None = None
        self._due: asyncio.TimerHandle | None = None
        self._at_last = 0.0
        self._learned = 0
        self._reasons = [] if settings.use_fork_server else ["the setting use_fork_server is off"]
        self._reasons += why_not_here()
        if settings.warm_memory <= 0:
            self._reasons.append("the setting warm_memory is 0")
        self._closed = False

    @property
    def enabled(self) -> bool:
        return not self._reasons and not self._closed

    def start(self) -> None:
        """Start what is not there; it returns at once."""
        self._refresh()

    async def runners(self) -> ForkServer | None:
        """Return the fork server of runners, or None if there can be none.

        One that is still being started is waited for: a plain process would import the same, beside it and later.
        """
        if not self.enabled or self._settings.warm_runners <= 0:
            return None
        server = self._pool.get(self._runner_recipe(), os.environ, self._hint)
        if server is not None and not server.is_ready:
            with contextlib.suppress(ForkServerGone, TimeoutError):
                await server.ready(COMING_SECONDS)
        return server if server is not None and server.is_ready else None

    def runners_are_coming(self) -> bool:
        """Whether the fork server of runners is there, or will be in a moment."""
        if not self.enabled or self._settings.warm_runners <= 0:
            return False
        return self._pool.get(self._runner_recipe(), os.environ, self._hint) is not None

    def kernels(self) -> tuple[list[dict[str, Any]], list[int]]:
        """Return the descriptions of the ready fork servers of kernels, and a new descriptor of each."""
        from notebook_automation.forkserver import SharedServer

        descriptors: list[int] = []
        described: list[dict[str, Any]] = []
        for kind in self._kinds.values() if self.enabled else ():
            server = kind.ready_server(self._pool)
            if server is None:
                continue
            with contextlib.suppress(ForkServerGone, OSError):
                descriptors.append(server.control())
                described.append(SharedServer.to_json(kind.env, server))
        return described, descriptors

    async def first_kernels(self) -> None:
        """Wait until kernels can be forked, where that is only a matter of the imports that every kernel has.

        A plain kernel would import the same, beside its fork server and later.
        """
        if self._refreshing is not None:
            await asyncio.wait([self._refreshing], timeout=COMING_SECONDS)
        kind = next(iter(self._kinds.values()), None)
        if self.enabled and kind is not None and not kind.recipe.preload:
            await kind.ready(self._pool, COMING_SECONDS)

    def session_ended(self) -> None:
        """Learn what the session imported, when nothing more has come for a moment."""
        if not self.enabled:
            return
        loop = asyncio.get_running_loop()
        if self._due is None:
            self._at_last = loop.time() + REFRESH_AT_LAST_SECONDS
        else:
            self._due.cancel()
        self._due = loop.call_at(min(loop.time() + REFRESH_SECONDS, self._at_last), self._refresh)

    async def close(self) -> None:
        """End every fork server and what is forked from it."""
        self._closed = True
        if self._due is not None:
            self._due.cancel()
        if self._refreshing is not None:
            await asyncio.wait([self._refreshing])
        await asyncio.to_thread(self._pool.close)

    # inside -------------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        self._due = None
        if not self.enabled:
            return
        if self._refreshing is not None and not self._refreshing.done():
            # It may have read before what the last session has taught.
            self._due = asyncio.get_running_loop().call_later(REFRESH_SECONDS, self._refresh)
        else:
            self._refreshing = asyncio.create_task(self._refreshed(), name="na-warm")

    async def _refreshed(self) -> None:
        try:
            await self._look()
        except Exception:  # noqa: BLE001 - sessions run without warm processes too
            _log.exception("What is to be kept warm could not be found out")

    async def _look(self) -> None:
        """Find out which kernels to keep warm, with which imports, and have that begun, beside the runners."""
        self.runners_are_coming()
        changed = self._changed()
        if changed != self._learned or not self._kinds:
            self._learned = changed
            for kind in await asyncio.to_thread(wanted_kernels, self._settings, self._history):
                self._kinds.setdefault(kind.name, kind).improve(kind.recipe)
        if self._closed:
            return
        for kind in self._kinds.values():
            kind.ready_server(self._pool)
        await asyncio.to_thread(lambda: self._report.update("kernels", [*self._reasons, *self._pool.troubles()]))

    def _changed(self) -> int:
        try:
            return self._history.path.stat().st_mtime_ns
        except OSError:
            return 0

    def _runner_recipe(self) -> Recipe:
        module = f"{_PACKAGE}.forked_runner"
        memory = int(self._settings.warm_memory * RUNNER_SHARE)
        return Recipe(
            python=(sys.executable, "-P"),
            entry=f"{module}:main",
            prepare=f"{module}:prepare",
            before_forks=f"{module}:before_forks",
            core=(f"{_PACKAGE}.execution.light_papermill", f"{_PACKAGE}.runner.process", module, *RUNNER_IMPORTS),
            options=ForkOptions(
                spares=self._settings.warm_runners,
                memory_limit=memory,
                idle_seconds=self._settings.warm_idle,
                linger_seconds=RUNNER_LINGER_SECONDS,
            ),
        )


RUNNER_IMPORTS = (
    "notebook_automation.runner.results",
    "notebook_automation.runner.dry_run",
    "notebook_automation.execution.called_notebook",
    "notebook_automation.execution.executed_copy",
    "notebook_automation.execution.parameters",
    "notebook_automation.execution.session_kernel",
    "sqlalchemy.dialects.sqlite",
    "concurrent.futures.thread",
    "jupyter_client.kernelspec",
)
"""What a runner would import at its first session."""
