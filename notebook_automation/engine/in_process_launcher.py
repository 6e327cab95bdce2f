"""Launches attempts inside this process: for one that ends when its sessions have ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from notebook_automation.domain.attempts import AttemptNews


class Work(Protocol):
    """What claims sessions and runs them: see `supervisor.supervisor.Supervisor`."""

    def wake(self) -> None: ...
    def cancel(self, session_id: str) -> None: ...
    def close(self) -> None: ...
    async def work(self) -> None: ...


Notify = Callable[[Sequence[AttemptNews]], None]


class InProcessLauncher:
    """The `ports.Launcher` of a process that runs its sessions itself; ``build`` returns what claims them."""

    def __init__(self, build: Callable[[Notify], Work]) -> None:
        self._build = build
        self._work: Work | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, notify: Notify) -> None:
        """See `ports.Launcher`."""
        self._work = self._build(notify)
        self._task = asyncio.create_task(self._work.work(), name="na-launcher")

    async def stop(self) -> None:
        """See `ports.Launcher`."""
        if self._work is not None and self._task is not None:
            self._work.close()
            await self._task
            self._work = self._task = None

    def launch(self, session_ids: Sequence[str]) -> None:
        """See `ports.Launcher`: it finds by itself which sessions wait."""
        if self._work is not None:
            self._work.wake()

    def cancel(self, session_id: str) -> None:
        """See `ports.Launcher`."""
        if self._work is not None:
            self._work.cancel(session_id)
