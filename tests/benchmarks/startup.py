"""What it costs to have it installed: the import, and the start of a Jupyter server."""

from __future__ import annotations

import sys
import tempfile

from tests.benchmarks.costs import Cost, compile_all, of_command
from tests.benchmarks.table import Table, median, milliseconds

ROUNDS = 5
_SERVER = """
import asyncio, sys
from jupyter_server.serverapp import ServerApp
async def main():
    app = ServerApp()
    app.initialize([
        "--no-browser", "--allow-root", "--ServerApp.port=0", "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={sys.argv[1]}",
        f"--ServerApp.jpserver_extensions=notebook_automation={sys.argv[2]}", "--ServerApp.log_level=ERROR",
    ], find_extensions=False)
    await app._post_start()
asyncio.run(main())
import os
os._exit(0)
"""  # noqa: E501


def run() -> Table:
    """Start each ``ROUNDS`` times, in turn."""
    compile_all()
    found: dict[str, list[Cost]] = {}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            places = {
                name: f"{folder}/{name}" for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
            }
            runs = {
                "nothing": [sys.executable, "-c", "pass"],
                "import": [sys.executable, "-c", "import notebook_automation"],
                "server without": [sys.executable, "-c", _SERVER, folder, "False"],
                "server with": [sys.executable, "-c", _SERVER, folder, "True"],
            }
            for name, command in runs.items():
                found.setdefault(name, []).append(of_command(command, env=places))
    return Table(
        title="What it costs to have it installed",
        columns=("what", "without", "with", "more", "more, processor time", "goal"),
        rows=[
            _row("import notebook_automation", found["nothing"], found["import"], "≤ 100 ms"),
            _row("start of a Jupyter server", found["server without"], found["server with"], "≤ 150 ms"),
        ],
        notes=(f"Medians of {ROUNDS}.",),
    )


def _row(name: str, without: list[Cost], with_it: list[Cost], goal: str) -> tuple[str, ...]:
    walls = median([cost.wall for cost in without]), median([cost.wall for cost in with_it])
    more = median([cost.cpu for cost in with_it]) - median([cost.cpu for cost in without])
    return (
        name,
        milliseconds(walls[0]),
        milliseconds(walls[1]),
        milliseconds(walls[1] - walls[0]),
        milliseconds(more),
        goal,
    )
