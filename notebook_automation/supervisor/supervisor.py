"""Claims sessions and gives each to a runner process; the only claimer of its database's sessions on SQLite."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notebook_automation.adapters.child_processes import ChildProcess
from notebook_automation.adapters.lines import Line, Lines, OwnStreams, parsed
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.services.attempts import Attempts
from notebook_automation.settings import Settings

from .runner_pool import RunnerStarter, process_name

_log = logging.getLogger(__name__)
_RUNNER_END_SECONDS = 20.0
"""Time that runners get to end their sessions when the supervisor ends."""


@dataclass(slots=True)
class _Running:
    session: Session
    owner: str
    begun: bool = False
    runner: ChildProcess | None = None
    canceling: bool = False


class Supervisor:
    """Keeps up to ``settings.max_sessions`` runners busy. ``changed`` is called when something was committed."""

    def __init__(
        self, attempts: Attempts, settings: Settings, starter: RunnerStarter, changed: Callable[[], None]
    ) -> None:
        self._attempts = attempts
        self._settings = settings
        self._starter = starter
        self._changed = changed
        self._running: dict[str, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._tries: dict[str, int] = {}
        self._woken = asyncio.Event()
        self._told = False
        self._closing = False
        self._claims = 0

    def wake(self) -> None:
        """Look for sessions now: some were queued."""
        self._told = True
        self._woken.set()

    def cancel(self, session_id: str) -> None:
        """Tell a session's runner to stop it; nothing happens where it runs none."""
        running = self._running.get(session_id)
        if running is not None:
            running.canceling = True
            if running.runner is not None:
                running.runner.tell({"cancel": True})

    def close(self) -> None:
        """Claim no more; `work` then ends the runners, which end their sessions, and returns."""
        self._closing = True
        self._woken.set()

    async def work(self) -> None:
        """Claim and run sessions until `close`."""
        self._starter.begin()
        self._told = True
        while not self._closing:
            await self._claim()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.supervisor_poll):
                    await self._woken.wait()
            self._woken.clear()
        for running in self._running.values():
            if running.runner is not None:
                running.runner.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_RUNNER_END_SECONDS)
            for running in self._running.values():
                if running.runner is not None:
                    running.runner.kill()
            if late:
                await asyncio.wait(late, timeout=_RUNNER_END_SECONDS)
        await self._starter.stop()

    async def _claim(self) -> None:
        free = self._settings.max_sessions - len(self._running)
        if free <= 0:
            return
        told, self._told = self._told, False
        try:
            # A look that nobody asked for only reads, so that an idle supervisor never takes the database's lock.
            if not told and not await self._attempts.waiting():
                return
            self._claims += 1
            owner = f"{process_name()}:{self._claims}"
            claimed = await self._attempts.claim(owner, free)
        except Unavailable as error:
            _log.warning("No session could be claimed: %s", error)
            self._told = told
            return
        for session in claimed:
            running = self._running[session.id] = _Running(session, owner)
            task = asyncio.create_task(self._run(running), name=f"na-{session.id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if claimed:
            self._changed()
            self._told = len(claimed) == free

    async def _run(self, running: _Running) -> None:
        session = running.session
        reason = ""
        try:
            reason = await self._with_runner(running)
        except OSError as error:
            reason = f"No runner could be started: {error}."
        finally:
            del self._running[session.id]
        await asyncio.to_thread(
            kill_session_processes, Path(self._settings.data_dir) / "sessions" / session.id, session.id
        )
        if not running.begun:
            await self._not_begun(running, reason)
        else:
            self._tries.pop(session.id, None)
        self._changed()
        self.wake()
        self._starter.used(session)

    async def _with_runner(self, running: _Running) -> str:
        """Let a runner run the session; return why it ended, for the case that it never began."""
        session = running.session
        begun = asyncio.Event()

        def heard(line: Line) -> None:
            if line.get("begun"):
                running.begun = True
                begun.set()
            if line.get("changed"):
                self._changed()

        runner = running.runner = await self._starter.get(heard, session)
        runner.tell({"session": session.id, "owner": running.owner, "attempt": session.attempt})
        if running.canceling:
            runner.tell({"cancel": True})
        if self._closing:
            runner.close()
        ended = asyncio.create_task(runner.wait())
        try:
            waiting = asyncio.create_task(begun.wait())
            await asyncio.wait(
                {ended, waiting}, timeout=self._settings.runner_start, return_when=asyncio.FIRST_COMPLETED
            )
            waiting.cancel()
            if not running.begun and not ended.done():
                runner.kill()
                await ended
                return f"Its runner did not begin within {self._settings.runner_start:g} seconds."
            self._starter.refill()
            code = await ended
        finally:
            ended.cancel()
        words = runner.last_words()
        return f"Its runner ended with code {code} before it began." + (f" It said: {words}" if words else "")

    async def _not_begun(self, running: _Running, reason: str) -> None:
        """Queue the session again, or end it when it was tried often enough. It may be somebody else's by now."""
        session = running.session
        tries = self._tries[session.id] = self._tries.get(session.id, 0) + 1
        _log.warning("%s did not begin (try %d of %d): %s", session.id, tries, self._settings.start_tries, reason)
        try:
            if tries < self._settings.start_tries or self._closing:
                await self._attempts.give_back(session.id, running.owner)
            else:
                self._tries.pop(session.id)
                await self._attempts.fail_to_start(session, running.owner, reason[:2000])
        except Unavailable as error:
            # Its lease will run out, and the reaper will find it.
            _log.warning("%s could not be given back: %s", session.id, error)


BuildSupervisor = Callable[..., Supervisor]
"""``build(settings, api_url=…, changed=…)`` returns a `Supervisor` on a database of its own."""


def supervise_process(build: BuildSupervisor) -> int:
    """Be a supervisor: settings on stdin's first line, then wakes and cancels; news on stdout; the exit code.

    The lines in: ``{"settings": {…}, "api_url": …}``, ``{"wake": true}``, ``{"cancel": "ses_…"}``. The line out:
    ``{"changed": true}``. The end of stdin is its end.
    """
    streams = OwnStreams()
    logging.basicConfig(level=logging.WARNING, format="supervisor: %(message)s", stream=sys.stderr)
    first = parsed(streams.incoming.readline())
    if first is None:
        return 0
    return asyncio.run(_serve(build, first, streams))


async def _serve(build: BuildSupervisor, first: dict[str, Any], streams: OwnStreams) -> int:
    supervisor = build(
        Settings(**first["settings"]),
        api_url=str(first.get("api_url") or ""),
        changed=lambda: streams.tell({"changed": True}),
    )

    def heard(line: Line) -> None:
        if line.get("wake"):
            supervisor.wake()
        if isinstance(line.get("cancel"), str):
            supervisor.cancel(line["cancel"])

    Lines(streams.incoming, heard, supervisor.close)
    await supervisor.work()
    return 0
