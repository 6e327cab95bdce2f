"""JSON lines between processes: read in a thread, so that it works on every kind of pipe and every event loop."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

Line = dict[str, Any]


class Lines:
    """Reads lines from ``stream`` and hands each to ``received`` in the running loop; ``closed`` is called at its
    end."""

    def __init__(self, stream: BinaryIO, received: Callable[[Line], None], closed: Callable[[], None]) -> None:
        self._stream = stream
        self._received = received
        self._closed = closed
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="na-lines", daemon=True).start()

    def _read(self) -> None:
        while raw := self._stream.readline():
            line = parsed(raw)
            if line is not None:
                self._call(self._received, line)
        self._call(self._closed)

    def _call(self, what: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *arguments)
        except RuntimeError:
            # The loop is closed: this process is ending anyway.
            return


def parsed(raw: bytes) -> Line | None:
    """Return the object on a line; None for one that is no JSON object (something else wrote to the pipe)."""
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def packed(line: Line) -> bytes:
    """Return ``line`` as it goes through a pipe."""
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


class OwnStreams:
    """This process's stdin and stdout as lines. What else would write to stdout goes to stderr from now on."""

    def __init__(self) -> None:
        self.incoming: BinaryIO = os.fdopen(os.dup(0), "rb")
        self._out = os.dup(1)
        os.set_inheritable(self._out, False)
        os.dup2(2, 1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open as long as the process
        self._lock = threading.Lock()

    def send(self, line: Line) -> None:
        """Write a line; that its reader is gone is no error here: the end of stdin says so."""
        data = packed(line)
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._out, data) :]
            except BrokenPipeError:
                return
