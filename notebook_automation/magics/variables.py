"""`%automation variable|secret set|list|delete`: what `na.var` reads in this project's sessions."""

from __future__ import annotations

import argparse
import posixpath
from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.errors import Refused
from notebook_automation.sdk.notebook import notebook_path, project_name

from .markup import Shown, code, table
from .noun import Command
from .questions import ask_secret, confirm

_ACTIONS = ("set", "list", "delete")


def _arguments(*, secret: bool) -> Callable[[argparse.ArgumentParser], None]:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=_ACTIONS, nargs="?", default="list", help="set, list (default), delete")
        parser.add_argument("name", nargs="?", metavar="NAME", help="what na.var calls it")
        if not secret:
            parser.add_argument("value", nargs="?", metavar="VALUE", help="its value, a text")
        parser.add_argument("--description", metavar="TEXT", help="what it is for, shown beside it")
        parser.add_argument("--project", metavar="NAME", help="another project than this notebook's")
        parser.add_argument("--yes", action="store_true", help="delete without asking")

    return add


def secret(shell: Any, given: argparse.Namespace) -> Shown:
    """Set a secret that is typed without being shown, list what there is, or delete one."""
    if given.action == "set":
        value = ask_secret(_named(given, "%automation secret set API_KEY"))
        return _set(given, {"value": value, "secret": True, "description": given.description})
    return _listed_or_deleted(given)


def variable(shell: Any, given: argparse.Namespace) -> Shown:
    """Set a variable, list what there is, or delete one."""
    if given.action == "set":
        _named(given, "%automation variable set REGION emea")
        if given.value is None and given.description is None:
            raise UsageError(f"Say its value, too: %automation variable set {given.name} emea")
        return _set(given, {"value": given.value, "secret": False, "description": given.description})
    return _listed_or_deleted(given)


def _listed_or_deleted(given: argparse.Namespace) -> Shown:
    if given.action == "list":
        return _list(given.project or project_name())
    name = _named(given, "%automation variable delete REGION")
    project = given.project or project_name()
    if not given.yes:
        confirm(f"Delete {name} of {project}?", "Add --yes to delete it all the same.")
    connect().call("DELETE", path_of("projects", project, "variables", name))
    return table(("Variable", ""), [(code(name), "deleted")], empty="")


def _set(given: argparse.Namespace, body: dict[str, Any]) -> Shown:
    project = given.project or project_name()
    path = path_of("projects", project, "variables", given.name)
    try:
        stored = connect().call("PUT", path, json=body)
    except Refused as refused:
        if refused.code != "project_not_found" or given.project:
            raise
        # A folder becomes a project with the first thing that is set in it.
        made = connect().post("projects", {"path": posixpath.dirname(notebook_path())})
        stored = connect().call("PUT", path_of("projects", made["id"], "variables", given.name), json=body)
    how = f"na.var({stored['name']!r})"
    return table(("Variable", "Value", "Read it by"), [(code(stored["name"]), _shown(stored), code(how))], empty="")


def _list(project: str) -> Shown:
    try:
        items = connect().get(path_of("projects", project, "variables"))["items"]
    except Refused as refused:
        if refused.code != "project_not_found":
            raise
        items = []
    empty = "No variables yet: %automation variable set REGION emea, or %automation secret set API_KEY."
    rows = [(code(one["name"]), _shown(one), one.get("description") or "") for one in items]
    return table(("Variable", "Value", "Description"), rows, empty=empty)


def _shown(one: Any) -> str:
    return "secret: a session reads it" if one["secret"] else str(one["value"])


def _named(given: argparse.Namespace, example: str) -> str:
    if not given.name:
        raise UsageError(f"Say its name, too: {example}")
    return str(given.name)


def variable_names(client: Client) -> Iterator[str]:
    """Yield the actions, and the names of this project's variables."""
    yield from _ACTIONS
    for one in client.get(path_of("projects", project_name(), "variables"))["items"]:
        yield one["name"]


COMMANDS = {
    "secret": Command(
        summary="set (asks without showing it), list or delete what na.var reads and outputs never show",
        example="%automation secret set API_KEY",
        arguments=_arguments(secret=True),
        act=secret,
        names=variable_names,
    ),
    "variable": Command(
        summary="set, list or delete what na.var reads in this project's sessions",
        example="%automation variable set REGION emea",
        arguments=_arguments(secret=False),
        act=variable,
        names=variable_names,
    ),
}
