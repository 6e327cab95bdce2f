"""`run`: a notebook run as a session, here and now, with no server."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from notebook_automation.domain.artifacts import artifact_name_of
from notebook_automation.domain.calls import Call, parse_call, split_call
from notebook_automation.domain.reports import formats_of
from notebook_automation.sdk.errors import Invalid, Missing
from notebook_automation.sdk.literals import assignments, seconds

from .errors import FAILED, INTERRUPTED
from .local_sweep import run_sweep
from .options import json_option, print_json
from .session_output import LogPrinter, print_end
from .sweeps import check_alone, print_results

if TYPE_CHECKING:
    from notebook_automation.domain.artifacts import Artifact

    from .single_process import SingleProcess

OnEntry = Callable[[Mapping[str, Any]], None]
MANIFEST = "automation.yaml"


@click.command(short_help="Run a notebook here and now; needs no server.")
@click.argument("notebook", metavar="NOTEBOOK")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter, its value as YAML; repeatable.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the executed notebook here."
)
@click.option(
    "--report",
    metavar="FORMATS",
    help="Make a report, beside the output (else beside the notebook): html, pdf or "
    "html,pdf; with ,no-code without code.",
)
@click.option(
    "--artifacts", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help="Write all it made here."
)
@click.option("--kernel", metavar="NAME", help="Another kernel than the notebook's.")
@click.option("--env", "environment", multiple=True, metavar="NAME[=VALUE]", help="Set this variable for it; NAME "
              "alone: let it see yours, and a name may end in *. Repeatable.")  # fmt: skip
@click.option("--memory", metavar="SIZE", help="End it when it holds more than this: 2GiB.")
@click.option("--skip-tags", "skip_tags", multiple=True, metavar="TAG", help="Do not run cells with this tag; "
              "repeatable.")  # fmt: skip
@click.option("--time-limit", metavar="TIME", help="Stop it after this time: 90s, 10m, 1h30m.")
@click.option("--durable", is_flag=True, help="Go on from the last finished cell when its kernel dies; "
              "wait without a kernel.")  # fmt: skip
@click.option("--sweep", is_flag=True, help="Once for each combination of the -p that are lists.")
@click.option("--zip", "paired", is_flag=True, help="With --sweep: the first values together, then the second ones.")
@click.option("--at-once", type=click.IntRange(1, 200), default=2, show_default=True, metavar="N",
              help="With --sweep: how many run side by side.")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Show only what the notebook prints.")
@json_option
def run(
    notebook: str, given: tuple[str, ...], output: Path | None, report: str | None, artifacts: Path | None,
    kernel: str | None, environment: tuple[str, ...], memory: str | None, skip_tags: tuple[str, ...],
    time_limit: str | None, durable: bool, sweep: bool, paired: bool, at_once: int, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run NOTEBOOK as a session and wait for its end.

    NOTEBOOK is a file, or one of its handlers (report.ipynb:orders), or a Python function (program.py:main). It runs
    on a copy of its folder (of its project's, where a folder above has an automation.yaml), so nothing in there
    changes: what it writes are artifacts.

    What it prints goes to the standard output, all else to the standard error. Exits with 1 when it did not
    complete. With --sweep it runs once for each combination of the parameters that are lists, and what came of each
    is printed at the end.
    """
    root, file, call = _place(notebook)
    options = {
        "parameters": assignments(given, "-p"),
        "report": report,
        "kernel_name": kernel,
        "time_limit": seconds(time_limit, "--time-limit") if time_limit else None,
        "is_durable": durable,
        "skip_tags": skip_tags,
        "env": assignments((text for text in environment if "=" in text), "--env", literal=False),
        "memory": memory,
    }
    seen = [text for text in environment if "=" not in text]
    if sweep:
        check_alone(output=output, report=report, artifacts=artifacts)
        work = run_sweep(
            root, file, str(call), options, seen, paired=paired, at_once=at_once, quiet=quiet or as_json,
            stopping=_cancelled_by_sigterm,
        )  # fmt: skip
        swept = asyncio.run(work)
        _end_sweep(swept, as_json=as_json)
        return
    notes: list[str] = []
    on_entry = _entry_printer(notes, quiet=quiet, as_json=as_json)
    wanted = _Wanted(output=output, report=report, folder=artifacts, shown=as_json)
    ended = asyncio.run(_run(root, file, call, options, seen, on_entry, wanted))
    if as_json:
        print_json({**ended.json(), "notes": notes})
    elif not quiet or ended.session["status"] != "completed":
        print_end(ended.session)
        for written in ended.files:
            click.echo(f"  wrote {written}", err=True)
        if ended.artifacts and not ended.files:
            click.echo("  nothing of it was written: --output FILE, --artifacts FOLDER", err=True)
    if ended.session["status"] != "completed":
        raise click.exceptions.Exit(INTERRUPTED if ended.session["status"] == "cancelled" else FAILED)


