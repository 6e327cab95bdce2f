"""`python -m notebook_automation …`: the command line without its console script, and our own child processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Be what the first argument says: a ``supervisor`` or ``runner`` of a server, ``recover`` of its reaper, else the
    command line."""
    if arguments == ["supervisor"]:
        from notebook_automation.execution import light_jsonschema  # noqa: F401  (before all that it is about)

        # isort: split
        from notebook_automation.compose.attempts import build_supervisor
        from notebook_automation.supervisor.process import run_supervisor_process

        return run_supervisor_process(build_supervisor)
    if arguments == ["runner"]:
        from notebook_automation.execution import light_papermill  # noqa: F401  (before all that it is about)

        # isort: split
        from notebook_automation.compose.attempts import build_runner
        from notebook_automation.runner.process import run_attempt_process

        return run_attempt_process(build_runner)
    if arguments[:1] == ["recover"] and len(arguments) == 3:
        from notebook_automation.execution.recovery import main as recover

        return recover(*arguments[1:])
    from notebook_automation.cli import main as command_line

    command_line()
    return 0


if __name__ == "__main__":
    if not __package__:
        # Started by the file, as our children are: the package is found wherever this one lies, and only after
        # everything that the interpreter finds by itself.
        sys.path.append(str(Path(__file__).resolve().parent.parent))
    code = main(sys.argv[1:])
    if sys.argv[1:] in (["supervisor"], ["runner"]):
        # All is committed and sent: taking the interpreter down in order would only cost the next session time.
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
