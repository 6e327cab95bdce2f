"""`%automation signal`: send a session what it waits for."""

from __future__ import annotations

import argparse
import json
from typing import Any

from notebook_automation.sdk.client import connect, path_of

from .markup import Shown, code, table


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `signal` takes."""
    parser.add_argument("id", metavar="SESSION", help="a session's id")
    parser.add_argument("name", metavar="NAME", help="the signal's name, as in na.wait('approve')")
    parser.add_argument("payload", nargs="?", metavar="VALUE", help="JSON; what is none is sent as text")


def signal(shell: Any, given: argparse.Namespace) -> Shown:
    """Send a session a signal."""
    body = {"name": given.name, "payload": _value(given.payload)}
    connect().post(path_of("sessions", given.id, "signals"), body)
    return table(("Session", "Got"), [(code(given.id), code(given.name))], empty="")


def _value(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
