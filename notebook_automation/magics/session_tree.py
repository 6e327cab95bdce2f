"""`%automation tree`: which sessions started each other, with states and durations."""

from __future__ import annotations

import argparse
from typing import Any

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.markup import joined, tag
from notebook_automation.sdk.session_tree import tree_of
from notebook_automation.sdk.times import lasting

from .markup import Shown, panel_link, status, table

_COLUMNS = ("Session", "Status", "Calls", "Took")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `tree` takes."""
    parser.add_argument("id", metavar="SESSION", help="a session's id")


def tree(shell: Any, given: argparse.Namespace) -> Shown:
    """Show the whole tree that a session is in."""
    client = connect()
    drawn = tree_of(client, client.get(path_of("sessions", given.id)))
    rows = []
    for strokes, one in drawn.lines():
        lead = tag("span", strokes, style="white-space: pre; font-family: monospace")
        name = joined((lead, panel_link(one["id"], "session", id=one["id"])))
        rows.append((name, status(one["status"]), one["call"], lasting(one["duration"])))
    return table(_COLUMNS, rows, empty="")
