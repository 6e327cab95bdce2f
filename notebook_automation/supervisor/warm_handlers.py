"""The handlers that are kept ready: which they are, when a set-up has to run again, and when it is given back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notebook_automation.adapters.rounds import Rounds
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import Session
from notebook_automation.execution.folder_removal import remove_folder
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.forkserver import ForkServerGone, is_running
from notebook_automation.services.claims import Claims
from notebook_automation.settings import Settings

from .prewarm import PrewarmedSetup, prewarm
from .warm_handler import STARTING, WarmHandler
from .warm_report import WarmReport

_log = logging.getLogger(__name__)
LOOK_SECONDS = 2.0
"""Pause between looks for triggers that were made or changed, where no session has shown that there is one."""


@dataclass(frozen=True, slots=True)
class SetupOffer:
    """A set-up that has run, for a session's runner: its description, and a new descriptor that leads to it."""

    described: dict[str, Any]
    descriptor: int


class WarmHandlers:
    """Keeps up to ``settings.handler_max_count`` handlers ready, those used last; nothing here waits for a set-up.

    What is not ready yet, or does not fit, runs whole in its session.
    """

    def __init__(self, claims: Claims, workspaces: Workspaces, settings: Settings) -> None:
        self._claims = claims
        self._workspaces = workspaces
        self._settings = settings
        self._folder = Path(settings.data_dir) / "handlers"
        self._handlers: dict[str, WarmHandler] = {}
        self._retired: list[PrewarmedSetup] = []
        self._count = 0
        self._is_clear = False
        self._report: WarmReport | None = None
        self._rounds = Rounds(self._round, seconds=LOOK_SECONDS, what="The handlers to keep ready are not known")

    def start(self, report: WarmReport) -> None:
        """Look after the handlers from now on; those that cannot be kept ready go into ``report``."""
        if not self._rounds.is_going and self._settings.handler_max_count > 0:
            self._report = report
            self._rounds.start("na-handlers")

    def offer(self, session: Session) -> tuple[SetupOffer | None, str]:
        """Return the set-up that has run for a runner of ``session``; else None, and why not.

        Whether it is the session's, on the files of this moment, the runner finds out.
        """
        if session.is_durable:
            return None, "a durable session runs its set-up itself" if _is_warm(session) else ""
        handler = self._handlers.get(session.trigger_id or "")
        if handler is None:
            return None, "its set-up has not run ahead yet" if _is_warm(session) else ""
        if handler.use():
            self._rounds.wake()
        setup = handler.setup
        if setup is None:
            return None, handler.reason
        stale = setup.why_stale()
        if stale:
            handler.drop(stale)
            self._rounds.wake()
            return None, stale
        try:
            return SetupOffer(setup.described(), setup.server.control()), ""
        except (ForkServerGone, OSError) as error:
            return None, str(error)

    def session_ended(self, session: Session) -> None:
        """The project's files may not be those of the set-up any more."""
        handler = self._handlers.get(session.trigger_id or "")
        if handler is not None:
            handler.suspect_files()
        if handler is not None or _is_warm(session):
            self._rounds.wake()

    async def close(self) -> None:
        """End everything that is kept ready, and what is forked from it."""
        await self._rounds.stop()
        making = [task for handler in self._handlers.values() if (task := handler.cancel()) is not None]
        if making:
            await asyncio.wait(making)
        ready = [handler.setup for handler in self._handlers.values() if handler.setup is not None]
        for setup in [*ready, *self._retired]:
            await asyncio.to_thread(_end, setup)
        self._handlers.clear()

    # inside -------------------------------------------------------------------------------------------------------

    async def _round(self) -> None:
        if not self._is_clear:
            self._is_clear = True
            await asyncio.to_thread(_clear_leftovers, self._folder)
        await self._look()
        if self._report is not None:
            await asyncio.to_thread(self._report.update, "handlers", self._troubles())

    def _troubles(self) -> list[str]:
        return [
            f"{handler.trigger.ref} is not kept ready: {handler.trouble}"
            for handler in self._handlers.values()
            if handler.trouble
        ]

    async def _look(self) -> None:
        """Find out what is wanted, give back what is not, begin what is missing."""
        now = time.monotonic()
        wanted = {trigger.id: (trigger, project) for trigger, project in await self._claims.warm_handlers()}
        for trigger_id in set(self._handlers) - set(wanted):
            self._forget(self._handlers.pop(trigger_id))
        for trigger, project in wanted.values():
            known = self._handlers.get(trigger.id)
            if known is None or not known.is_of(trigger, project):
                if known is not None:
                    self._forget(known)
                self._handlers[trigger.id] = WarmHandler(trigger, project, used_at=now, retire=self._retire)
        await self._retire_ended()
        await self._make_room()
        for number, handler in enumerate(self._by_use()):
            if number >= self._settings.handler_max_count:
                handler.rest(f"{self._settings.handler_max_count} others were used later (handler_max_count)")
            elif not handler.is_being_made and not handler.resting:
                await self._look_at(handler, now)

    async def _look_at(self, handler: WarmHandler, now: float) -> None:
        setup = handler.setup
        if setup is None:
            if handler.is_due(now) or await self._differs(handler, handler.failed_on):
                handler.make(self._make(handler))
            return
        stale = setup.why_stale()
        if stale and now - handler.used_at >= self._settings.warm_idle:
            handler.rest("no event has come for a while")
            return
        is_old = now - setup.made_at >= self._settings.handler_max_age
        if stale or (handler.suspect and await self._differs(handler, setup.snapshot)):
            # What is not of these files is of no use to anybody.
            handler.drop(STARTING)
        elif not is_old:
            return
        handler.make(self._make(handler))

    async def _differs(self, handler: WarmHandler, snapshot: str) -> bool:
        """Return whether the project's files are not those of ``snapshot``; '' if that is not known."""
        if not snapshot or not handler.suspect:
            return False
        handler.trust_files()
        try:
            return await self._snapshot(handler) != snapshot
        except (AutomationError, OSError):
            return True

    async def _snapshot(self, handler: WarmHandler) -> str:
        path = parse_call(handler.trigger.call or "").path
        return (await asyncio.to_thread(self._workspaces.snapshot_now, handler.project, path)).id

    async def _make(self, handler: WarmHandler) -> None:
        """Run the set-up; what is there serves on until the new one is ready."""
        self._count += 1
        folder = self._folder / f"{os.getpid()}-{self._count}"
        handler.trust_files()
        try:
            setup = await prewarm(handler.trigger, handler.project, folder, self._workspaces, self._settings)
        except Exception as error:  # noqa: BLE001 - whatever it stumbles over, it waits before the next try
            reason = error.message if isinstance(error, AutomationError) else str(error)
            handler.fail(reason)
            with contextlib.suppress(AutomationError, OSError):
                handler.failed_with(await self._snapshot(handler))
            _log.warning("%s is not kept ready: %s", handler.trigger.ref, reason)
        else:
            handler.succeed(setup)
        self._rounds.wake()

    def _by_use(self) -> list[WarmHandler]:
        return sorted(self._handlers.values(), key=lambda handler: -handler.used_at)

    async def _make_room(self) -> None:
        """Give back those used longest ago while all together hold more than the limit."""
        used = 0
        for handler in self._by_use():
            if handler.setup is None:
                continue
            used += await asyncio.to_thread(handler.setup.server.memory)
            if used > self._settings.warm_memory:
                handler.rest(f"it needs more than warm_memory: {used >> 20} MiB with those used later")

    def _forget(self, handler: WarmHandler) -> None:
        handler.cancel()
        handler.drop("")

    def _retire(self, setup: PrewarmedSetup) -> None:
        setup.server.retire()
        self._retired.append(setup)

    async def _retire_ended(self) -> None:
        """Remove the folders of those whose last session has ended."""
        for setup in list(self._retired):
            if setup.server.has_ended:
                self._retired.remove(setup)
                await asyncio.to_thread(remove_folder, setup.folder)


def _is_warm(session: Session) -> bool:
    return bool(session.config.get("trigger", {}).get("warm"))


def _end(setup: PrewarmedSetup) -> None:
    setup.server.close()
    remove_folder(setup.folder)


def _clear_leftovers(folder: Path) -> None:
    """Remove what supervisors have left that were killed."""
    with contextlib.suppress(OSError):
        for left in folder.iterdir():
            owner = left.name.partition("-")[0]
            if not owner.isdigit() or int(owner) == os.getpid() or not is_running(int(owner)):
                remove_folder(left)
