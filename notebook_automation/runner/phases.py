"""The phases of an attempt that run in threads: each is left behind when it does not end although it is to stop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LeftBehind(Exception):
    """A phase was to stop and did not: its thread is left alone, and what it does no longer counts."""


class Phases:
    """Runs what blocks in threads that nobody needs to wait for: a file system may never answer.

    `stop` is to be called once; a phase then gets ``grace`` seconds to come to its end.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """The attempt is to end."""
        self._stop.set()

    async def run(self, work: Callable[[], T], *, grace: bool = True) -> T:
        """Return what ``work`` returns. Raises what it raises, and LeftBehind.

        Without ``grace`` it is left behind as soon as the attempt is to end.
        """
        done = _in_thread(work)
        stop = asyncio.ensure_future(self._stop.wait())
        either: list[asyncio.Future[Any]] = [done, stop]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not done.done() and grace:
                await asyncio.wait({done}, timeout=self._grace)
        finally:
            stop.cancel()
        if not done.done():
            done.add_done_callback(_ignored)
            raise LeftBehind
        return done.result()

    async def unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Await ``work``; it is cancelled as soon as the attempt is to end."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run ``work`` in a thread that does not keep the process: those of the loop's executor are waited for."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(method: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            method(value)

    def run() -> None:
        try:
            outcome: tuple[Callable[[Any], None], Any] = (future.set_result, work())
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
            outcome = (future.set_exception, error)
        # The loop may be closed: nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="na-phase", daemon=True).start()
    return future


def _ignored(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
