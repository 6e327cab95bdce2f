"""One process of a fork server: its start, the line to it, its private folder, its end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from notebook_automation.forkserver.server.protocol import MESSAGE_SIZE, ServerOptions

START = str(Path(__file__).parents[1] / "server" / "start.py")
END_SECONDS = 5.0
"""How long a server may take to end by itself once its line is closed."""


class ServerProcess:
    """Started when made. Raises OSError if the interpreter cannot be run.

    `python`: command and flags; `env`: the environment of its imports; its working directory is `/`.
    """

    def __init__(self, python: Sequence[str], env: Mapping[str, str], orders: ServerOptions) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._folder = tempfile.mkdtemp(prefix="forksrv-")
        try:
            self._process = subprocess.Popen(
                [*python, START, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=dict(env),
                cwd="/",
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            self._line.close()
            shutil.rmtree(self._folder)
            raise
        finally:
            theirs.close()
        text = memory_file(json.dumps({**asdict(orders), "folder": self._folder}))
        with contextlib.suppress(OSError):  # ended already: the first `receive` will show it
            self.send({}, [text])
        os.close(text)

    def send(self, order: Mapping[str, Any], fds: Sequence[int] = ()) -> None:
        """Raises OSError if the server is gone."""
        with self._lock:
            socket.send_fds(self._line, [json.dumps(order).encode()], list(fds))

    def receive(self, timeout: float | None) -> dict[str, Any] | None:
        """What it sends next, None: it has ended. Raises TimeoutError after `timeout` seconds."""
        self._line.settimeout(timeout)
        try:
            data = self._line.recv(MESSAGE_SIZE)
        except TimeoutError:
            raise
        except OSError:
            return None
        message: dict[str, Any] | None = json.loads(data) if data else None
        return message

    def descriptor(self) -> int:
        """A new descriptor of the line, not inherited. Raises OSError if it is closed."""
        return os.dup(self._line.fileno())

    def hang_up(self) -> None:
        """The server kills its children and ends; who waits in `receive` is woken."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """In a fork of the client: let go of the line, without a word to the server."""
        self._line.close()

    def kill(self) -> None:
        self._process.kill()

    def how_it_ended(self) -> str:
        """Wait for the end; a signal's name or an exit code."""
        code = self._process.wait()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def clear_away(self) -> None:
        """Close the line, wait for the end, remove the folder."""
        with self._lock:
            self._line.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def memory_file(text: str) -> int:
    """A descriptor to read `text` from, however long it is."""
    fd = os.memfd_create("request", os.MFD_CLOEXEC)
    with open(fd, "wb", closefd=False) as file:
        file.write(text.encode())
    return fd
