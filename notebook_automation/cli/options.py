"""Options that commands share: which server, and for people or for machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Add `--json`: the command prints its result as JSON. Given to the command as ``as_json``."""

    def remember(ctx: click.Context, _option: click.Parameter, value: bool) -> bool:
        # Errors are then JSON too, wherever they are caught; so it is known before other options are looked at.
        ctx.meta["as_json"] = value
        return value

    return click.option("--json", "as_json", is_flag=True, is_eager=True, callback=remember, help="Print JSON.")(
        command
    )


def server_options(command: Command) -> Command:
    """Add `--url` and `--token`, given to the command as such."""
    command = click.option(
        "--token",
        envvar=["NOTEBOOK_AUTOMATION_TOKEN", "JUPYTER_TOKEN"],
        help="The server's token. [env: NOTEBOOK_AUTOMATION_TOKEN, JUPYTER_TOKEN]",
    )(command)
    return click.option(
        "--url",
        envvar="NOTEBOOK_AUTOMATION_URL",
        help="The Jupyter server's address; found by itself when it runs on this machine. "
        "[env: NOTEBOOK_AUTOMATION_URL]",
    )(command)


def limit_option(command: Command) -> Command:
    """Add `--limit`, the most items that a list shows."""
    return click.option(
        "--limit", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="At most so many."
    )(command)


def print_json(value: Any) -> None:
    """Print ``value`` as JSON, for a machine and legible."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
