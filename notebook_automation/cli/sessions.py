"""`session list|show|watch|logs|wake|delete|retry`: runs, as they go and afterwards."""

from __future__ import annotations

import itertools
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from notebook_automation.sdk.client import path_of
from notebook_automation.sdk.environments import environment_text, memory_text
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.retries import goes_on_text, try_text
from notebook_automation.sdk.sessions import ENDED
from notebook_automation.sdk.times import ago, in_zone, lasting
from notebook_automation.sdk.waiting import waiting_text

from .checkpoints import fork_session, list_checkpoints, resume_session
from .errors import FAILED, INTERRUPTED
from .named_sessions import find_session, print_states
from .named_triggers import resolve
from .options import json_option, limit_option, print_json, server_options
from .questions import confirm
from .server import connect, items
from .session_output import LogPrinter, follow_session, print_end, print_error, print_log_entry
from .session_trees import cancel_session, show_tree
from .signals import signal_session
from .steps import list_steps
from .tables import print_fields, print_table, values_text

_ENTRIES = 500

_session_argument = click.argument("name", metavar="SESSION")
_SESSION_HELP = "SESSION is an id (ses_…), a trigger (its last session), or last."


@click.group(short_help="Runs: list, show, watch, logs, cancel, retry, signal and more.")
def session() -> None:
    """Runs, as they go and afterwards."""


session.add_command(list_checkpoints)
session.add_command(list_steps)
session.add_command(resume_session)
session.add_command(fork_session)
session.add_command(signal_session)
session.add_command(show_tree)
session.add_command(cancel_session)


@session.command("list")
@click.option("--status", metavar="A,B", help="Only in these states: failed,running")
@click.option("--trigger", metavar="PROJECT/NAME", help="Only this trigger's.")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--call", metavar="FILE", help="Only of this notebook or function.")
@click.option("--since", metavar="TIME", help="Only made at this time (RFC 3339) or later.")
@click.option("--tag", metavar="TAG", help="Only those with this tag.")
@limit_option
@server_options
@json_option
def list_sessions(
    url: str | None, token: str | None, as_json: bool, limit: int, status: str | None, trigger: str | None,
    project: str | None, call: str | None, since: str | None, tag: str | None,
) -> None:  # fmt: skip
    """List sessions, the newest first."""
    client = connect(url, token)
    wanted = resolve(client, trigger)["ref"] if trigger else None
    query = {"status": status, "trigger": wanted, "project": project, "call": call, "since": since, "tag": tag}
    found = list(items(client, "sessions", limit, **query))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (
            one["id"],
            one["status"],
            f"{one['project']}/{one['call']}",
            one["trigger"] or one["started_by"],
            ago(one["created_at"]),
            lasting(one["duration"]),
            _why(one),
        )
        for one in found
    ]
    columns = ("ID", "STATUS", "CALL", "STARTED BY", "STARTED", "TOOK", "REASON")
    print_table(columns, rows, empty="There are no such sessions.")


