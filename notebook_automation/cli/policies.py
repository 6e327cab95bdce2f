"""`policy set|list|delete`: how many sessions of a project, or of one of its files, may run."""

from __future__ import annotations

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.policies import limit_text

from .options import json_option, print_json, server_options
from .questions import confirm
from .server import connect
from .tables import print_table
from .variables import here, project_option


@click.group(short_help="Limits of a project: how many of its sessions may run.")
def policy() -> None:
    """How many sessions of a project may run, however they were started. Triggers have limits of their own."""


@policy.command("set")
@click.argument("name", metavar="NAME")
@click.argument("limit", metavar="LIMIT")
@click.option("--call", metavar="FILE", help="Count the sessions of this file, or handler; else all of the project.")
@project_option
@server_options
@json_option
def set_(
    url: str | None, token: str | None, as_json: bool, name: str, limit: str, call: str | None, project: str | None
) -> None:
    """Let LIMIT run: 3, 100/hour, '1 by region'; the others wait, or: '1 by region, else cancel [running]'."""
    client = connect(url, token)
    path = path_of("projects", project or here(client)["name"], "policies", name)
    stored = client.call("PUT", path, json={"policy": limit, "call": call})
    if as_json:
        print_json(stored)
    else:
        click.echo(f"{stored['name']}: {stored['call'] or 'all sessions'}, {limit_text(stored)}")


@policy.command("list")
@project_option
@server_options
@json_option
def list_(url: str | None, token: str | None, as_json: bool, project: str | None) -> None:
    """List the project's policies, with how many sessions wait."""
    client = connect(url, token)
    found = client.get(path_of("projects", project or here(client)["name"], "policies"))["items"]
    if as_json:
        print_json({"items": found})
        return
    rows = [(one["name"], one["call"] or "all sessions", limit_text(one), str(one["queue"]["taken"])) for one in found]
    empty = "There are none yet: jupyter automation policy set calm 3"
    print_table(("NAME", "COUNTS", "LIMIT", "RUN"), rows, empty=empty)


@policy.command("delete")
@click.argument("name", metavar="NAME")
@click.option("--yes", is_flag=True, help="Do not ask.")
@project_option
@server_options
@json_option
def delete(url: str | None, token: str | None, as_json: bool, name: str, yes: bool, project: str | None) -> None:
    """Delete the policy NAME: what waits for it alone runs."""
    client = connect(url, token)
    of = project or here(client)["name"]
    if not yes:
        confirm(f"Delete the policy {name} of {of}?", "delete")
    client.call("DELETE", path_of("projects", of, "policies", name))
    if as_json:
        print_json({"name": name, "project": of})
    else:
        click.echo(f"Deleted {name}.")
