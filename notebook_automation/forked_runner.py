"""The runner that is forked from a warm process: what the fork server imports, prepares ahead and runs.

`notebook_automation.engine.warming` names this module; it does what ``__main__.py runner`` does in a new process.
"""

from __future__ import annotations

from typing import Any

from notebook_automation.compose import build_runner
from notebook_automation.engine.runner_process import ForkedRunner, leave_imports_light

leave_imports_light()


def before_forks() -> None:
    """Import all that a runner needs; called once, in the fork server, where nothing may be opened or begun."""
    from notebook_automation.engine.runner import warm_up

    warm_up()


def prepare(child: Any) -> ForkedRunner:
    """Build a runner ahead of its session; the hint says for which settings."""
    return ForkedRunner(build_runner, child.hint)


def main(request: dict[str, Any], child: Any) -> int:
    """Be a runner: its lines come and go on stdin and stdout. Return the exit code."""
    runner: ForkedRunner = child.prepared
    return runner.run(request, child.descriptors)
