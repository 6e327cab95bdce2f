"""The client's side of one forked child: like `subprocess.Popen`, with events instead of polls."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notebook_automation.forkserver.server.protocol import MESSAGE_SIZE

LOST = -int(signal.SIGKILL)
"""Exit code when the line breaks: the server is gone, and the system has ended its children with it."""


class ForkServerGone(RuntimeError):
    """The fork server ended, or refused, before the child was there; use another one or a plain process."""


@dataclass(frozen=True)
class Usage:
    """What a child has used, children it waited for not included; processor time in seconds, memory in bytes."""

    user_seconds: float
    system_seconds: float
    peak_memory: int
    minor_faults: int
    major_faults: int


class ForkedProcess:
    """A child of a fork server. Closing it, or losing it, kills its whole process group.

    `messages` holds what the child's entry function has sent, oldest first. Usable from any thread; coroutines
    may wait on any running loop.
    """

    stdin = stdout = stderr = None

    def __init__(self, lease: socket.socket) -> None:
        lease.setblocking(False)
        self._lease = lease
        self._lock = threading.RLock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._readers: dict[asyncio.AbstractEventLoop, int] = {}
        self._pid: int | None = None
        self.was_spare = False
        self.returncode: int | None = None
        self.usage: Usage | None = None
        self.error: str | None = None
        self.messages: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"<ForkedProcess pid={self._pid} returncode={self.returncode}>"

    @property
    def pid(self) -> int:
        """Raises ForkServerGone if the child has not been made (yet): await `started` first."""
        if self._pid is None:
            raise ForkServerGone(self.error or "the child has not been forked")
        return self._pid

    # -- waiting -----------------------------------------------------------------------------------------

    async def started(self, timeout: float | None = 30.0) -> None:
        """Until the child exists. Raises ForkServerGone if it never will, or not within `timeout` seconds."""
        await self._until(lambda: self._pid is not None, timeout)
        if self._pid is None:
            self.kill()
            raise ForkServerGone(self.error or "the fork server did not answer")

    async def received(self, key: str, timeout: float | None = None) -> dict[str, Any] | None:
        """The first message that has `key`; None if the child ended, or `timeout` seconds passed, before."""

        def find() -> dict[str, Any] | None:
            return next((m for m in self.messages if key in m), None)

        await self._until(lambda: find() is not None, timeout)
        return find()

    async def exited(self, timeout: float | None = None) -> bool:
        """Until the child has ended, at most `timeout` seconds; whether it has."""
        await self._until(lambda: self.returncode is not None, timeout)
        return self.returncode is not None

    async def exit_code(self) -> int:
        """Wait for the end; a signal's number is negative."""
        await self.exited()
        return LOST if self.returncode is None else self.returncode

    def poll(self) -> int | None:
        """The exit code (a signal's number negative), None while the child lives."""
        self._read()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Block until the end, at most `timeout` seconds; then as `poll`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            poller = select.poll()
            poller.register(self._lease, select.POLLIN)
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not poller.poll(None if left is None else left * 1000) and left is not None:
                break
        return self.poll()

    # -- signals -----------------------------------------------------------------------------------------

    def send_signal(self, number: int) -> None:
        """To the child alone; nothing if it has ended."""
        if self.poll() is None and self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)

    def signal_group(self, number: int) -> None:
        """To the child and all its descendants in its process group; nothing if the child has ended."""
        if self.poll() is None and self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Give the child up: its process group is killed, and no exit code will be known."""
        with self._lock:
            if self.returncode is None:
                self.returncode = LOST
                self._end()

    # -- the line ----------------------------------------------------------------------------------------

    def _read(self) -> None:
        with self._lock:
            while self.returncode is None:
                try:
                    data = self._lease.recv(MESSAGE_SIZE)
                except BlockingIOError:
                    return
                except OSError:
                    data = b""
                if not data:
                    self._kill_what_is_left()
                self._take(json.loads(data) if data else {"exit": LOST})

    def _kill_what_is_left(self) -> None:
        """The server is gone, which would have done it: the system ends the child, but not what the child started."""
        if self._pid is not None:
            with contextlib.suppress(OSError):
                os.killpg(self._pid, signal.SIGKILL)

    def _take(self, message: dict[str, Any]) -> None:
        if "pid" in message:
            self._pid = message["pid"]
            self.was_spare = bool(message.get("spare"))
        elif "message" in message:
            self.messages.append(message["message"])
        else:
            self.error = message.get("error")
            self.returncode = message.get("exit", 70)
            self.usage = Usage(**message["usage"]) if "usage" in message else None
            self._end()
        self._wake()

    def _end(self) -> None:
        """Readers go before the descriptor: a stale one would silence the next use of the same number."""
        fd = self._lease.fileno()
        for loop in list(self._readers):
            self._drop_reader(loop, fd)
        self._lease.close()
        self._wake()

    def _drop_reader(self, loop: asyncio.AbstractEventLoop, fd: int) -> None:
        self._readers.pop(loop, None)
        if loop.is_closed():
            return
        if _is_running_here(loop):
            loop.remove_reader(fd)
        else:
            removed = threading.Event()

            def remove() -> None:
                loop.remove_reader(fd)
                removed.set()

            loop.call_soon_threadsafe(remove)
            removed.wait(1.0)  # another thread's loop; it must let go before the number is free

    def _wake(self) -> None:
        for loop, future in self._waiters:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, future)

    async def _until(self, test: Callable[[], bool], timeout: float | None) -> None:
        """Return when `test()` is true, the child has ended, or `timeout` seconds have passed."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        while True:
            self._read()
            left = None if deadline is None else deadline - loop.time()
            if test() or self.returncode is not None or (left is not None and left <= 0):
                return
            with self._reading(loop) as future:
                await asyncio.wait([future], timeout=left)

    @contextlib.contextmanager
    def _reading(self, loop: asyncio.AbstractEventLoop) -> Any:
        """A future that is settled at the next message; one reader per loop, whoever waits on it."""
        future: asyncio.Future[None] = loop.create_future()
        waiter = (loop, future)
        with self._lock:
            if self.returncode is not None:
                future.set_result(None)
            else:
                self._waiters.append(waiter)
                self._readers[loop] = self._readers.get(loop, 0) + 1
                if self._readers[loop] == 1:
                    loop.add_reader(self._lease.fileno(), self._read)
        try:
            yield future
        finally:
            with self._lock:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
                if loop in self._readers:
                    self._readers[loop] -= 1
                    if not self._readers[loop]:
                        del self._readers[loop]
                        loop.remove_reader(self._lease.fileno())


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
