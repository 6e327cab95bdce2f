"""`session steps`: what a durable session has recorded, so that it is not done again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.times import clock, lasting

from .named_sessions import find_session
from .options import json_option, print_json, server_options
from .server import connect
from .tables import print_table


@click.command("steps")
@click.argument("name", metavar="SESSION")
@server_options
@json_option
def list_steps(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """List the steps of a durable session, and which are done and not run again."""
    client = connect(url, token)
    found = client.get(path_of("sessions", find_session(client, name)["id"], "steps"))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            one["cell_number"] or "",
            one["name"] if one["nth"] == 0 else f"{one['name']} #{one['nth'] + 1}",
            one["status"],
            one["tries"],
            clock(one["started_at"]),
            lasting(one["duration"]),
            _shown(one),
        )
        for one in found["items"]
    ]
    columns = ("CELL", "STEP", "STATUS", "TRIES", "BEGAN", "TOOK", "RESULT")
    print_table(columns, rows, empty="It has no steps: na.step records them in durable sessions.")


def _shown(one: Mapping[str, Any]) -> str:
    if one["error"]:
        return f"{one['error']['type']}: {one['error']['message']}"
    if one["status"] == "uncertain":
        return f"look whether it took effect: its idempotency key is {one['idempotency_key']}"
    return one["shown"] or ""
