"""`run`: a notebook run as a session, here and now, with no server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from notebook_automation.domain.calls import Call, parse_call, split_call
from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.errors import Invalid, Missing
from notebook_automation.sdk.literals import assignments, seconds
from notebook_automation.sdk.sessions import ENDED

from .artifacts import download
from .errors import FAILED, INTERRUPTED
from .options import json_option, print_json
from .server import items
from .session_output import LogPrinter, follow_session, print_end

if TYPE_CHECKING:
    from .embedded import Embedded

MANIFEST = "automation.yaml"
_MOST_ARTIFACTS = 10_000


@click.command(short_help="Run a notebook here and now; needs no server.")
@click.argument("notebook", metavar="NOTEBOOK")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter, its value as YAML; repeatable.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the executed notebook here."
)
@click.option(
    "--report", type=click.Choice(["html"]), help="Make a report, beside the output (else beside the notebook)."
)
@click.option(
    "--artifacts", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help="Write all it made here."
)
@click.option("--kernel", metavar="NAME", help="Another kernel than the notebook's.")
@click.option("--time-limit", metavar="TIME", help="Stop it after this time: 90s, 10m, 1h30m.")
@click.option("-q", "--quiet", is_flag=True, help="Show only what the notebook prints.")
@json_option
def run(
    notebook: str, given: tuple[str, ...], output: Path | None, report: str | None, artifacts: Path | None,
    kernel: str | None, time_limit: str | None, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run NOTEBOOK as a session and wait for its end.

    NOTEBOOK is a file, or one of its handlers (report.ipynb:orders), or a Python function (program.py:main). It runs
    on a copy of its folder (of its project's, where a folder above has an automation.yaml), so nothing in there
    changes: what it writes are artifacts.

    What it prints goes to the standard output, all else to the standard error. Exits with 1 when it did not
    complete.
    """
    from .embedded import Embedded

    root, call = _place(notebook)
    body = {
        "call": str(call),
        "parameters": assignments(given, "-p"),
        "report": report,
        "kernel_name": kernel,
        "time_limit": seconds(time_limit, "--time-limit") if time_limit else None,
    }
    if threading.current_thread() is threading.main_thread():
        # SIGTERM ends it as Ctrl-C does: session, processes and temporary folder go first.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Embedded(root) as embedded:
        session = embedded.client.post("sessions", {**body, "project": embedded.project})
        try:
            session = follow_session(embedded.client, session["id"], _entry_printer(quiet=quiet, as_json=as_json))
        except KeyboardInterrupt:
            session = _cancelled(embedded, session["id"])
        made = list(items(embedded.client, "artifacts", _MOST_ARTIFACTS, session=session["id"]))
        files = _write(embedded, made, call, notebook, output=output, report=report, folder=artifacts)
    if as_json:
        print_json({"session": session, "artifacts": made, "files": [str(file) for file in files]})
    elif not quiet or session["status"] != "completed":
        print_end(session)
        for file in files:
            click.echo(f"  wrote {file}", err=True)
        if made and not files:
            click.echo("  nothing of it was written: --output FILE, --artifacts FOLDER", err=True)
    if session["status"] != "completed":
        raise click.exceptions.Exit(INTERRUPTED if session["status"] == "cancelled" else FAILED)


def _entry_printer(*, quiet: bool, as_json: bool) -> Any:
    return (lambda entry: None) if as_json else LogPrinter(quiet=quiet).print_entry


def _place(text: str) -> tuple[Path, Call]:
    """Return the project's folder and the call in it that ``text`` means, a path as a shell gives it."""
    name, separator, member = split_call(text)
    file = Path(name).expanduser().resolve()
    if not file.is_file():
        raise Missing(f"There is no file {name}: name a notebook, such as report.ipynb.", code="path_not_found")
    if file.suffix.lower() not in (".ipynb", ".py"):
        raise Invalid(f"{name} is neither a notebook nor a Python file.", code="call_invalid")
    root = next((folder for folder in file.parents if (folder / MANIFEST).is_file()), file.parent)
    return root, parse_call(PurePosixPath(file.relative_to(root)).as_posix() + separator + member)


def _cancelled(embedded: Embedded, session_id: str) -> Any:
    click.secho("Stopping it; what it made so far is kept.", fg="yellow", err=True)
    client, path = embedded.client, path_of("sessions", session_id)
    session = client.post(f"{path}/cancel")
    return session if session["status"] in ENDED else follow_session(client, session_id, lambda entry: None)


def _write(
    embedded: Embedded, made: list[Mapping[str, Any]], call: Call, notebook: str, *, output: Path | None,
    report: str | None, folder: Path | None,
) -> list[Path]:  # fmt: skip
    """Write what was asked for out of what the session made; return the files."""
    stem = PurePosixPath(call.path).stem
    wanted: list[tuple[str, Path]] = []
    if output is not None:
        wanted.append((f"{stem}.ipynb", output))
    if report is not None:
        beside = output or Path(split_call(notebook)[0])
        wanted.append((f"{stem}.html", beside.with_suffix(".html")))
    if folder is not None:
        wanted.extend((artifact["name"], folder / artifact["name"]) for artifact in made)
    newest = {artifact["name"]: artifact for artifact in sorted(made, key=lambda one: one["version"])}
    written: list[Path] = []
    for name, file in wanted:
        if name in newest and newest[name].get("content_url") and file not in written:
            download(embedded.client, newest[name], file)
            written.append(file)
    return written
