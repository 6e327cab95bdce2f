"""A runner's own process: it is sent its settings, then one session by a line on stdin; its end is stdin's end.

The lines are described in `adapters.process_lines`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from notebook_automation.adapters.lines import Line, Lines, OwnStreams, parsed
from notebook_automation.adapters.process_lines import BEGUN, CHANGED, READY
from notebook_automation.domain.errors import AutomationError
from notebook_automation.forkserver import SharedServer, adopt_orphans, end_orphans
from notebook_automation.ports import Blobs
from notebook_automation.settings import Settings

from .runner import Runner, warm_up
from .warm_kernels import WarmKernels

_log = logging.getLogger(__name__)

_ORPHANS_SECONDS = 2.0
"""Time that killed processes get to be gone."""

BuildRunner = Callable[..., Runner]
"""``build(settings, api_url=…, begun=…, changed=…)`` returns a `Runner` on a database of its own."""


def run_attempt_process(build: BuildRunner) -> int:
    """Be a runner: read settings and an assignment from stdin, run it, report on stdout; return the exit code."""
    adopt_orphans()
    streams = OwnStreams()
    _log_to_stderr()
    first = parsed(streams.incoming.readline())
    if first is None:
        return 0
    # What it reads from here on is the session's; its own folder is no project's.
    os.chdir(Settings(**first["settings"]).data_dir)
    warm_up()
    runner = _built(build, first, streams.send)
    streams.send(READY)
    return asyncio.run(_serve(runner, streams))


class ForkedRunner:
    """A runner in a process forked from a warm one: built ahead for the settings in ``first``, then run once.

    The same lines come and go as for a process of its own, but for the first: the settings are here already.
    """

    def __init__(self, build: BuildRunner, first: Line) -> None:
        self.first = first
        self._streams: OwnStreams | None = None
        self._runner = _built(build, first, self._send)

    def dry_run(self, folder: Path, blobs: Blobs) -> None:
        """In the process that is forked: see `Runner.dry_run`."""
        self._runner.dry_run(folder, blobs)

    def get_ready(self) -> None:
        """In the forked process, ahead of its session."""
        self._runner.get_ready()

    def run(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> int:
        """Serve one session; ``request`` describes the kernel fork servers that ``descriptors`` lead to.

        Return the exit code.
        """
        streams = self._streams = OwnStreams()
        _log_to_stderr()
        servers = [
            SharedServer.from_json(described, descriptor)
            for described, descriptor in zip(request.get("kernels", []), descriptors, strict=False)
        ]
        warm = WarmKernels(servers, str(request.get("set_up_reason", "")))
        streams.send(READY)
        code = asyncio.run(_serve(self._runner, streams, warm))
        sys.stderr.flush()
        return code

    def _send(self, line: Line) -> None:
        if self._streams is not None:
            self._streams.send(line)


def _built(build: BuildRunner, first: Line, send: Callable[[Line], None]) -> Runner:
    return build(
        Settings(**first["settings"]),
        api_url=str(first.get("api_url") or ""),
        begun=lambda: send(BEGUN),
        changed=lambda: send(CHANGED),
    )


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.WARNING, format="runner %(process)d: %(message)s", stream=sys.stderr)
    logging.getLogger("papermill").setLevel(logging.ERROR)


async def _serve(runner: Runner, streams: OwnStreams, warm: WarmKernels | None = None) -> int:
    """Wait for the session and run it; return 0 at its end, 3 if it is not this attempt's, 4 if it cannot begin."""
    loop = asyncio.get_running_loop()
    assigned: asyncio.Future[Line | None] = loop.create_future()

    def received(line: Line) -> None:
        if "session" in line and not assigned.done():
            assigned.set_result(line)
        elif line.get("cancel"):
            runner.stop("cancelled")

    def closed() -> None:
        if not assigned.done():
            assigned.set_result(None)
        runner.stop("abandoned")

    Lines(streams.incoming, received, closed)
    line: dict[str, Any] | None = await assigned
    if line is None:
        return 0
    try:
        session = await runner.run(line["session"], line["owner"], line["attempt"], warm)
    except AutomationError as error:
        # The session is not acquired: the supervisor receives it, and tries again or ends the session with it.
        print(error, file=sys.stderr)
        return 4
    finally:
        # Its kernel has ended: what is still this process's was detached by the session's code.
        await asyncio.to_thread(end_orphans, (), _ORPHANS_SECONDS)
    return 0 if session is not None else 3
