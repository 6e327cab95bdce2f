"""`jupyter automation …`: run, see and steer automations at a shell."""

from __future__ import annotations

import os

import click

from notebook_automation._version import __version__

from .commands import LazyCommands

COMMANDS = {
    "apply": "projects",
    "artifact": "artifacts",
    "backfill": "backfills",
    "doctor": "doctor",
    "event": "events",
    "inbox": "inbox",
    "inquiry": "inquiries",
    "manifest": "manifests",
    "policy": "policies",
    "rule": "rules",
    "notification": "notifications",
    "run": "run",
    "secret": "variables",
    "serve": "serve",
    "session": "sessions",
    "signal": "signals",
    "sweep": "sweeps",
    "task": "tasks",
    "trigger": "triggers",
    "variable": "variables",
    "why": "why",
}
"""Each command with its module: a new noun adds its line here and nowhere else."""
COMPLETE = "_JUPYTER_AUTOMATION_COMPLETE"
EPILOG = """\b
Completion, for bash (zsh and fish alike), in ~/.bashrc:
  eval "$(_JUPYTER_AUTOMATION_COMPLETE=bash_source jupyter-automation)"
"""


@click.group(
    cls=LazyCommands, modules=COMMANDS, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="notebook-automation")
def cli() -> None:
    """Notebooks that run by themselves: on a schedule, on a webhook, or by hand.

    `run` needs no server. The other commands find the running Jupyter server by themselves, or take --url and
    --token. Every command that tells something tells it as JSON with --json.
    """


def main() -> None:
    """Start the command line; exits with 0, or with the code of what went wrong."""
    # A shell completes words of one command, so completion knows the product by its script's own name.
    name = "jupyter-automation" if COMPLETE in os.environ else "jupyter automation"
    cli(prog_name=name, complete_var=COMPLETE)
