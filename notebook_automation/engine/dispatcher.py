"""Dispatches sessions where this server leads: passes on to the launcher what is to run and to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from notebook_automation.domain.attempts import AttemptNews
from notebook_automation.domain.changes import Change
from notebook_automation.domain.sessions import SessionChange
from notebook_automation.ports import Launcher

_log = logging.getLogger(__name__)


class Dispatcher:
    """Keeps ``launcher`` going while this server leads; ``changed`` is called when attempts committed something.

    ``queued`` and ``stopping`` never wait, and may be called at any time: elsewhere and otherwise, the leader's
    launcher finds what waits by itself, and a runner finds out by its lease that it is to stop.
    """

    def __init__(self, launcher: Launcher, *, changed: Callable[[], None]) -> None:
        self._launcher = launcher
        self._changed = changed
        self._leads = False

    async def start(self) -> None:
        """Start the launcher. Raises Unavailable where it cannot reach the place of its runners."""
        await self._launcher.start(self._notified)
        self._leads = True

    async def stop(self) -> None:
        """Stop the launcher; its runners end their sessions first."""
        self._leads = False
        await self._launcher.stop()

    def queued(self, session_ids: Sequence[str]) -> None:
        """These sessions wait to run."""
        if self._leads:
            self._launcher.launch(session_ids)

    def stopping(self, session_id: str) -> None:
        """This session is to stop."""
        if self._leads:
            self._launcher.cancel(session_id)

    def changed(self, change: Change) -> None:
        """A session may have got its turn by the end of another, or is to stop for the sake of a newer one."""
        content = change.content
        if change.activity != "updated" or not isinstance(content, SessionChange):
            return
        if content.status == "requested":
            self.queued([change.entity])
        elif content.status == "canceling":
            self.stopping(change.entity)

    def _notified(self, news: Sequence[AttemptNews]) -> None:
        for one in news:
            if one.step == "lost":
                _log.warning("Attempt %d of %s is lost: %s", one.attempt, one.session_id, one.reason)
        self._changed()
