"""`event emit`: tell that an event of a project has happened."""

from __future__ import annotations

import json
from typing import Any

import click

from notebook_automation.sdk.errors import Invalid

from .options import json_option, print_json, server_options
from .server import connect


@click.command("emit")
@click.argument("project")
@click.argument("name")
@click.argument("data", required=False, metavar="[JSON]")
@server_options
@json_option
def emit_event(url: str | None, token: str | None, as_json: bool, project: str, name: str, data: str | None) -> None:
    """Tell that the event NAME of PROJECT has happened: its triggers for it run, and sessions get it that wait for it.

    As na.emit does in a notebook.
    """
    body = {"project": project, "type": name, "data": _object(data)}
    receipt = connect(url, token).post("events", body)
    if as_json:
        print_json(receipt)
        return
    started = ", ".join(receipt["session_ids"]) or "nothing: no trigger listens to it, or its filter said no"
    click.echo(f"Event {receipt['event_id']} started {started}.")


def _object(text: str | None) -> dict[str, Any]:
    """Return the JSON object of an event's data; raises Invalid."""
    try:
        data = {} if text is None else json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Invalid(f"The data of an event is a JSON object, such as '{{\"id\": 7}}', and {text!r} is none.")
    return data
