"""Runners inside this process: for one that runs its sessions itself and then ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

from notebook_automation.adapters.lines import Line
from notebook_automation.adapters.process_lines import BEGUN, CHANGED
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import Session

_CANNOT_BEGIN = 4


class AttemptRunner(Protocol):
    """What runs an attempt: see `runner.runner.Runner`."""

    async def run(self, session_id: str, owner: str, attempt: int) -> object: ...
    def stop(self, cause: Literal["cancelled", "abandoned"]) -> None: ...


BuildRunner = Callable[[Callable[[], None], Callable[[], None]], AttemptRunner]
"""``build(begun, changed)`` returns a runner for one attempt."""


class InProcessRunner:
    """A runner that is sent the lines of a runner's process, and runs in this one."""

    def __init__(self, build: BuildRunner, received: Callable[[Line], None]) -> None:
        self._runner = build(lambda: received(BEGUN), lambda: received(CHANGED))
        self._task: asyncio.Task[int] | None = None
        self._assigned = asyncio.Event()
        self._said = ""

    def send(self, line: Line) -> None:
        """Take the assignment of a session, or the order to cancel it."""
        if "session" in line:
            self._task = asyncio.create_task(self._run(line), name=f"na-run-{line['session']}")
            self._assigned.set()
        elif line.get("cancel"):
            self._runner.stop("cancelled")

    def close(self) -> None:
        """End the session that runs; it is abandoned."""
        self._runner.stop("abandoned")

    def kill(self) -> None:
        """Break the run off."""
        if self._task is not None:
            self._task.cancel()

    async def wait(self) -> int:
        """Wait for the end of the run; return what a runner's process would exit with."""
        await self._assigned.wait()
        assert self._task is not None
        await asyncio.wait([self._task])
        return _CANNOT_BEGIN if self._task.cancelled() else self._task.result()

    def stderr_tail(self) -> str:
        """Return why the run could not begin."""
        return self._said

    async def _run(self, line: Line) -> int:
        try:
            await self._runner.run(line["session"], line["owner"], line["attempt"])
        except AutomationError as error:
            self._said = error.message
            return _CANNOT_BEGIN
        return 0


class InProcessRunners:
    """Hands out runners that live in this process; nothing is kept ready, and nothing is learned."""

    def __init__(self, build: BuildRunner) -> None:
        self._build = build

    def start(self) -> None:
        """Nothing is to be started ahead."""

    async def take(self, received: Callable[[Line], None], session: Session) -> InProcessRunner:
        """Return a runner that waits for the line that gives it ``session``."""
        return InProcessRunner(self._build, received)

    def refill(self) -> None:
        """Nothing is kept ready."""

    def session_ended(self, session: Session) -> None:
        """Nothing is learned."""

    async def stop(self) -> None:
        """Nothing is left."""
