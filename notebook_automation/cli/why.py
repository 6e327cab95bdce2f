"""`why`: why an event, a session or a trigger ran, or did not."""

from __future__ import annotations

import json
from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.times import in_zone

from .named_triggers import resolve
from .options import json_option, print_json, server_options
from .server import connect
from .tables import mark

NOT_RUN = 1
"""Exit code where it ran nothing."""


@click.command("why", short_help="Why an event, a session or a trigger ran, or did not.")
@click.argument("name", metavar="EVENT|SESSION|TRIGGER")
@server_options
@json_option
def why(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Tell why an event (evt_…), a session (ses_…) or a trigger ran, or did not.

    Each rule with the values that its conditions saw, what waits and for what, and for a trigger the events that came
    nearest and what was refused. Exits with 1 where nothing ran.
    """
    client = connect(url, token)
    key = name if name.startswith(("evt_", "ses_")) else resolve(client, name)["id"]
    found = client.get(path_of("why", key))
    if as_json:
        print_json(found)
    else:
        click.secho(found["answer"], bold=True)
        for step in found["steps"]:
            _print(step)
    if found["ran"] is False:
        raise click.exceptions.Exit(NOT_RUN)


def _print(step: Any) -> None:
    at = f"  ({in_zone(step['at'], None)})" if step["at"] else ""
    click.echo(f"{mark(step['ok'])} {step['text']}{at}")
    for clause in step["clauses"]:
        values = ", ".join(
            f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in clause["values"].items()
        )
        click.echo(f"    {mark(clause['result'])} {clause['text']}" + (f"   {values}" if values else ""))
        if clause["error"]:
            click.echo(f"        {clause['error']}")
    if step["errs_at"]:
        click.echo(f"    At line {step['errs_at']['line']}, column {step['errs_at']['column']} of the condition.")
