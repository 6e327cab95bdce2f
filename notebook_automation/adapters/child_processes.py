"""Child processes that speak JSON lines: the supervisor of a server, the runners of a supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .lines import Line, packed, parsed

_log = logging.getLogger(__name__)
_STDERR_LINES = 30

COMMAND = (sys.executable, "-P", str(Path(__file__).resolve().parent.parent / "__main__.py"))
"""How a process of ours is started: by the file, so that no folder but those of the interpreter is searched."""


class Stdin(Protocol):
    """What is written to."""

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...
    def is_closing(self) -> bool: ...


class Piped(Protocol):
    """A process with pipes: `asyncio.subprocess.Process`, or one that was forked."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def stdin(self) -> Stdin | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def stderr(self) -> asyncio.StreamReader | None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...


class ChildProcess:
    """A process to which JSON lines are sent. ``received`` gets each line that it sends; its stderr's end is kept."""

    def __init__(self, process: Piped, received: Callable[[Line], None]) -> None:
        self.process = process
        self._received = received
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._readers = (
            asyncio.create_task(self._read_lines(), name="na-child-stdout"),
            asyncio.create_task(self._read_stderr(), name="na-child-stderr"),
        )

    @classmethod
    async def start(cls, role: str, first: Line, received: Callable[[Line], None]) -> ChildProcess:
        """Start ``role`` (``runner`` or ``supervisor``) and send it ``first``. Raises OSError."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *COMMAND, role, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, limit=2**24
        )
        child = cls(process, received)
        child.send(first)
        return child

    def receive_with(self, received: Callable[[Line], None]) -> None:
        """Hand the lines that it sends to ``received`` from now on."""
        self._received = received

    def send(self, line: Line) -> None:
        """Send a line; one that has ended does not get it."""
        stdin = self.process.stdin
        if stdin is not None and not stdin.is_closing():
            stdin.write(packed(line))

    def close(self) -> None:
        """End its stdin: it finishes what it must, and goes."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def wait(self) -> int:
        """Return its exit code, when it has ended and all that it sent was received."""
        code = await self.process.wait()
        # Somebody it started may hold its pipes open: what it wrote itself is there at once.
        await asyncio.wait(self._readers, timeout=1.0)
        for reader in self._readers:
            reader.cancel()
        return code

    async def close_and_wait(self, seconds: float) -> None:
        """Close it, and kill it ``seconds`` later if it is still there."""
        self.close()
        try:
            async with asyncio.timeout(seconds):
                await self.process.wait()
        except TimeoutError:
            self.kill()
        await self.wait()

    def stderr_tail(self) -> str:
        """Return the last lines that it wrote to stderr."""
        return "\n".join(self._stderr)

    async def _read_lines(self) -> None:
        assert self.process.stdout is not None
        while True:
            try:
                raw = await self.process.stdout.readline()
            except ValueError:
                # A line beyond the limit is none of ours.
                continue
            if not raw:
                return
            line = parsed(raw)
            if line is None:
                continue
            try:
                self._received(line)
            except Exception:  # noqa: BLE001 - unread, its pipe would fill, and it would stand still
                _log.exception("A line of process %d could not be taken up", self.process.pid)

    async def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        while True:
            try:
                raw = await self.process.stderr.readline()
            except ValueError:
                # A line beyond the limit: it says nothing that a log should hold.
                continue
            if not raw:
                return
            text = raw.decode("utf-8", "replace").rstrip()
            self._stderr.append(text[:2000])
            try:
                print(text, file=sys.stderr, flush=True)
            except Exception as error:  # noqa: BLE001 - whoever read our own stderr is gone: it says it no more
                _log.debug("A line of process %d could not be passed on: %s", self.process.pid, error)
