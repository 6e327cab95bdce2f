"""`%automation policy set|list|delete`: how many sessions of a project, or of one of its files, may run."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.notebook import project_name
from notebook_automation.sdk.policies import limit_text

from .markup import Shown, code, table
from .noun import Command
from .questions import confirm

_ACTIONS = ("set", "list", "delete")
_EXAMPLE = "%automation policy set calm 3"
_COLUMNS = ("Policy", "Counts", "Limit", "Run", "Wait")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=_ACTIONS, nargs="?", default="list", help="set, list (default), delete")
    parser.add_argument("name", nargs="?", metavar="NAME", help="a name of your choice")
    parser.add_argument("limit", nargs="?", metavar="LIMIT", help="3, 100/hour, '1 by region, else cancel'")
    parser.add_argument("--call", metavar="FILE", help="count the sessions of this file, or handler; else all")
    parser.add_argument("--project", metavar="NAME", help="another project than this notebook's")
    parser.add_argument("--yes", action="store_true", help="delete without asking")


def policy(shell: Any, given: argparse.Namespace) -> Shown:
    """Set a policy of the project, list what there is with how many wait, or delete one."""
    project = given.project or project_name()
    if given.action == "list":
        found = connect().get(path_of("projects", project, "policies"))["items"]
        return table(_COLUMNS, [_row(one) for one in found], empty=f"There are none yet: {_EXAMPLE}")
    if not given.name:
        raise UsageError(f"Say its name, too: %automation policy {given.action} calm")
    path = path_of("projects", project, "policies", given.name)
    if given.action == "set":
        if not given.limit:
            raise UsageError(f"Say how many may run, too: {_EXAMPLE}")
        stored = connect().call("PUT", path, json={"policy": given.limit, "call": given.call})
        return table(_COLUMNS, [_row(stored)], empty="")
    if not given.yes:
        confirm(f"Delete the policy {given.name} of {project}?", "Add --yes to delete it all the same.")
    connect().call("DELETE", path)
    return table(("Policy", ""), [(code(given.name), "deleted")], empty="")


def _row(one: Any) -> tuple[object, ...]:
    queue = one["queue"]
    limit = limit_text({"policy": one["policy"]})
    return (code(one["name"]), one["call"] or "all sessions", limit, queue["taken"], queue["waiting"])


def _names(client: Client) -> Iterator[str]:
    """Yield the actions, and the names of this project's policies."""
    yield from _ACTIONS
    for one in client.get(path_of("projects", project_name(), "policies"))["items"]:
        yield one["name"]


COMMANDS = {
    "policy": Command(
        summary="set, list or delete limits of this project: how many of its sessions may run",
        example=_EXAMPLE,
        arguments=_arguments,
        act=policy,
        names=_names,
    ),
}
