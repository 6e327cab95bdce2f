"""`apply`: make a project's triggers, variables and connections what a manifest says."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from notebook_automation.sdk.client import Client
from notebook_automation.sdk.errors import Invalid

from .options import json_option, print_json, server_options
from .questions import confirm, unconfirmed
from .server import connect
from .tables import print_table

_DONE = {"create": "created", "change": "changed", "delete": "deleted"}


@click.command(short_help="Make a project what a manifest says, after showing the plan.")
@click.argument("manifest", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--folder", metavar="PATH", help="The project's folder under the Jupyter root; else the manifest's own.")
@click.option("--dry-run", is_flag=True, help="Show the plan and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
@json_option
def apply(
    url: str | None, token: str | None, as_json: bool, manifest: Path, folder: str | None, dry_run: bool, yes: bool
) -> None:
    """Make a project's triggers, variables and connections what MANIFEST (YAML, - reads it here) says.

    Shows what it creates, changes and deletes, and asks before it does so.
    """
    client = connect(url, token)
    wanted = {"manifest": _text(manifest), "path": _folder(client, manifest) if folder is None else folder}
    planned = client.post("projects/apply", {**wanted, "dry_run": True})
    changes = [step for step in planned["plan"] if step["change"] != "same"]
    if not as_json:
        _print_plan(planned, changes)
    if dry_run or not changes:
        if as_json:
            print_json(planned)
        return
    if not yes:
        _confirm(can_ask=not as_json and str(manifest) != "-" and sys.stdin.isatty())
    applied = client.post("projects/apply", {**wanted, "dry_run": False})
    if as_json:
        print_json(applied)
    else:
        click.echo(f"Applied to {applied['project']}: {_counted(applied['plan'])}.")


def _confirm(*, can_ask: bool) -> None:
    """Ask whether to go on. Raises Invalid (``not_confirmed``) where nobody can be asked, Abort where they say no."""
    if not can_ask:
        raise unconfirmed("apply the plan")
    confirm("Apply this?", "apply the plan")


def _counted(plan: list[Any]) -> str:
    counts = Counter(step["change"] for step in plan)
    return ", ".join(f"{counts[change]} {word}" for change, word in _DONE.items() if counts[change])


def _print_plan(planned: Any, changes: list[Any]) -> None:
    rows = [(step["change"], step["kind"], step["name"], _fields(step["fields"])) for step in changes]
    same = len(planned["plan"]) - len(changes)
    empty = f"The project {planned['project']} is as the manifest says ({same} unchanged)."
    print_table(("PLAN", "KIND", "NAME", "FIELDS"), rows, empty=empty)
    for warning in planned["warnings"]:
        click.secho(f"Warning: {warning}", fg="yellow", err=True)


def _fields(fields: Any) -> str:
    texts = []
    for name, (old, new) in fields.items():
        before, after = (json.dumps(value, ensure_ascii=False) for value in (old, new))
        texts.append(f"{name}: {after}" if old is None else f"{name}: {before} → {after}")
    return "; ".join(texts)


def _text(manifest: Path) -> str:
    if str(manifest) == "-":
        return sys.stdin.read()
    try:
        return manifest.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1}"
        raise Invalid(
            f"{manifest} is not text in UTF-8 ({where}): save it in UTF-8.", code="manifest_invalid"
        ) from None
    except OSError as error:
        raise Invalid(f"{manifest} could not be read: {error.strerror}.", code="manifest_invalid") from None


def _folder(client: Client, manifest: Path) -> str:
    """Return the manifest's folder as a path under the server's root."""
    root = client.place.root
    if root is None or str(manifest) == "-":
        raise Invalid("Say which project is meant: --folder, its path under the Jupyter root ('' is the root itself).")
    here, root = manifest.resolve().parent, root.resolve()
    if not here.is_relative_to(root):
        raise Invalid(f"{here} lies outside of the Jupyter root {root}: say which project is meant, with --folder.")
    path = here.relative_to(root).as_posix()
    return "" if path == "." else path
