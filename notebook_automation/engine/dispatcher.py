"""Keeps the supervisor of this server alive, and passes on what is to run and to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import asdict

from notebook_automation.adapters.child_processes import ChildProcess
from notebook_automation.adapters.lines import Line
from notebook_automation.settings import Settings

_log = logging.getLogger(__name__)
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60.0
"""A supervisor that lived this long died for another reason than the one before it."""
_END_SECONDS = 30.0


class Dispatcher:
    """Starts one supervisor and starts it again when it dies; ``changed`` is called when a child committed something.

    ``wake`` and ``cancel`` never wait, and may be called at any time: a supervisor that starts looks by itself, and a
    runner finds out by its lease that it is to stop.
    """

    def __init__(self, settings: Settings, *, api_url: str, changed: Callable[[], None]) -> None:
        self._settings = settings
        self._api_url = api_url
        self._changed = changed
        self._child: ChildProcess | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()

    async def start(self) -> None:
        """Start the supervisor, and keep it."""
        self._started.clear()
        self._task = asyncio.create_task(self._keep(), name="na-dispatcher")

    async def stop(self) -> None:
        """End the supervisor; its runners end their sessions first."""
        if self._task is not None:
            # Broken off in the middle of its start, a process would be nobody's.
            await self._started.wait()
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        child, self._child = self._child, None
        if child is not None:
            await child.close_and_wait(_END_SECONDS)

    def wake(self) -> None:
        """Say that sessions were queued."""
        self._tell({"wake": True})

    def cancel(self, session_id: str) -> None:
        """Say that a session is to stop."""
        self._tell({"cancel": session_id})

    @property
    def supervisor_pid(self) -> int | None:
        """The supervisor's process, None while there is none."""
        return None if self._child is None else self._child.process.pid

    def _tell(self, line: Line) -> None:
        if self._child is not None:
            self._child.tell(line)

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            begun = time.monotonic()
            why = await self._one_life()
            if time.monotonic() - begun > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            _log.error("%s It is started again in %.1f s.", why, pause)
            self._changed()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _one_life(self) -> str:
        """Start a supervisor and wait for its end; return why it is gone."""
        first = {"settings": asdict(self._settings), "api_url": self._api_url}
        self._started.clear()
        try:
            child = self._child = await ChildProcess.start("supervisor", first, self._heard)
        except OSError as error:
            return f"The supervisor could not be started: {error}."
        finally:
            self._started.set()
        code = await child.wait()
        self._child = None
        words = child.last_words()
        return f"The supervisor ended with code {code}." + (f" It said: {words}" if words else "")

    def _heard(self, line: Line) -> None:
        if line.get("changed"):
            self._changed()
