"""`session tree|cancel`: what sessions have started, and the end of sessions, also with that."""

from __future__ import annotations

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.session_tree import MOST, tree_of
from notebook_automation.sdk.times import lasting

from .named_sessions import find_session, print_states
from .options import json_option, print_json, server_options
from .server import connect
from .tables import print_tree


@click.command("tree")
@click.argument("name", metavar="SESSION")
@server_options
@json_option
def show_tree(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Show which sessions started each other: the whole tree that SESSION is in, with states and durations."""
    client = connect(url, token)
    found = find_session(client, name)
    tree = tree_of(client, found)
    if as_json:
        print_json({"root": tree.root, "items": tree.below})
        return
    lines = list(tree.lines())
    print_tree(
        (
            strokes,
            (
                one["id"],
                one["status"],
                one["call"],
                lasting(one["duration"]),
                "← this one" if one["id"] == found["id"] and len(lines) > 1 else "",
            ),
        )
        for strokes, one in lines
    )
    if tree.more:
        click.echo(f"The first {MOST} are shown.", err=True)


@click.command("cancel")
@click.argument("names", metavar="SESSION…", nargs=-1, required=True)
@click.option("--children", is_flag=True, help="Also all that they started, and what these have.")
@server_options
@json_option
def cancel_session(url: str | None, token: str | None, as_json: bool, names: tuple[str, ...], children: bool) -> None:
    """Ask sessions to stop: their kernels are interrupted, then ended; what they made so far is kept."""
    client = connect(url, token)
    query = {"children": "true"} if children else {}
    found = [find_session(client, name)["id"] for name in names]
    cancelled = [client.post(path_of("sessions", one, "cancel"), **query) for one in found]
    print_states(cancelled, as_json=as_json)
    left = sum(one["unended_children"] or 0 for one in cancelled)
    if left and not as_json:
        click.echo(f"{left} that they started go on: --children cancels them, too.", err=True)
