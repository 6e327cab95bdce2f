"""The handlers that are kept ready: whose set-up has run, when it has to run again, and when it is given back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.forkserver import ForkServer, ForkServerGone, is_running
from notebook_automation.ports import Blobs
from notebook_automation.services.attempts import Attempts
from notebook_automation.settings import Settings

from .prewarm import SetUp, set_up
from .warm_report import WarmReport

_log = logging.getLogger(__name__)
LOOK_SECONDS = 2.0
"""Pause between looks for triggers that were made or changed, where no session has told of one."""
RETRY_SECONDS = 30.0
"""A set-up that could not be shared is tried again after so long, and twice as long after each further failure; at
once when the project's files have changed."""
_STARTING = "its set-up is still running ahead"


@dataclass(slots=True)
class _Handler:
    """One trigger's handler; times of the monotonic clock."""

    trigger: Trigger
    project: Path
    used_at: float
    ready: SetUp | None = None
    making: asyncio.Task[None] | None = None
    reason: str = _STARTING
    failures: int = 0
    failed_on: str = ""
    """The snapshot on which it failed last."""
    retry_at: float = 0.0
    suspect: bool = False
    """Whether the project's files may have changed since."""
    resting: bool = False
    """Whether it was given back, until its next event."""


class WarmHandlers:
    """Keeps up to ``settings.handler_max_count`` handlers ready, those used last; nothing here waits for a set-up.

    What is not ready yet, or does not fit, runs whole in its session.
    """

    def __init__(self, attempts: Attempts, blobs: Blobs, settings: Settings) -> None:
        self._attempts = attempts
        self._blobs = blobs
        self._settings = settings
        self._folder = Path(settings.data_dir) / "handlers"
        self._handlers: dict[str, _Handler] = {}
        self._retired: list[SetUp] = []
        self._count = 0
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def begin(self, report: WarmReport) -> None:
        """Look after the handlers from now on; ``report`` hears of those that cannot be kept ready."""
        if self._task is None and self._settings.handler_max_count > 0:
            self._task = asyncio.create_task(self._work(report), name="na-handlers")

    def offer(self, session: Session) -> tuple[dict[str, Any] | None, int | None, str]:
        """Return what a runner of ``session`` is told of its set-up that has run, with a descriptor; else why not.

        Whether it is the session's, on the files of this moment, the runner finds out.
        """
        handler = self._handlers.get(session.trigger_id or "")
        if handler is None:
            is_warm = session.config.get("trigger", {}).get("warm")
            return None, None, "its set-up has not run ahead yet" if is_warm else ""
        handler.used_at = time.monotonic()
        if handler.resting:
            handler.resting = False
            self._woken.set()
        made = handler.ready
        if made is None:
            return None, None, handler.reason
        stale = made.why_stale()
        if stale:
            self._drop(handler, stale)
            self._woken.set()
            return None, None, stale
        try:
            return made.described(), made.server.control(), ""
        except (ForkServerGone, OSError) as error:
            return None, None, str(error)

    def used(self, session: Session) -> None:
        """A session has ended: the project's files may not be those of the set-up any more."""
        handler = self._handlers.get(session.trigger_id or "")
        if handler is not None:
            handler.suspect = True
            self._woken.set()
        elif session.config.get("trigger", {}).get("warm"):
            self._woken.set()

    def _troubles(self) -> list[str]:
        return [
            f"{handler.trigger.ref} is not kept ready: {handler.reason}"
            for handler in self._handlers.values()
            if handler.ready is None and handler.reason != _STARTING
        ]

    async def close(self) -> None:
        """End everything that is kept ready, and what is forked from it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        making = [handler.making for handler in self._handlers.values() if handler.making is not None]
        for task in making:
            task.cancel()
        if making:
            await asyncio.wait(making)
        kept = [handler.ready for handler in self._handlers.values() if handler.ready is not None]
        for made in [*kept, *self._retired]:
            await asyncio.to_thread(_end, made)
        self._handlers.clear()

    # inside -------------------------------------------------------------------------------------------------------

    async def _work(self, report: WarmReport) -> None:
        await asyncio.to_thread(_clear_leftovers, self._folder)
        while True:
            try:
                await self._look()
                await asyncio.to_thread(report.tell, "handlers", self._troubles())
            except AutomationError as error:
                _log.warning("The handlers to keep ready are not known: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._woken.wait()
            self._woken.clear()

    async def _look(self) -> None:
        """Find out what is wanted, give back what is not, begin what is missing."""
        now = time.monotonic()
        wanted = {trigger.id: (trigger, project) for trigger, project in await self._attempts.warm_handlers()}
        for trigger_id in set(self._handlers) - set(wanted):
            self._forget(self._handlers.pop(trigger_id))
        for trigger, project in wanted.values():
            known = self._handlers.get(trigger.id)
            if known is None:
                self._handlers[trigger.id] = _Handler(trigger, project, used_at=now)
            elif _definition(known.trigger) != _definition(trigger) or known.project != project:
                self._forget(known)
                self._handlers[trigger.id] = _Handler(trigger, project, used_at=now)
        await self._retire_ended()
        await self._make_room()
        for number, handler in enumerate(self._by_use()):
            if number >= self._settings.handler_max_count:
                self._rest(handler, f"{self._settings.handler_max_count} others were used later (handler_max_count)")
            elif handler.making is None and not handler.resting:
                await self._look_at(handler, now)

    async def _look_at(self, handler: _Handler, now: float) -> None:
        made = handler.ready
        if made is None:
            if now >= handler.retry_at or await self._differs(handler, handler.failed_on):
                handler.making = asyncio.create_task(self._make(handler), name="na-set-up")
            return
        stale = made.why_stale()
        if stale and now - handler.used_at >= self._settings.warm_idle:
            self._rest(handler, "no event has come for a while")
            return
        is_old = now - made.made_at >= self._settings.handler_max_age
        if stale or (handler.suspect and await self._differs(handler, made.snapshot)):
            # What is not of these files is of no use to anybody.
            self._drop(handler, _STARTING)
        elif not is_old:
            return
        handler.making = asyncio.create_task(self._make(handler), name="na-set-up")

    async def _differs(self, handler: _Handler, snapshot: str) -> bool:
        """Return whether the project's files are not those of ``snapshot``; '' if that is not known."""
        if not snapshot or not handler.suspect:
            return False
        handler.suspect = False
        path = parse_call(handler.trigger.call or "").path
        try:
            now = await asyncio.to_thread(Workspaces(self._blobs, self._settings).snapshot_now, handler.project, path)
        except (AutomationError, OSError):
            return True
        return now.id != snapshot

    async def _make(self, handler: _Handler) -> None:
        """Run the set-up; what is there serves on until the new one is ready."""
        self._count += 1
        folder = self._folder / f"{os.getpid()}-{self._count}"
        handler.suspect = False
        try:
            made = await set_up(handler.trigger, handler.project, folder, self._blobs, self._settings)
        except (AutomationError, OSError) as error:
            reason = error.message if isinstance(error, AutomationError) else str(error)
            self._drop(handler, reason)
            handler.failures += 1
            handler.retry_at = time.monotonic() + RETRY_SECONDS * 2 ** min(handler.failures - 1, 10)
            await self._note_files(handler)
            _log.warning("%s is not kept ready: %s", handler.trigger.ref, reason)
        else:
            self._drop(handler, "")
            handler.ready, handler.failures, handler.retry_at = made, 0, 0.0
        finally:
            handler.making = None
        self._woken.set()

    async def _note_files(self, handler: _Handler) -> None:
        path = parse_call(handler.trigger.call or "").path
        handler.failed_on = ""
        with contextlib.suppress(AutomationError, OSError):
            now = await asyncio.to_thread(Workspaces(self._blobs, self._settings).snapshot_now, handler.project, path)
            handler.failed_on = now.id

    def _by_use(self) -> list[_Handler]:
        return sorted(self._handlers.values(), key=lambda handler: -handler.used_at)

    async def _make_room(self) -> None:
        """Give back those used longest ago while all together hold more than the limit."""
        held = 0
        for handler in self._by_use():
            if handler.ready is None:
                continue
            held += await asyncio.to_thread(handler.ready.server.memory)
            if held > self._settings.warm_memory:
                self._rest(handler, f"it needs more than warm_memory: {held >> 20} MiB with those used later")

    def _rest(self, handler: _Handler, reason: str) -> None:
        handler.resting = True
        self._drop(handler, reason)

    def _drop(self, handler: _Handler, reason: str) -> None:
        handler.reason = reason
        if handler.ready is not None:
            self._retire(handler.ready)
            handler.ready = None

    def _forget(self, handler: _Handler) -> None:
        if handler.making is not None:
            handler.making.cancel()
        self._drop(handler, "")

    def _retire(self, made: SetUp) -> None:
        made.server.retire()
        self._retired.append(made)

    async def _retire_ended(self) -> None:
        """Remove the folders of those whose last session has ended."""
        for made in list(self._retired):
            if made.server.has_ended:
                self._retired.remove(made)
                await asyncio.to_thread(shutil.rmtree, made.folder, ignore_errors=True)


def _definition(trigger: Trigger) -> tuple[Any, ...]:
    return trigger.call, trigger.parameters, trigger.mapping


def _end(made: SetUp) -> None:
    server: ForkServer = made.server
    server.close()
    shutil.rmtree(made.folder, ignore_errors=True)


def _clear_leftovers(folder: Path) -> None:
    """Remove what supervisors have left that were killed."""
    with contextlib.suppress(OSError):
        for left in folder.iterdir():
            owner = left.name.partition("-")[0]
            if not owner.isdigit() or int(owner) == os.getpid() or not is_running(int(owner)):
                shutil.rmtree(left, ignore_errors=True)
