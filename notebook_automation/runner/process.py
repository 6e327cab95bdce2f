"""A runner's own process: told its settings, then one session by a line on stdin; its end is stdin's end."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from notebook_automation.adapters.lines import Line, Lines, OwnStreams, parsed
from notebook_automation.domain.errors import AutomationError
from notebook_automation.forkserver import SharedServer
from notebook_automation.ports import Blobs
from notebook_automation.settings import Settings

from .runner import Runner, warm_up

_log = logging.getLogger(__name__)

BuildRunner = Callable[..., Runner]
"""``build(settings, api_url=…, begun=…, changed=…)`` returns a `Runner` on a database of its own."""


def run_attempt_process(build: BuildRunner) -> int:
    """Be a runner: read settings and an assignment from stdin, run it, tell of it on stdout; return the exit code.

    The lines in: ``{"settings": {…}, "api_url": …}``, then ``{"session", "owner", "attempt"}`` when there is one,
    then ``{"cancel": true}``. The lines out: ``{"ready": true}``, ``{"begun": true}``, ``{"changed": true}``.
    """
    leave_imports_light()
    streams = OwnStreams()
    _log_to_stderr()
    first = parsed(streams.incoming.readline())
    if first is None:
        return 0
    # What it reads from here on is the session's; its own folder is no project's.
    os.chdir(Settings(**first["settings"]).data_dir)
    warm_up()
    runner = _built(build, first, streams.tell)
    streams.tell({"ready": True})
    return asyncio.run(_serve(runner, streams))


class ForkedRunner:
    """A runner in a process forked from a warm one: built ahead for the settings in ``first``, then run once.

    It hears and tells the same lines as a process of its own, but for the first: the settings are here already.
    """

    def __init__(self, build: BuildRunner, first: Line) -> None:
        self.first = first
        self._streams: OwnStreams | None = None
        self._runner = _built(build, first, self._tell)

    def rehearse(self, folder: Path, blobs: Blobs) -> None:
        """In the process that is forked: see `Runner.rehearse`."""
        self._runner.rehearse(folder, blobs)

    def get_ready(self) -> None:
        """In the forked process, ahead of its session."""
        self._runner.get_ready()

    def run(self, request: Mapping[str, Any], descriptors: Sequence[int]) -> int:
        """Serve one session; ``request`` describes the kernel fork servers that ``descriptors`` lead to.

        Return the exit code.
        """
        streams = self._streams = OwnStreams()
        _log_to_stderr()
        self._runner.fork_servers = [
            SharedServer.from_json(said, descriptor)
            for said, descriptor in zip(request.get("kernels", []), descriptors, strict=False)
        ]
        self._runner.setup_reason = str(request.get("set_up_reason", ""))
        streams.tell({"ready": True})
        code = asyncio.run(_serve(self._runner, streams))
        sys.stderr.flush()
        return code

    def _tell(self, line: Line) -> None:
        if self._streams is not None:
            self._streams.tell(line)


def _built(build: BuildRunner, first: Line, tell: Callable[[Line], None]) -> Runner:
    return build(
        Settings(**first["settings"]),
        api_url=str(first.get("api_url") or ""),
        begun=lambda: tell({"begun": True}),
        changed=lambda: tell({"changed": True}),
    )


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.WARNING, format="runner %(process)d: %(message)s", stream=sys.stderr)
    logging.getLogger("papermill").setLevel(logging.ERROR)


def leave_imports_light() -> None:
    """Keep `jsonschema` from building a grammar for IRIs at import: most of a second, for formats nobody checks here.

    nbformat imports it; it does without where the optional package is not installed, and so it does here.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


async def _serve(runner: Runner, streams: OwnStreams) -> int:
    loop = asyncio.get_running_loop()
    assigned: asyncio.Future[Line | None] = loop.create_future()

    def heard(line: Line) -> None:
        if "session" in line and not assigned.done():
            assigned.set_result(line)
        elif line.get("cancel"):
            runner.stop("cancelled")

    def ended() -> None:
        if not assigned.done():
            assigned.set_result(None)
        runner.stop("abandoned")

    Lines(streams.incoming, heard, ended)
    line: dict[str, Any] | None = await assigned
    if line is None:
        return 0
    try:
        session = await runner.run(line["session"], line["owner"], line["attempt"])
    except AutomationError as error:
        # Before the gate: the supervisor hears it, and tries again or tells it.
        print(error, file=sys.stderr)
        return 4
    return 0 if session is not None else 3
