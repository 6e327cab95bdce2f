"""Gives the process of a session up that waits: when it has waited a while, and surely can go on from where it is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait, describe

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.2
_LONG_SECONDS = 60.0
"""A wait that may take longer is worth a rehearsal."""


class Parkable(Protocol):
    """What is parked: an attempt at a durable session, as far as this needs to know it."""

    async def open_wait(self) -> Wait | None:
        """Return what the session blocks on now. Raises Unavailable."""

    def why_kept(self) -> str | None:
        """Return why it could not go on without its kernel; None while that is not known yet, '' where it could."""

    async def rehearse(self) -> str:
        """Restore what is saved in another kernel; return why that failed, '' where it did not."""

    def kernel_pid(self) -> int | None:
        """Return the process of its kernel, where that is one of this machine."""

    async def park(self, wait: Wait) -> Session | None:
        """Park it; None where the wait has ended meanwhile, or it is to stop. Raises Unavailable."""

    def log(self, text: str) -> None:
        """Add a sentence to the session's log."""


class ParkingWatch:
    """Watches one attempt until it is parked: ``parked`` is called with the session, once its kernel stands still.

    ``after`` is in seconds. A session that could not go on keeps its kernel while it waits, and its log says why.
    """

    def __init__(self, attempt: Parkable, after: float, parked: Callable[[Session], Awaitable[None]]) -> None:
        self._attempt = attempt
        self._after = after
        self._parked = parked
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = self._is_parking = False
        self._kept: set[str] = set()
        self._rehearsed: set[str] = set()

    def start(self) -> None:
        """Begin to watch, unless nothing is ever to be parked."""
        if self._after > 0:
            self._task = asyncio.get_running_loop().create_task(self._watch(), name="na-parking")

    async def stop(self) -> None:
        """Watch no more; what is being parked is parked, or is not, when this returns."""
        self._is_stopped = True
        if self._task is None:
            return
        if not self._is_parking:
            self._task.cancel()
        await asyncio.wait([self._task])

    async def _watch(self) -> None:
        since: tuple[str, float] | None = None
        while not self._is_stopped:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                wait = await self._attempt.open_wait()
                if wait is None:
                    since = None
                elif since is None or since[0] != wait.id:
                    since = (wait.id, time.monotonic())
                elif time.monotonic() - since[1] >= self._after and await self._try(wait):
                    return
            except Unavailable:
                # Asked five times a second: who writes says it.
                continue
            except Exception:  # noqa: BLE001 - it waits with its kernel then, and is looked at again
                _log.exception("A session that waits could not be parked")

    async def _try(self, wait: Wait) -> bool:
        """Park, if it may be; return whether it is parked."""
        why = self._attempt.why_kept()
        if why is None or wait.id in self._kept:
            return False
        if not why and self._is_long(wait) and wait.id not in self._rehearsed:
            self._rehearsed.add(wait.id)
            why = await self._attempt.rehearse()
        if why:
            self._kept.add(wait.id)
            self._attempt.log(f"It keeps its kernel while it waits for {describe(wait)}: {why}.")
            return False
        # Broken off in the middle nobody would know whether the session is still this attempt's.
        self._is_parking = True
        try:
            return await self._park(wait)
        finally:
            self._is_parking = False

    async def _park(self, wait: Wait) -> bool:
        async with _stopped(self._attempt.kernel_pid()) as let_it_be:
            session = await self._attempt.park(wait)
            if session is None:
                return False
            let_it_be()
        await self._parked(session)
        return True

    def _is_long(self, wait: Wait) -> bool:
        return wait.wake_at is None or wait.wake_at - time.time() > _LONG_SECONDS


@contextlib.asynccontextmanager
async def _stopped(pid: int | None) -> AsyncIterator[Callable[[], None]]:
    """Let a process stand still, so that nothing runs between the last look at it and its end.

    It goes on afterwards unless what this gives was called.
    """
    is_over = False

    def let_it_be() -> None:
        nonlocal is_over
        is_over = True

    _send(pid, "SIGSTOP")
    try:
        yield let_it_be
    finally:
        if not is_over:
            _send(pid, "SIGCONT")


def _send(pid: int | None, name: str) -> None:
    number = getattr(signal, name, None)
    if pid is not None and number is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
