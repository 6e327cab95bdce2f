"""`%automation steps`: what a durable session has recorded, so that it is not done again."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.times import clock, lasting

from .markup import Shown, code, status, table

_COLUMNS = ("Cell", "Step", "Status", "Tries", "Began", "Took", "Result")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `steps` takes."""
    parser.add_argument("id", metavar="SESSION", help="a durable session's id")


def steps(shell: Any, given: argparse.Namespace) -> Shown:
    """Show the steps of a session, as its page does."""
    found = connect().get(path_of("sessions", given.id, "steps"))["items"]
    return table(
        _COLUMNS, [_row(one) for one in found], empty="It has no steps: na.step records them in durable sessions."
    )


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        one["cell_number"] or "",
        code(one["name"] if one["nth"] == 0 else f"{one['name']} #{one['nth'] + 1}"),
        status(one["status"]),
        one["tries"],
        clock(one["started_at"]),
        lasting(one["duration"]),
        _shown(one),
    )


def _shown(one: Mapping[str, Any]) -> str:
    if one["error"]:
        return f"{one['error']['type']}: {one['error']['message']}"
    if one["status"] == "uncertain":
        return f"look whether it took effect: its idempotency key is {one['idempotency_key']}"
    return one["shown"] or ""
