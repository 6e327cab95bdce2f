"""A supervisor's own process: it is sent its settings, then wakes and cancels on stdin; its end is stdin's end.

The lines are described in `adapters.process_lines`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

from notebook_automation.adapters.lines import Line, Lines, OwnStreams, parsed
from notebook_automation.adapters.process_lines import changed_line
from notebook_automation.settings import Settings

from .supervisor import Supervisor

BuildSupervisor = Callable[..., Supervisor]
"""``build(settings, api_url=…, notify=…)`` returns a `Supervisor` on a database of its own."""


def run_supervisor_process(build: BuildSupervisor) -> int:
    """Be a supervisor until stdin ends; return the exit code."""
    streams = OwnStreams()
    logging.basicConfig(level=logging.WARNING, format="supervisor: %(message)s", stream=sys.stderr)
    first = parsed(streams.incoming.readline())
    if first is None:
        return 0
    return asyncio.run(_serve(build, first, streams))


async def _serve(build: BuildSupervisor, first: dict[str, Any], streams: OwnStreams) -> int:
    supervisor = build(
        Settings(**first["settings"]),
        api_url=str(first.get("api_url") or ""),
        notify=lambda news: streams.send(changed_line(news)),
    )

    def received(line: Line) -> None:
        if line.get("wake"):
            supervisor.wake()
        if isinstance(line.get("cancel"), str):
            supervisor.cancel(line["cancel"])

    Lines(streams.incoming, received, supervisor.close)
    await supervisor.work()
    return 0
