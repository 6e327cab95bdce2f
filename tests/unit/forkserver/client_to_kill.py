"""A client of a fork server: prints the ids of the server, a child and its grandchild, and waits to be killed."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from notebook_automation.forkserver import ForkOptions, ForkServer, Recipe


async def main(folder):
    options = ForkOptions(trusted_folders=(folder,), spares=1, refill_seconds=0.0)
    recipe = Recipe((sys.executable,), entry="children:family", core=("children",), options=options)
    server = ForkServer(recipe)
    report = await server.ready(20)
    process = await server.spawn({})
    message = await process.received("family", 5)
    print(json.dumps([report.pid, *message["family"]]), flush=True)
    signal.pause()


asyncio.run(main(sys.argv[1]))
