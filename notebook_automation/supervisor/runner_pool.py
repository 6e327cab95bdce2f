"""Hands out runner processes, and keeps some ready ahead of sessions."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from notebook_automation.adapters.child_processes import ChildProcess
from notebook_automation.adapters.lines import Line
from notebook_automation.domain.sessions import Session
from notebook_automation.forkserver import ForkServerGone
from notebook_automation.settings import Settings

from .piped_process import PipedProcess, close_all
from .warm_handlers import WarmHandlers
from .warm_processes import WarmProcesses
from .warm_report import WarmReport

_log = logging.getLogger(__name__)
_END_SECONDS = 10.0


class RunnerPool:
    """Hands out runners: forked from a warm process, else a spare one that has imported everything, else a new one.

    ``settings.warm_runners`` are kept ready, and given back after ``settings.warm_idle`` seconds without use. Only
    forked ones are given the kernels' fork servers.
    """

    def __init__(self, settings: Settings, api_url: str, handlers: WarmHandlers) -> None:
        self._settings = settings
        self._handlers = handlers
        self._first: Mapping[str, Any] = {"settings": asdict(settings), "api_url": api_url}
        self._spares: deque[ChildProcess] = deque()
        self._idle: asyncio.TimerHandle | None = None
        self._filling: asyncio.Task[None] | None = None
        self._closed = False
        self._report = WarmReport(Path(settings.data_dir))
        self._warm = WarmProcesses(settings, api_url, self._report)

    def start(self) -> None:
        """Start what is kept warm; call it once, ahead of the first session."""
        self._warm.start()
        if self._warm.enabled:
            self._handlers.start(self._report)
        self.refill()

    async def take(self, received: Callable[[Line], None], session: Session) -> ChildProcess:
        """Return a runner that waits for the line that gives it ``session``; its own lines go to ``received``.

        Raises OSError where no process can be started.
        """
        forked = await self._forked(received, session)
        if forked is not None:
            return forked
        while self._spares:
            spare = self._spares.popleft()
            if spare.process.returncode is None:
                spare.receive_with(received)
                return spare
            _log.warning("A spare runner ended with code %s: %s", spare.process.returncode, spare.stderr_tail())
        return await ChildProcess.start("runner", dict(self._first), received)

    def session_ended(self, session: Session) -> None:
        """Learn from a session, and have runners ready for the next ones."""
        self._warm.session_ended()
        self._handlers.session_ended(session)
        self.refill()

    def refill(self) -> None:
        """Start spare runners until there are enough; call it when a session has begun or ended."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._settings.warm_idle, self._give_back)
        if self._warm.runners_are_coming():
            self._give_back()
        elif not self._closed and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._fill(), name="na-spares")

    async def stop(self) -> None:
        """End the spare runners and all that is kept warm."""
        self._closed = True
        if self._idle is not None:
            self._idle.cancel()
        if self._filling is not None:
            await asyncio.wait([self._filling])
        spares, self._spares = list(self._spares), deque()
        await self._handlers.close()
        await asyncio.gather(*(spare.close_and_wait(_END_SECONDS) for spare in spares), self._warm.close())

    async def _forked(self, received: Callable[[Line], None], session: Session) -> ChildProcess | None:
        """Return a runner forked from a warm one; None where there is none."""
        server = await self._warm.runners()
        if server is None:
            return None
        await self._warm.first_kernels()
        kernels, descriptors = self._warm.kernels()
        offer, reason = self._handlers.offer(session)
        if offer is not None:
            kernels, descriptors = [offer.described, *kernels], [offer.descriptor, *descriptors]
        request = {"kernels": kernels, "set_up_reason": reason}
        try:
            process = await PipedProcess.start(
                server, request, hint=self._first, cwd=self._settings.data_dir, descriptors=descriptors
            )
        except (ForkServerGone, OSError) as error:
            _log.warning("No runner could be forked, another process is started: %s", error)
            return None
        finally:
            close_all(descriptors)
        return ChildProcess(process, received)

    async def _fill(self) -> None:
        try:
            while len(self._spares) < self._settings.warm_runners and not self._closed:
                self._spares.append(await ChildProcess.start("runner", dict(self._first), lambda line: None))
        except OSError as error:
            _log.warning("No spare runner could be started: %s", error)

    def _give_back(self) -> None:
        while self._spares:
            self._spares.popleft().close()
