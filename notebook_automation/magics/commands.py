"""`%automation enable|disable|delete`: what is done to triggers by name."""

from __future__ import annotations

import argparse
from typing import Any

from notebook_automation.sdk.client import connect

from .markup import Shown, table
from .triggers import trigger_path


def names_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the names that these commands take."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="a trigger's name, project/name, or id")


def enable(shell: Any, said: argparse.Namespace) -> Shown:
    """Let the named triggers fire."""
    return _changed(said.names, enabled=True)


def disable(shell: Any, said: argparse.Namespace) -> Shown:
    """Stop the named triggers from firing."""
    return _changed(said.names, enabled=False)


def delete(shell: Any, said: argparse.Namespace) -> Shown:
    """Delete the named triggers. All names are looked up before the first is deleted."""
    found = [connect().get(trigger_path(name)) for name in said.names]
    rows = []
    for trigger in found:
        connect().call("DELETE", trigger_path(trigger["id"]))
        gone = "deleted; its URL is gone for good" if trigger.get("url") else "deleted"
        rows.append((trigger["ref"], gone))
    return table(("Trigger", ""), rows, empty="")


def _changed(names: list[str], *, enabled: bool) -> Shown:
    rows = []
    for name in names:
        trigger = connect().call("PATCH", trigger_path(name), json={"enabled": enabled})
        rows.append((trigger["ref"], "enabled" if trigger["enabled"] else "disabled"))
    return table(("Trigger", ""), rows, empty="")
