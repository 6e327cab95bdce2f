"""Claims sessions and gives each to a runner process; the only claimer of its database's sessions on SQLite."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from notebook_automation.adapters.process_names import own_name
from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.attempts import AttemptNews, AttemptStep
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.kernel_record import kill_session_processes
from notebook_automation.execution.workspaces import sessions_folder
from notebook_automation.services.claims import Claims
from notebook_automation.settings import Settings

from .claimed_attempt import ClaimedAttempt
from .runners import Runners

_log = logging.getLogger(__name__)
_RUNNER_END_SECONDS = 20.0
"""Time that runners get to end their sessions when the supervisor ends."""
_REASON_LENGTH = 2000


class Supervisor:
    """Keeps up to ``settings.max_sessions`` runners busy, and ``settings.max_waiting`` more whose sessions wait.

    ``notify`` is called when something was committed, with the steps of attempts that are new.
    """

    def __init__(
        self, claims: Claims, settings: Settings, pool: Runners, notify: Callable[[Sequence[AttemptNews]], None]
    ) -> None:
        self._claims = claims
        self._settings = settings
        self._pool = pool
        self._notify = notify
        self._news: list[AttemptNews] = []
        self._running: dict[str, ClaimedAttempt] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._tries: dict[str, int] = {}
        self._rounds = Rounds(self._claim, seconds=settings.supervisor_poll, what="No session could be claimed")
        self._expected = False
        self._closing = False
        self._claims_made = 0

    def wake(self) -> None:
        """Look for sessions now: some were queued."""
        self._expected = True
        self._rounds.wake()

    def cancel(self, session_id: str) -> None:
        """Let a session's runner stop it; nothing happens where none runs it."""
        attempt = self._running.get(session_id)
        if attempt is not None:
            attempt.cancel()

    def close(self) -> None:
        """Claim no more; `work` then ends the runners, which end their sessions, and returns."""
        self._closing = True
        self._rounds.end()

    async def work(self) -> None:
        """Claim and run sessions until `close`."""
        self._pool.start()
        self._expected = True
        await self._rounds.run()
        for attempt in self._running.values():
            attempt.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_RUNNER_END_SECONDS)
            for attempt in self._running.values():
                attempt.kill()
            if late:
                await asyncio.wait(late, timeout=_RUNNER_END_SECONDS)
        await self._pool.stop()

    async def _claim(self) -> None:
        free = await self._free()
        if free <= 0:
            return
        expected, self._expected = self._expected, False
        try:
            # A look that nobody asked for only reads, so that an idle supervisor never takes the database's lock.
            if not expected and not await self._claims.waiting():
                return
            self._claims_made += 1
            owner = f"{own_name()}:{self._claims_made}"
            claimed = await self._claims.claim(owner, free)
        except Exception:
            self._expected = expected
            raise
        for session in claimed:
            self._start(session, owner)
        if claimed:
            self._changed()
            self._expected = len(claimed) == free

    async def _free(self) -> int:
        """Return how many sessions may be claimed; people who are asked must not hold up what others run."""
        free = self._settings.max_sessions - len(self._running)
        if free > 0 or not self._running:
            return free
        return free + min(await self._claims.waiting_in_memory(list(self._running)), self._settings.max_waiting)

    def _start(self, session: Session, owner: str) -> None:
        attempt = ClaimedAttempt(session, owner, begun=partial(self._add, session, "begun"), changed=self._changed)
        # One that goes on may be claimed again while its runner still clears up.
        before = self._running.get(session.id)
        self._running[session.id] = attempt
        self._add(session, "claimed")
        task = asyncio.create_task(self._run(attempt, before), name=f"na-{session.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, attempt: ClaimedAttempt, before: ClaimedAttempt | None) -> None:
        session = attempt.session
        reason = ""
        try:
            if before is not None:
                await before.give_way()
            reason = await attempt.run(self._pool, self._settings.runner_start)
        except OSError as error:
            reason = f"No runner could be started: {error}."
        except Exception as error:  # noqa: BLE001 - whatever it is, the session must not be forgotten
            _log.exception("%s could not be given to a runner", session.id)
            reason = f"No runner could be started: {error}."
        finally:
            if self._running.get(session.id) is attempt:
                del self._running[session.id]
        if not attempt.is_cleared:
            await asyncio.to_thread(kill_session_processes, sessions_folder(self._settings) / session.id, session.id)
        attempt.over()
        if attempt.has_begun:
            self._tries.pop(session.id, None)
            self._add(session, "ended")
        else:
            await self._not_started(attempt, reason)
            self._add(session, "not_started", reason)
        self._changed()
        self.wake()
        self._pool.session_ended(session)

    async def _not_started(self, attempt: ClaimedAttempt, reason: str) -> None:
        """Queue the session again, or end it when it was tried often enough. It may be somebody else's by now."""
        session = attempt.session
        tries = self._tries[session.id] = self._tries.get(session.id, 0) + 1
        _log.warning("%s did not begin (try %d of %d): %s", session.id, tries, self._settings.start_tries, reason)
        try:
            if tries < self._settings.start_tries or self._closing:
                await self._claims.release(session.id, attempt.owner)
            else:
                self._tries.pop(session.id)
                await self._claims.fail_to_start(session, attempt.owner, reason[:_REASON_LENGTH])
        except AutomationError as error:
            # Its lease will run out, and the reaper will find it.
            _log.warning("%s could not be given back: %s", session.id, error)

    def _add(self, session: Session, step: AttemptStep, reason: str | None = None) -> None:
        """Keep a step, which is committed, for the notice that follows in a moment."""
        self._news.append(AttemptNews(session_id=session.id, attempt=session.attempt, step=step, reason=reason))

    def _changed(self) -> None:
        news, self._news = self._news, []
        self._notify(news)
