"""`session checkpoints|resume|fork`: what a durable session has saved, and going on from there."""

from __future__ import annotations

from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.literals import assignments

from .named_sessions import find_session, print_states
from .options import json_option, print_json, server_options
from .server import connect
from .tables import print_table


@click.command("checkpoints")
@click.argument("name", metavar="SESSION")
@server_options
@json_option
def list_checkpoints(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """List what a durable session has saved after its cells."""
    client = connect(url, token)
    found = client.get(path_of("sessions", find_session(client, name)["id"], "checkpoints"))
    if as_json:
        print_json(found)
        return
    rows = [
        (_cell(one), f"{one['size']:,}", f"{one['seconds']:.2f} s", f"{1000 * one['held']:.0f} ms",
         f"not resumable past here, because {one['obstacle']}" if one["obstacle"] else ", ".join(
             name["name"] for name in one["names"]))
        for one in found["items"]
    ]  # fmt: skip
    print_table(("CELL", "BYTES", "SAVED IN", "HELD", "HOLDS"), rows, empty="It has no checkpoints.")


@click.command("resume")
@click.argument("name", metavar="SESSION")
@server_options
@json_option
def resume_session(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Go on where a durable session ended, as a new session: finished cells are not run again."""
    client = connect(url, token)
    started = client.post(path_of("sessions", find_session(client, name)["id"], "resume"), {})
    print_states([started], as_json=as_json)


@click.command("fork")
@click.argument("name", metavar="SESSION")
@click.option(
    "--from",
    "from_cell",
    type=click.IntRange(min=1),
    metavar="CELL",
    help="The first cell to run again, as the log counts them. Without it: after the last that was saved.",
)
@click.option(
    "--files",
    type=click.Choice(["same", "now"]),
    default="same",
    show_default=True,
    help="now: with the files as they are now; cells are kept up to the first that differs.",
)
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="Another parameter, as YAML; repeatable.")
@server_options
@json_option
def fork_session(
    url: str | None, token: str | None, as_json: bool, name: str, from_cell: int | None, files: str,
    given: tuple[str, ...],
) -> None:  # fmt: skip
    """Go on from a checkpoint of a durable session that has ended or waits, as a new session.

    With another parameter (-p), all from the cell that sets it runs again; with --from too, the cells before that one
    are kept as they are, made with the old value, and a cell that sets the new one is put in there.
    """
    client = connect(url, token)
    body: dict[str, Any] = {"files": files, "parameters": assignments(given, "-p")}
    if from_cell is not None:
        body["from_cell"] = from_cell
    started = client.post(path_of("sessions", find_session(client, name)["id"], "resume"), body)
    print_states([started], as_json=as_json)


def _cell(one: dict[str, object]) -> str:
    part = f", part {int(str(one['piece'])) + 1} of {one['pieces']}" if one["pieces"] != 1 else ""
    return f"{one['cell']}{part}"