@session.command("show", epilog=_SESSION_HELP)
@_session_argument
@server_options
@json_option
def show_session(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Show a session: parameters, cells, result, and the cell at which it failed."""
    client = connect(url, token)
    found = find_session(client, name)
    if as_json:
        print_json(found)
        return
    cells = client.get(path_of("sessions", found["id"], "cells"))["items"]
    _print_session(found)
    if cells:
        click.echo()
        # Counted as the log does: cells that run.
        count = itertools.count(1)
        rows = [
            ("" if cell["status"] == "skipped" else next(count), cell["status"], _took(cell), cell["source_head"])
            for cell in cells
        ]
        print_table(("CELL", "STATUS", "TOOK", "BEGINS WITH"), rows, empty="")
    if found["error"]:
        click.echo()
        print_error(found["error"], err=False)


@session.command("watch", epilog=_SESSION_HELP)
@_session_argument
@server_options
@json_option
def watch_session(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Follow a session until it has ended; exits with 1 when it did not complete.

    Ctrl-C ends the watching, not the session. With --json each entry of its log is a line, and last the session.
    """
    client = connect(url, token)
    found = find_session(client, name)
    on_entry = _print_json_line if as_json else LogPrinter().print_entry
    try:
        ended = follow_session(client, found["id"], on_entry)
    except KeyboardInterrupt:
        click.echo(f"\nThe session goes on; jupyter automation session cancel {found['id']} ends it.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if as_json:
        click.echo(json.dumps(ended, ensure_ascii=False))
    else:
        print_end(ended)
    if ended["status"] != "completed":
        raise click.exceptions.Exit(FAILED)


@session.command("logs", epilog=_SESSION_HELP)
@_session_argument
@click.option("-f", "--follow", "go_on", is_flag=True, help="Go on until it has ended.")
@server_options
@json_option
def show_logs(url: str | None, token: str | None, as_json: bool, name: str, go_on: bool) -> None:
    """Print a session's log: what it did and what it printed. With --json each entry is a line."""
    client = connect(url, token)
    found = find_session(client, name)
    on_entry = _print_json_line if as_json else print_log_entry
    if go_on and found["status"] not in ENDED:
        follow_session(client, found["id"], on_entry)
        return
    path, after = path_of("sessions", found["id"], "log"), 0
    while entries := client.get(path, after=after, limit=_ENTRIES)["items"]:
        for entry in entries:
            on_entry(entry)
        after = entries[-1]["seq"]


@session.command("wake")
@_session_argument
@server_options
@json_option
def wake_session(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Let a session that sleeps (na.sleep, na.sleep_until) go on now, or one that is held back until its time start."""
    client = connect(url, token)
    woken = client.post(path_of("sessions", find_session(client, name)["id"], "wake"))
    print_states([woken], as_json=as_json)


@session.command("delete")
@click.argument("names", metavar="[SESSION…]", nargs=-1)
@click.option("--older-than", metavar="AGE", help="All that were made before: 30d, 12h, 2w.")
@click.option("--status", metavar="A,B", help="With --older-than: only those that ended so.")
@click.option("--trigger", metavar="NAME", help="With --older-than: only this trigger's.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
@json_option
def delete_session(
    url: str | None, token: str | None, as_json: bool, names: tuple[str, ...], older_than: str | None,
    status: str | None, trigger: str | None, yes: bool,
) -> None:  # fmt: skip
    """Delete ended sessions with their logs and artifacts; their events stay."""
    client = connect(url, token)
    if bool(names) == bool(older_than):
        raise Invalid("Say which: sessions by name, or --older-than 30d.")
    if older_than:
        from notebook_automation.domain.schedules.intervals import interval_seconds

        age = timedelta(seconds=interval_seconds(older_than, "--older-than"))
        until = (datetime.now(UTC) - age).isoformat()
        query = {"until": until, "status": status or ",".join(ENDED), "trigger": trigger, "order": "asc"}
        found = list(items(client, "sessions", sys.maxsize, **query))
    else:
        found = [find_session(client, name) for name in names]
    if found and not yes:
        what = found[0]["id"] if len(found) == 1 else f"{len(found)} sessions"
        confirm(f"Delete {what} with log and artifacts?", "delete")
    for one in found:
        client.call("DELETE", path_of("sessions", one["id"]))
    if as_json:
        print_json({"items": [{"id": one["id"]} for one in found]})
    else:
        click.echo(f"Deleted {len(found)} session{'' if len(found) == 1 else 's'}.")


@session.command("retry")
@click.argument("names", metavar="SESSION…", nargs=-1, required=True)
@click.option("--current-files", is_flag=True, help="With the files as they are now, not those of that session.")
@server_options
@json_option
def retry_session(
    url: str | None, token: str | None, as_json: bool, names: tuple[str, ...], current_files: bool
) -> None:
    """Run ended sessions again, as new sessions: the same files, parameters and event."""
    client = connect(url, token)
    body = {"files": "current" if current_files else "same"}
    started = [client.post(path_of("sessions", find_session(client, name)["id"], "retry"), body) for name in names]
    print_states(started, as_json=as_json)


def _print_session(found: Any) -> None:
    cells = f"{found['current_cell'] or 0} of {found['total_cells']}" if found["total_cells"] else None
    progress = found["progress"]
    print_fields(
        (
            ("Session", found["id"]),
            ("Status", found["status"]),
            ("Reason", found["reason"]),
            ("Runs", f"{found['project']}/{found['call']}"),
            ("File", _file(found)),
            ("Started by", found["trigger"] or found["started_by"]),
            ("Session above", found["parent_id"]),
            ("Children", f"{found['unended_children']} not ended" if found["unended_children"] else None),
            ("Event", found["event_id"]),
            ("Try", try_text(found)),
            ("Tried again", found["retried_by"]),
            ("Durable", goes_on_text(found)),
            ("Waits", waiting_text(found)),
            ("Retry of", found["retry_of"] if found["retry_of"] != found["forked_from"] else None),
            ("Goes on from", found["forked_from"]),
            ("Parameters", values_text(found["parameters"])),
            ("Kernel", found["kernel_name"]),
            ("Environment", environment_text(found["env"])),
            ("Memory", memory_text(found["memory"])),
            ("Cell", cells),
            ("Progress", f"{progress['value']:.0%} {progress['message']}" if progress else None),
            ("Created", in_zone(found["created_at"])),
            ("Started", in_zone(found["started_at"])),
            ("Took", lasting(found["duration"])),
            ("Result", None if found["result"] is None else json.dumps(found["result"], ensure_ascii=False)),
            ("Artifacts", found["artifact_count"]),
        )
    )


def _file(found: Any) -> str | None:
    """Return which version of the called file ran."""
    if not found["file_saved_at"]:
        return None
    return f"as saved at {in_zone(found['file_saved_at'])}" + (", saved again since" * bool(found["file_saved_again"]))


def _print_json_line(entry: Any) -> None:
    click.echo(json.dumps(entry, ensure_ascii=False))


def _why(one: Any) -> str:
    if one["error"]:
        return f"{one['error']['ename']}: {one['error']['evalue']}"
    return (try_text(one) if one["status"] == "scheduling" else "") or waiting_text(one) or one["reason"] or ""


def _took(cell: Any) -> str:
    if not cell["started_at"] or not cell["finished_at"]:
        return ""
    began, ended = (datetime.fromisoformat(cell[name]) for name in ("started_at", "finished_at"))
    return lasting((ended - began).total_seconds())
