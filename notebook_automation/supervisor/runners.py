"""What a supervisor asks of whoever hands out runners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from notebook_automation.adapters.lines import Line
from notebook_automation.domain.sessions import Session


class RunnerHandle(Protocol):
    """A runner: a process (`adapters.child_processes.ChildProcess`), or a task of this one.

    Its lines are described in `adapters.process_lines`.
    """

    def send(self, line: Line) -> None:
        """Send it a line; one that has ended takes no notice."""

    def close(self) -> None:
        """Let it end its session and itself."""

    def kill(self) -> None:
        """End it at once."""

    async def wait(self) -> int:
        """Wait for its end; return its exit code."""

    def stderr_tail(self) -> str:
        """Return the end of what it said of itself."""


class Runners(Protocol):
    """Hands out runners."""

    def start(self) -> None:
        """Begin to make them ready; called once, ahead of the first session."""

    async def take(self, received: Callable[[Line], None], session: Session) -> RunnerHandle:
        """Return one that waits for the line that gives it ``session``; its own lines go to ``received``.

        Raises OSError where none can be started.
        """

    def refill(self) -> None:
        """A session has begun or ended: make others ready."""

    def session_ended(self, session: Session) -> None:
        """A session has ended: learn from it."""

    async def stop(self) -> None:
        """End all that is kept ready."""
