"""`%automation run … --sweep` and `%automation sweep`: one session for each combination of parameters."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.sweeps import Sweep, split_axes

from .noun import Command


def add_sweep_options(parser: argparse.ArgumentParser) -> None:
    """Add what makes a sweep of a run."""
    parser.add_argument("--sweep", action="store_true", help="once for each combination of the -p that are lists")
    parser.add_argument("--zip", action="store_true", help="with --sweep: the first values together, then the second")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="with --sweep: how many side by side (2)")


def begin(asked: Mapping[str, Any], given: argparse.Namespace) -> Sweep:
    """Begin the sweep that a line of `run` asks for; ``asked`` is what one session would be asked for by."""
    body = {**asked, **split_axes(asked["parameters"]), "zip": given.zip, "at_once": given.at_once}
    return Sweep(connect().post("sweeps", body))


def sweep_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `sweep` takes."""
    parser.add_argument("name", metavar="ID", help="a sweep (grp_…), to see how far it is")
    parser.add_argument("--cancel", action="store_true", help="cancel all of it that has not begun")
    parser.add_argument("--stop", action="store_true", help="with --cancel: also stop what runs")
    parser.add_argument("--retry", action="store_true", help="run again what has not completed, as a sweep of its own")


def act(shell: Any, given: argparse.Namespace) -> Sweep:
    """Show a sweep, cancel it, or run again what has not completed."""
    sweep = Sweep(connect().get(path_of("session-groups", given.name)))
    if given.cancel:
        return sweep.cancel(stop=given.stop)
    return sweep.retry() if given.retry else sweep


def sweep_names(client: Client) -> Iterator[str]:
    """Yield the ids of the newest sweeps."""
    for group in client.get("session-groups", kind="sweep", limit=50)["items"]:
        yield group["id"]


COMMANDS = {
    "sweep": Command(
        summary="a sweep over parameters: how far it is; cancel it, run again what failed",
        example="%automation sweep grp_01k3…",
        arguments=sweep_arguments,
        act=act,
        names=sweep_names,
    ),
}
