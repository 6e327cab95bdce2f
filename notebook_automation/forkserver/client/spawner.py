"""Asking a fork server for children: over its own line, or over one shared with other processes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from .forked_process import ForkedProcess, ForkServerGone
from .report import Report
from .server_process import memory_file


class Spawner(ABC):
    """Whoever may ask a fork server; `report` is there once children can be forked."""

    report: Report | None = None
    retiring = False

    def accepts(self, env: Mapping[str, str]) -> bool:
        """Whether everything that imports here looked up in the environment is the same in `env`."""
        return self.report is not None and all(
            env.get(name) == value for name, value in self.report.environ_read.items()
        )

    async def spawn(
        self,
        request: Mapping[str, Any],
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        path: Sequence[str] = (),
        hint: Mapping[str, Any] | None = None,
        use_spare: bool = True,
        rlimits: Mapping[str, Sequence[int]] | None = None,
        umask: int | None = None,
        oom_score_adj: int | None = None,
        descriptors: Sequence[int] = (),
    ) -> ForkedProcess:
        """Fork a child (a spare if there is one for `hint`) and wait until it exists.

        The descriptors stay the caller's; without one, stdin is empty and the others are this process's own.
        `path`: folders searched for modules before all others, as by `PYTHONPATH`. `rlimits`: name of the constant
        (RLIMIT_AS …) → (soft, hard). `descriptors`: at most 16 more, for the entry function (`Child.descriptors`).
        Raises ForkServerGone.
        """
        body = {
            "request": dict(request),
            "env": dict(os.environ if env is None else env),
            "cwd": cwd or os.getcwd(),
            "path": list(path),
            "umask": umask,
            "rlimits": {k: list(v) for k, v in (rlimits or {}).items()},
            "oom_score_adj": oom_score_adj,
        }
        order = {"hint": dict(hint or {}), "spare": use_spare}
        process = self._request(order, body, (stdin, stdout, stderr), descriptors)
        try:
            await process.started()
        except ForkServerGone:
            self.retiring = self.retiring or process.error is None  # no answer at all: it has ended, or soon will
            raise
        return process

    @abstractmethod
    def _order(self, order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Send one order in one packet. Raises ForkServerGone, OSError."""

    def _request(
        self,
        order: dict[str, Any],
        body: dict[str, Any],
        streams: tuple[int | None, int | None, int | None],
        descriptors: Sequence[int],
    ) -> ForkedProcess:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with contextlib.ExitStack() as opened:
            opened.callback(theirs.close)
            text = memory_file(json.dumps(body))
            opened.callback(os.close, text)
            nothing = os.open(os.devnull, os.O_RDWR)
            opened.callback(os.close, nothing)
            stdio = [nothing if streams[0] is None else streams[0]]
            stdio += [own if given is None else given for given, own in zip(streams[1:], (1, 2), strict=True)]
            try:
                self._order(order, [text, *stdio, theirs.fileno(), *descriptors])
            except (OSError, ForkServerGone) as error:
                ours.close()
                self.retiring = True
                raise ForkServerGone(str(error)) from error
        return ForkedProcess(ours)


class AttachedServer(Spawner):
    """A fork server that another process has started: `control` is a descriptor made by `ForkServer.control`.

    Each order is one packet that carries its own line for the answers, so any number of processes may ask. Its
    children live as long as whoever asked for them; the server ends when its owner closes it, or when nobody is left
    who could ask. Takes `control` over.
    """

    def __init__(self, control: int, report: Report) -> None:
        self.report = report
        self._line = socket.socket(fileno=control)

    def close(self) -> None:
        """Ask no more; children live on."""
        self._line.close()

    def _order(self, order: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        socket.send_fds(self._line, [json.dumps(order).encode()], list(descriptors))
