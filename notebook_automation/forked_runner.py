"""The runner that is forked from a warm process: what the fork server imports, prepares ahead and runs.

`supervisor/warm_processes.py` names this module; it does what ``__main__.py runner`` does in a new process.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from notebook_automation.execution import light_papermill  # noqa: F401  (before all that it is about)

# isort: split
from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.compose.attempts import build_runner
from notebook_automation.runner.process import ForkedRunner
from notebook_automation.runner.runner import warm_up

_built: list[ForkedRunner] = []
"""The runner of the settings that the fork server was started for; each fork has its own copy."""


def before_forks(first: dict[str, Any]) -> None:
    """Import and build all that runners need; called once, in the fork server. ``first``: settings and API address."""
    warm_up()
    runner = ForkedRunner(build_runner, first)
    with tempfile.TemporaryDirectory(prefix="nba-dry-run-") as folder:
        runner.dry_run(Path(folder), FileBlobs(Path(folder) / "blobs"))
    _built.append(runner)


def prepare(child: Any) -> ForkedRunner:
    """Return a runner for the settings in the hint, ready for its session."""
    runner = next((built for built in _built if built.first == child.hint), None)
    if runner is None:
        runner = ForkedRunner(build_runner, child.hint)
    if not child.request:
        # Nobody waits yet.
        runner.get_ready()
    return runner


def main(request: dict[str, Any], child: Any) -> None:
    """Be a runner: its lines come and go on stdin and stdout; end this process with its exit code."""
    runner: ForkedRunner = child.prepared
    code = runner.run(request, child.descriptors)
    # All is committed and sent: ending in order would only cost the next session time.
    child.end(code)
