"""A process forked from a warm one, with pipes: what `asyncio.subprocess.Process` is for a new one."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from notebook_automation.forkserver import ForkedProcess, ForkServer

_LIMIT = 2**24
"""Bytes of the longest line that is read whole."""


class PipedProcess:
    """A forked child with its stdin, stdout and stderr; closing its stdin asks it to end."""

    def __init__(
        self,
        forked: ForkedProcess,
        stdin: asyncio.WriteTransport,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
    ) -> None:
        self._forked = forked
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr

    @classmethod
    async def start(
        cls,
        server: ForkServer,
        request: Mapping[str, Any],
        *,
        hint: Mapping[str, Any],
        cwd: str,
        descriptors: Sequence[int],
    ) -> PipedProcess:
        """Fork it. Raises ForkServerGone, OSError."""
        theirs: list[int] = []
        ours: list[int] = []
        try:
            for number in range(3):
                reading, writing = os.pipe()
                theirs.append(writing if number else reading)
                ours.append(reading if number else writing)
            forked = await server.spawn(
                request,
                stdin=theirs[0],
                stdout=theirs[1],
                stderr=theirs[2],
                cwd=cwd,
                hint=hint,
                descriptors=descriptors,
            )
        except BaseException:
            for descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        stdin = await _writer(ours[0])
        return cls(forked, stdin, await _reader(ours[1]), await _reader(ours[2]))

    @property
    def pid(self) -> int:
        return self._forked.pid

    @property
    def returncode(self) -> int | None:
        return self._forked.poll()

    def kill(self) -> None:
        self._forked.kill()

    async def wait(self) -> int:
        """Return its exit code, when it has ended."""
        return await self._forked.exit_code()


async def _writer(descriptor: int) -> asyncio.WriteTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(descriptor, "wb", 0))
    return transport


async def _reader(descriptor: int) -> asyncio.StreamReader:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0))
    return reader


def close_all(descriptors: Sequence[int]) -> None:
    """Close descriptors that were made for a child which has them now, or never came to be."""
    for descriptor in descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)
