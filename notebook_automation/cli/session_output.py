"""A session on the terminal: its log entry by entry until it has ended, and how it ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.sessions import ENDED
from notebook_automation.sdk.times import clock, lasting

from .tables import mark

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds between two polls of a session: they grow from the first to the longest while nothing happens."""
_ENTRIES = 500
_GUTTER = "│ "


def follow_session(client: Client, session_id: str, on_entry: Callable[[Mapping[str, Any]], None]) -> Any:
    """Call ``on_entry`` with each entry of a session's log as it comes; return the session once it has ended."""
    path = path_of("sessions", session_id)
    after, pause = 0, FIRST_PAUSE
    while True:
        # The session first: when it says that it has ended, its log is complete.
        session = client.get(path)
        entries = client.get(f"{path}/log", after=after, limit=_ENTRIES)["items"]
        for entry in entries:
            on_entry(entry)
            after = entry["seq"]
        if entries:
            pause = FIRST_PAUSE
        elif session["status"] in ENDED:
            return session
        else:
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)


class LogPrinter:
    """Prints log entries for a person: what the notebook prints to the standard output, all else to the standard error.

    ``quiet`` prints only what the notebook prints.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._began: datetime | None = None

    def print_entry(self, entry: Mapping[str, Any]) -> None:
        """Print one entry."""
        kind, text = entry["kind"], str(entry["text"] or "")
        at = datetime.fromisoformat(entry["at"])
        self._began = self._began or at
        if kind == "print":
            click.echo(text)
            sys.stdout.flush()
        elif kind == "stderr":
            click.echo(text, err=True)
        elif not self._quiet and kind in ("start", "cell", "artifact", "stop_request", "call", "state"):
            passed = f"{(at - self._began).total_seconds():7.1f} s  "
            click.echo(click.style(passed, dim=True) + self._line(kind, text), err=True)

    def _line(self, kind: str, text: str) -> str:
        if kind == "artifact":
            return f"kept {click.style(text, bold=True)}"
        return click.style(text, fg="yellow") if kind in ("stop_request", "state") else text


def print_log_entry(entry: Mapping[str, Any]) -> None:
    """Print an entry with its time and kind; what went wrong on the standard error."""
    text = str(entry["text"] or "").rstrip()
    time_of_day = click.style(clock(entry["at"]), dim=True)
    click.echo(f"{time_of_day} {entry['kind']:<12} {text}", err=entry["kind"] in ("stderr", "error"))


def print_end(session: Mapping[str, Any], *, err: bool = True) -> None:
    """Print how a session ended; of a failed one the cell, its text and the traceback."""
    status, error = session["status"], session.get("error")
    good = status == "completed"
    took = f" in {lasting(session['duration'])}" if session.get("duration") is not None else ""
    reason = "" if good or error else f": {session.get('reason') or 'no reason was recorded'}"
    if error:
        print_error(error, err=err)
    head = f"{mark(good)} {click.style(status, bold=True)}{took}{reason}"
    if error:
        head += f": {_headline(error)}"
    click.echo(head, err=err)


def print_error(error: Mapping[str, Any], *, err: bool = True) -> None:
    """Print the cell that failed and its traceback; colours only where the terminal has them."""
    source = str(error.get("cell_source") or "").rstrip()
    if source:
        number = error.get("cell_number")
        click.secho("The failed cell" + (f" (cell {number})" if number is not None else ""), bold=True,
                    err=err)  # fmt: skip
        for line in source.splitlines():
            click.echo(click.style(_GUTTER, fg="red") + line, err=err)
    traceback = "\n".join(error.get("traceback") or []).rstrip()
    if traceback:
        click.echo(traceback, err=err)


def _headline(error: Mapping[str, Any]) -> str:
    lines = str(error.get("evalue") or "").strip().splitlines()
    return f"{error['ename']}: {lines[0]}" if lines else str(error["ename"])
