"""`variable|secret set|list|delete`: what `na.var` reads in a project's sessions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Invalid, Refused

from .options import Command, json_option, print_json, server_options
from .questions import ask_secret, confirm
from .server import connect
from .tables import print_table

_name_argument = click.argument("name", metavar="NAME")


def _description_option(command: Command) -> Command:
    what = "What it is for, shown beside it; left out, the one that is there stays."
    return click.option("--description", metavar="TEXT", help=what)(command)


def project_option(command: Command) -> Command:
    """Let a command be told which project is meant."""
    return click.option("--project", metavar="NAME", help="The project; else that of the folder you are in.")(command)


@click.group(short_help="Settings that notebooks of a project read: set, delete.")
def variable() -> None:
    """What na.var reads in a project's sessions."""


@click.group(short_help="Secrets that sessions of a project read: set, delete.")
def secret() -> None:
    """What na.var reads in a project's sessions, encrypted here and masked in all that they produce."""


@variable.command("set")
@_name_argument
@click.argument("value", required=False)
@_description_option
@project_option
@server_options
@json_option
def set_variable(
    url: str | None, token: str | None, as_json: bool, name: str, value: str | None, description: str | None,
    project: str | None,
) -> None:  # fmt: skip
    """Set the variable NAME to VALUE; with --description alone, its value stays."""
    if value is None and description is None:
        raise click.UsageError(f"Say its value, too: jupyter automation variable set {name} VALUE")
    body = {"value": value, "secret": False, "description": description}
    _set(connect(url, token), project, name, body, as_json=as_json)


@secret.command("set")
@_name_argument
@_description_option
@project_option
@server_options
@json_option
def set_secret(
    url: str | None, token: str | None, as_json: bool, name: str, description: str | None, project: str | None
) -> None:
    """Set the secret NAME: its value is asked for without being shown, or read from a pipe."""
    client = connect(url, token)
    value = ask_secret(name)
    _set(client, project, name, {"value": value, "secret": True, "description": description}, as_json=as_json)


def _list(url: str | None, token: str | None, as_json: bool, project: str | None) -> None:
    """List the project's variables; the value of a secret is never shown."""
    client = connect(url, token)
    try:
        found = client.get(path_of("projects", project or here(client)["name"], "variables"))["items"]
    except Refused as refused:
        if project or refused.code != "project_not_found":
            raise
        # The folder you are in becomes a project with the first thing that is set in it.
        found = []
    if as_json:
        print_json({"items": found})
        return
    rows = [(one["name"], "(secret)" if one["secret"] else one["value"], one.get("description") or "") for one in found]
    print_table(
        ("NAME", "VALUE", "DESCRIPTION"), rows, empty="There are none yet: jupyter automation secret set API_KEY"
    )


def _delete(url: str | None, token: str | None, as_json: bool, name: str, project: str | None, yes: bool) -> None:
    """Delete NAME: sessions that ask for it fail from then on."""
    client = connect(url, token)
    of = project or here(client)["name"]
    if not yes:
        confirm(f"Delete {name} of {of}?", "delete")
    client.call("DELETE", path_of("projects", of, "variables", name))
    if as_json:
        print_json({"name": name, "project": of})
    else:
        click.echo(f"Deleted {name}.")


def _set(client: Client, project: str | None, name: str, body: dict[str, Any], *, as_json: bool) -> None:
    of = project or client.post("projects", {"path": here(client)["path"]})["name"]
    stored = client.call("PUT", path_of("projects", of, "variables", name), json=body)
    if as_json:
        print_json(stored)
    else:
        click.echo(f"Set {stored['name']} of {of}: its notebooks read it by na.var({stored['name']!r}).")


def here(client: Client) -> dict[str, str]:
    """Return the name and the folder (under the Jupyter root) of the project that the working folder is or becomes."""
    root = client.place.root
    here = Path.cwd().resolve()
    if root is None:
        raise Invalid("The server's root folder is not known here: say which project is meant, with --project.")
    if not here.is_relative_to(root.resolve()):
        raise Invalid(f"{here} lies outside of the Jupyter root {root}: say which project is meant, with --project.")
    path = here.relative_to(root.resolve()).as_posix()
    path = "" if path == "." else path
    return {"name": client.get("projects/inspect", path=path)["project"], "path": path}


def _with_both(group: click.Group, name: str, command: Callable[..., None]) -> None:
    """Give a group a command that variables and secrets share."""
    if name == "delete":
        command = click.option("--yes", is_flag=True, help="Do not ask.")(_name_argument(command))
    group.command(name, help=command.__doc__)(project_option(server_options(json_option(command))))


for _group in (variable, secret):
    _with_both(_group, "list", _list)
    _with_both(_group, "delete", _delete)
