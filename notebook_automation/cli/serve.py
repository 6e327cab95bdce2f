"""`serve`: the engine and its REST without JupyterLab."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from notebook_automation.settings import Settings

from .errors import Failure
from .options import json_option
from .tables import mark, print_fields

_SETTING = re.compile(r"--(?P<owner>[A-Z]\w*)\.(?P<name>\w+)=(?P<value>.*)", re.DOTALL)


@click.command(
    short_help="Run the engine and its REST without JupyterLab.", context_settings={"ignore_unknown_options": True}
)
@click.argument("settings", nargs=-1, type=click.UNPROCESSED, metavar="[--NotebookAutomationApp.SETTING=VALUE]...")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes any free one. [default: 8888]")
@click.option("--ip", metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for all. [default: localhost]")
@click.option("--root-dir", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="FOLDER",
              help="Folder that projects live under. [default: this one]")  # fmt: skip
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Folder of the database and artifacts. [default: Jupyter's data folder]")  # fmt: skip
@click.option("--token", envvar="JUPYTER_TOKEN", help="The server's token; a random one else. [env: JUPYTER_TOKEN]")
@click.option("--allow-root", is_flag=True, help="Run even as the user root.")
@json_option
def serve(
    port: int | None, ip: str | None, root_dir: Path | None, data_dir: Path | None, token: str | None,
    allow_root: bool, as_json: bool, settings: Sequence[str],
) -> None:  # fmt: skip
    """Run the engine and its REST without JupyterLab, until Ctrl-C.

    Schedules tick, webhooks are answered and sessions run as in JupyterLab, whether or not a browser is open.
    Jupyter's own configuration counts (jupyter_server_config.py: certificates, passwords, the settings of
    NotebookAutomationApp); of its extensions only this one is loaded. Every setting can also be given here, as
    --NotebookAutomationApp.max_sessions=4.

    Prints the address and the token; with --json as one line, once the server is ready.
    """
    if os.name != "nt" and os.geteuid() == 0 and not allow_root:
        raise Failure("Running as root is not recommended: use another user, or add --allow-root.",
                      code="root", exit_code=5, as_json=as_json)  # fmt: skip
    _check_settings(settings)
    from .headless import serve_until_stopped

    given: dict[str, dict[str, Any]] = {
        "ServerApp": {
            "port": port,
            # The URLs of webhooks are known to others: another port than the one meant would be silence for them.
            "port_retries": 0,
            "ip": ip,
            "root_dir": str(root_dir.resolve()) if root_dir else None,
            "allow_root": allow_root or None,
        },
        "IdentityProvider": {"token": token},
        "NotebookAutomationApp": {"data_dir": str(data_dir.resolve()) if data_dir else None},
    }
    serve_until_stopped(given, settings, _announce_json if as_json else _announce)


def _check_settings(given: Sequence[str]) -> None:
    """Raise UsageError unless each is a setting with its value: Jupyter itself passes over what it does not know."""
    known = [setting.name for setting in fields(Settings)]
    for text in given:
        found = _SETTING.fullmatch(text)
        if found is None:
            raise click.UsageError(
                f"There is no option {text}. Settings are given as --NotebookAutomationApp.NAME=VALUE."
            )
        if found["owner"] == "NotebookAutomationApp" and found["name"] not in known:
            close = difflib.get_close_matches(found["name"], known, 1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"There is no setting {found['name']}.{meant}")


def _announce(addresses: Mapping[str, Any]) -> None:
    click.echo(f"{mark(True)} Notebook Automation is ready.")
    click.echo("")
    shown = {"Address": "url", "Token": "token", "API": "api", "Projects": "root_dir", "Data": "data_dir"}
    print_fields((label, addresses[name]) for label, name in shown.items())
    click.echo("")
    click.echo("Ctrl-C stops it; sessions that run are ended.")


def _announce_json(addresses: Mapping[str, Any]) -> None:
    click.echo(json.dumps(addresses))
