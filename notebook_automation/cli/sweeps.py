"""`sweep start|list|show|cancel|retry`: one session for each combination of parameters."""

from __future__ import annotations

from typing import Any

import click

from notebook_automation.sdk.backfills import progress_text
from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.literals import assignments, seconds
from notebook_automation.sdk.sweeps import grid, split_axes
from notebook_automation.sdk.times import ago

from .options import json_option, limit_option, print_json, server_options
from .server import PAGE, connect, items
from .tables import print_fields, print_table

_group_argument = click.argument("sweep_id", metavar="SWEEP")


@click.group(short_help="One session for each combination of parameters.")
def sweep() -> None:
    """Run something once for each combination of parameters: so many at once, the results joined."""


@sweep.command("start")
@click.argument("call", metavar="CALL")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter, its value as YAML; a list "
              "([emea, apac]) is swept over. Repeatable.")  # fmt: skip
@click.option("--project", metavar="NAME", help="Where CALL is; else CALL is a path under the Jupyter root.")
@click.option("--zip", "paired", is_flag=True, help="The first values of all lists together, then the second ones, …")
@click.option("--at-once", type=click.IntRange(1, 200), default=2, show_default=True, metavar="N", help="Side by side.")
@click.option("--kernel", metavar="NAME", help="Another kernel than the notebook's.")
@click.option("--env", "environment", multiple=True, metavar="NAME=VALUE", help="Set this for the kernels; repeatable.")
@click.option("--memory", metavar="SIZE", help="End a session that holds more than this: 2GiB.")
@click.option("--time-limit", metavar="TIME", help="Stop a session after this time: 90s, 10m, 1h30m.")
@server_options
@json_option
def start(
    url: str | None, token: str | None, as_json: bool, call: str, given: tuple[str, ...], project: str | None,
    paired: bool, at_once: int, kernel: str | None, environment: tuple[str, ...], memory: str | None,
    time_limit: str | None,
) -> None:  # fmt: skip
    """Run CALL (report.ipynb, report.ipynb:handler, program.py:function) once for each combination."""
    body: dict[str, Any] = {
        "call": call, "zip": paired, "at_once": at_once, "kernel_name": kernel, "memory": memory,
        "env": assignments(environment, "--env", literal=False),
        "time_limit": seconds(time_limit, "--time-limit") if time_limit else None,
        **({"project": project} if project else {}), **split_axes(assignments(given, "-p")),
    }  # fmt: skip
    _print(connect(url, token).call("POST", "sweeps", json=body), as_json=as_json)


@sweep.command("list")
@limit_option
@server_options
@json_option
def list_(url: str | None, token: str | None, as_json: bool, limit: int) -> None:
    """List sweeps, the newest first."""
    found = list(items(connect(url, token), "session-groups", limit, kind="sweep"))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (one["id"], one["state"], f"{one['project']}/{one['call']}", ago(one["created_at"]), progress_text(one))
        for one in found
    ]
    empty = "There are none yet: jupyter automation sweep start report.ipynb -p 'region=[emea, apac]'"
    print_table(("SWEEP", "STATE", "RUNS", "BEGUN", "PROGRESS"), rows, empty=empty)


@sweep.command("show")
@_group_argument
@server_options
@json_option
def show(url: str | None, token: str | None, as_json: bool, sweep_id: str) -> None:
    """Show how far a sweep is, and what came of each combination."""
    client = connect(url, token)
    group = client.get(path_of("session-groups", sweep_id))
    found: list[Any] = []
    after: dict[str, Any] = {}
    while True:
        page = client.get(path_of("session-groups", sweep_id, "results"), limit=PAGE, **after)
        found += page["items"]
        if page["next_cursor"] is None:
            break
        after = {"after": page["next_cursor"]}
    if as_json:
        print_json({**group, "results": found})
        return
    _print(group, as_json=False)
    print_results(group, found)


@sweep.command("cancel")
@_group_argument
@click.option("--stop", is_flag=True, help="Also stop what runs; else it is left to finish.")
@server_options
@json_option
def cancel(url: str | None, token: str | None, as_json: bool, sweep_id: str, stop: bool) -> None:
    """Cancel all of a sweep that has not begun."""
    body = {"running": "stop" if stop else "finish"}
    _print(connect(url, token).call("POST", path_of("session-groups", sweep_id, "cancel"), json=body), as_json=as_json)


@sweep.command("retry")
@_group_argument
@server_options
@json_option
def retry(url: str | None, token: str | None, as_json: bool, sweep_id: str) -> None:
    """Run again what of a sweep has not completed, as a sweep of its own."""
    _print(connect(url, token).call("POST", path_of("session-groups", sweep_id, "retry"), json={}), as_json=as_json)


def check_alone(**options: object) -> None:
    """Raise Invalid for options that mean nothing where there are many sessions."""
    for name, value in options.items():
        if value:
            raise Invalid(f"--{name} is about one session: leave it out of a sweep.")


def print_results(group: Any, found: list[Any]) -> None:
    """Print what came of each combination: of two parameters as a grid."""
    head, rows = grid(group, found)
    print_table(tuple(text.upper() for text in head), [tuple(row) for row in rows], empty="It has no combinations.")


def _print(group: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(group)
        return
    print_fields(
        (
            ("Sweep", group["id"]),
            ("State", group["state"]),
            ("Runs", f"{group['project']}/{group['call']}"),
            ("At once", group["at_once"]),
            ("Progress", progress_text(group)),
            ("Reason", group["reason"]),
        )
    )