def _end_sweep(swept: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what came of a sweep; exits as one session would."""
    if as_json:
        print_json(swept)
    else:
        print_results(swept, swept["results"])
    if swept["state"] != "completed":
        raise click.exceptions.Exit(INTERRUPTED if swept["state"] == "cancelled" else FAILED)


def _entry_printer(notes: list[str], *, quiet: bool, as_json: bool) -> OnEntry:
    """Return what prints log entries, or with ``as_json`` gathers in ``notes`` what a session left out."""

    def note(entry: Mapping[str, Any]) -> None:
        if entry["kind"] == "state":
            notes.append(str(entry["text"]))

    return note if as_json else LogPrinter(quiet=quiet).print_entry


def _place(text: str) -> tuple[Path, Path, Call]:
    """Return the project's folder, the file and the call in it that ``text`` means, a path as a shell gives it."""
    name, separator, member = split_call(text)
    # Beside a link, as JupyterLab runs it; a folder above it may be a link as well.
    given = Path(name).expanduser()
    file = given.parent.resolve() / given.name
    if not file.is_file():
        raise Missing(f"There is no file {name}: name a notebook, such as report.ipynb.", code="path_not_found")
    if file.suffix.lower() not in (".ipynb", ".py"):
        raise Invalid(
            f"{name} is neither a notebook nor a Python file: name one that ends in .ipynb or .py.", code="call_invalid"
        )
    root = next((folder for folder in file.parents if (folder / MANIFEST).is_file()), file.parent)
    return root, file, parse_call(PurePosixPath(file.relative_to(root)).as_posix() + separator + member)


async def _run(
    root: Path,
    file: Path,
    call: Call,
    options: Mapping[str, Any],
    environment: Sequence[str],
    on_entry: OnEntry,
    wanted: _Wanted,
) -> _Ended:
    """Run the call to its end; Ctrl-C and SIGTERM stop it, and what it made so far is kept."""
    with _cancelled_by_sigterm(), _no_garbage_while_importing() as imported:
        from .single_process import SingleProcess

        async with SingleProcess(root, file, options["kernel_name"], environment) as process:
            session_id = await process.start(str(call), options)
            imported()
            try:
                session = await process.follow(session_id, on_entry)
            except asyncio.CancelledError:
                session = await _stopped(process, session_id)
            made = await process.artifacts(session_id)
            newest = {artifact.name: artifact for artifact in sorted(made, key=lambda one: one.version)}
            files: list[Path] = []
            for name, target in wanted.places(call, file, made):
                if name in newest and newest[name].blob is not None and target not in files:
                    await process.write(newest[name], target)
                    files.append(target)
            return _Ended(session, await process.shown(made) if wanted.shown else made, files)


async def _stopped(process: SingleProcess, session_id: str) -> Mapping[str, Any]:
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()
    click.secho("Stopping it; what it made so far is kept.", fg="yellow", err=True)
    await process.cancel(session_id)
    return await process.follow(session_id, lambda entry: None)


@contextlib.contextmanager
def _no_garbage_while_importing() -> Iterator[Callable[[], None]]:
    """Keep the collector from looking through a thousand modules again and again: a sixth of the time until a session
    runs. What is yielded is called when all is imported."""
    if not gc.isenabled():
        yield lambda: None
        return
    gc.disable()
    try:
        yield gc.enable
    finally:
        gc.enable()


@contextlib.contextmanager
def _cancelled_by_sigterm() -> Iterator[None]:
    """Let SIGTERM do what `asyncio.run` lets Ctrl-C do: session, processes and temporary folder go first."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    if threading.current_thread() is not threading.main_thread() or os.name == "nt":
        yield
        return
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is to be written of what a session made."""

    output: Path | None
    report: str | None
    folder: Path | None
    shown: bool
    """Whether what it made is to be shown as the API does."""

    def places(self, call: Call, file: Path, made: Sequence[Artifact]) -> list[tuple[str, Path]]:
        """Return names of artifacts, and where each is to be written."""
        stem = artifact_name_of(PurePosixPath(call.path).stem)
        wanted: list[tuple[str, Path]] = []
        if self.output is not None:
            wanted.append((f"{stem}.ipynb", self.output))
        for kind in formats_of(self.report):
            wanted.append((f"{stem}.{kind}", (self.output or file).with_suffix(f".{kind}")))
        if self.folder is not None:
            wanted.extend((artifact.name, self.folder / artifact.name) for artifact in made)
        return wanted


@dataclass(frozen=True, slots=True)
class _Ended:
    """An ended session as the API shows it, what it made, and the files that were written."""

    session: Mapping[str, Any]
    artifacts: Sequence[Any]
    files: Sequence[Path]

    def json(self) -> dict[str, Any]:
        return {"session": self.session, "artifacts": self.artifacts, "files": [str(file) for file in self.files]}
