"""`doctor`: is everything there that automations need, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import json_option, print_json, server_options
from .tables import mark

if TYPE_CHECKING:
    from .diagnosis.finding import Finding

NOT_IN_ORDER = 1
"""Exit code when something has to be put right."""


@click.command(short_help="Check that everything is there; say what to do if not.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Folder of the database. [default: as Jupyter's configuration says]")  # fmt: skip
@click.option("--database-url", metavar="URL", help="The database. [default: as Jupyter's configuration says]")
@server_options
@json_option
def doctor(url: str | None, token: str | None, as_json: bool, data_dir: Path | None, database_url: str | None) -> None:
    """Check this installation, its database, its kernels and the server, where one runs.

    Exits with 1 when something has to be put right.
    """
    from .diagnosis import findings

    found: list[Finding] = []
    for finding in findings(data_dir=data_dir, database_url=database_url, url=url, token=token):
        found.append(finding)
        if not as_json:
            _print_finding(finding)
    if as_json:
        print_json({"items": [asdict(finding) for finding in found]})
    else:
        _print_sum(found)
    if any(finding.good is False for finding in found):
        raise click.exceptions.Exit(NOT_IN_ORDER)


def _print_finding(finding: Finding) -> None:
    click.echo(f"{mark(finding.good)} {click.style(finding.what, bold=True)}: {finding.text}")
    if finding.advice:
        click.echo(f"    → {finding.advice}")


def _print_sum(found: Sequence[Finding]) -> None:
    wrong = sum(finding.good is False for finding in found)
    notes = sum(finding.good is None for finding in found)
    click.echo("")
    if wrong:
        click.echo(f"{wrong} {'things have' if wrong > 1 else 'thing has'} to be put right.")
    else:
        click.echo("Everything is there." + (f" {notes} to know about." if notes else ""))
