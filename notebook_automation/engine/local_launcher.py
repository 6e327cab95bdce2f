"""Launches attempts on this machine: keeps a supervisor process alive, which claims sessions and starts runners."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from notebook_automation.adapters.child_processes import ChildProcess
from notebook_automation.adapters.lines import Line
from notebook_automation.adapters.process_lines import WAKE, cancel_line, news_of
from notebook_automation.domain.attempts import LAST_STEPS, AttemptNews
from notebook_automation.settings import Settings

_log = logging.getLogger(__name__)
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60.0
"""A supervisor that lived this long died for another reason than the one before it."""
_END_SECONDS = 30.0


class LocalLauncher:
    """The `ports.Launcher` of this machine. A supervisor that dies is started again, after growing pauses.

    A supervisor that starts looks for sessions by itself, and so it does every ``settings.supervisor_poll`` seconds:
    a call of `launch` or `cancel` while there is none need not be kept.
    """

    def __init__(self, settings: Settings, *, api_url: str) -> None:
        self._settings = settings
        self._api_url = api_url
        self._notify: Callable[[Sequence[AttemptNews]], None] = lambda news: None
        self._child: ChildProcess | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._unended: set[tuple[str, int]] = set()
        """Session and attempt of those whose last step has not come."""

    async def start(self, notify: Callable[[Sequence[AttemptNews]], None]) -> None:
        """See `ports.Launcher`; returns at once, the supervisor is started meanwhile."""
        self._notify = notify
        self._started.clear()
        self._task = asyncio.create_task(self._keep_alive(), name="na-launcher")

    async def stop(self) -> None:
        """See `ports.Launcher`."""
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
        if self._unended:
            self._notify(self._lose_all("Its supervisor was stopped."))

    def launch(self, session_ids: Sequence[str]) -> None:
        """See `ports.Launcher`: the supervisor looks for itself which sessions wait."""
        self._send(WAKE)

    def cancel(self, session_id: str) -> None:
        """See `ports.Launcher`."""
        self._send(cancel_line(session_id))

    @property
    def supervisor_pid(self) -> int | None:
        """The supervisor's process, None while there is none."""
        return None if self._child is None else self._child.process.pid

    def _send(self, line: Line) -> None:
        if self._child is not None:
            self._child.send(line)

    async def _keep_alive(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            begun = time.monotonic()
            try:
                reason = await self._one_life()
            except Exception as error:  # noqa: BLE001 - without a supervisor nothing would ever run again
                _log.exception("What a supervisor said could not be taken up")
                reason = f"The supervisor was given up: {error}."
            if time.monotonic() - begun > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            _log.error("%s It is started again in %.1f s.", reason, pause)
            self._notify(self._lose_all(reason))
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _one_life(self) -> str:
        """Start a supervisor and wait for its end; return why it is gone."""
        first = {"settings": asdict(self._settings), "api_url": self._api_url}
        self._started.clear()
        try:
            child = self._child = await ChildProcess.start("supervisor", first, self._received)
        except OSError as error:
            return f"The supervisor could not be started: {error}."
        finally:
            self._started.set()
        code = await child.wait()
        self._child = None
        tail = child.stderr_tail()
        return f"The supervisor ended with code {code}." + (f" It said: {tail}" if tail else "")

    def _received(self, line: Line) -> None:
        if not line.get("changed"):
            return
        news = news_of(line)
        for one in news:
            if one.step in LAST_STEPS:
                self._unended.discard((one.session_id, one.attempt))
            else:
                self._unended.add((one.session_id, one.attempt))
        self._notify(news)

    def _lose_all(self, reason: str) -> list[AttemptNews]:
        lost, self._unended = sorted(self._unended), set()
        return [
            AttemptNews(session_id=session_id, attempt=attempt, step="lost", reason=reason)
            for session_id, attempt in lost
        ]
