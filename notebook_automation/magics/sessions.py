"""Sessions in a notebook: their table, and `%automation run|logs|retry|resume|steps|signal|tree|cancel`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk.client import Client, connect, path_of
from notebook_automation.sdk.notebook import project_name
from notebook_automation.sdk.retries import try_text
from notebook_automation.sdk.sessions import ENDED
from notebook_automation.sdk.times import ago, clock, lasting

from . import session_tree, signals, steps
from .markup import Shown, code, panel_link, status, table
from .noun import Command, Noun
from .session_card import session_card
from .session_runs import run, run_arguments
from .triggers import trigger_names, trigger_path

_POLL_SECONDS = 0.5
_NOT_ENDED = "requested,scheduling,scheduled,running,waiting"


def running_sessions(client: Client) -> Iterator[str]:
    """Yield the ids of the sessions that can be cancelled."""
    for session in client.get("sessions", limit=50, status=_NOT_ENDED)["items"]:
        yield session["id"]


def recent_sessions(client: Client) -> Iterator[str]:
    """Yield the ids of the newest sessions."""
    for session in client.get("sessions", limit=50)["items"]:
        yield session["id"]


def logs_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `logs`."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="a session's id, or a trigger (this project's last run)"
    )
    parser.add_argument("--follow", "-f", action="store_true", help="go on until the session has ended")
    parser.add_argument("--limit", type=int, default=500, metavar="N", help="at most so many entries at a time (500)")


def logs(shell: Any, given: argparse.Namespace) -> None:
    """Print what a session given."""
    session_id = _session_of(given.name)
    path, after = path_of("sessions", session_id, "log"), 0
    while True:
        ended = not given.follow or connect().get(path_of("sessions", session_id))["status"] in ENDED
        entries = connect().get(path, after=after, limit=max(1, min(given.limit, 1000)))["items"]
        for entry in entries:
            after = entry["seq"]
            stream = sys.stderr if entry["kind"] in ("stderr", "error") else sys.stdout
            print(f"{clock(entry['at'])} {entry['kind']:<9} {str(entry['text'] or '').rstrip()}", file=stream)
        if ended and (not given.follow or not entries):
            return
        if not entries:
            time.sleep(_POLL_SECONDS)


def cancel_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `cancel` takes."""
    parser.add_argument("ids", nargs="+", metavar="SESSION", help="a session's id")
    parser.add_argument("--children", action="store_true", help="also all that they started, and what these have")


def cancel(shell: Any, given: argparse.Namespace) -> Shown:
    """Ask for the end of sessions."""
    query = {"children": "true"} if given.children else {}
    cancelled = [connect().post(path_of("sessions", name, "cancel"), **query) for name in given.ids]
    return table(("Session", "Status"), [(code(each["id"]), status(each["status"])) for each in cancelled], empty="")


def retry_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `retry` takes."""
    parser.add_argument("ids", nargs="+", metavar="SESSION", help="an ended session's id, or a trigger (its last run)")
    parser.add_argument(
        "--current-files", action="store_true", help="with the files as they are now, not those of that session"
    )


def retry(shell: Any, given: argparse.Namespace) -> Shown:
    """Run ended sessions again."""
    body = {"files": "current" if given.current_files else "same"}
    started = [connect().post(path_of("sessions", _session_of(name), "retry"), body) for name in given.ids]
    return table(("Session", "Status"), [(code(each["id"]), status(each["status"])) for each in started], empty="")


def resume_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `resume` takes."""
    parser.add_argument("id", metavar="SESSION", help="a durable session's id, or a trigger (its last run)")
    parser.add_argument("--from", dest="from_cell", type=int, metavar="CELL", help="run again from this cell on")
    parser.add_argument(
        "--current-files",
        action="store_true",
        help="with the files of now: cells are kept up to the first that differs",
    )


def resume(shell: Any, given: argparse.Namespace) -> Shown:
    """Go on from a checkpoint of a session."""
    body: dict[str, Any] = {"files": "now" if given.current_files else "same"}
    if given.from_cell is not None:
        body["from_cell"] = given.from_cell
    new = connect().post(path_of("sessions", _session_of(given.id), "resume"), body)
    return table(("Session", "Status"), [(code(new["id"]), status(new["status"]))], empty="")


def ended_sessions(client: Client) -> Iterator[str]:
    """Yield the ids of sessions that did not end well."""
    for session in client.get("sessions", limit=50, status="failed,timeout,cancelled,abandoned")["items"]:
        yield session["id"]


def _session_of(name: str | None) -> str:
    if name and name.startswith("ses_"):
        return name
    query = {"trigger": connect().get(trigger_path(name))["ref"]} if name else {"project": project_name()}
    found = connect().get("sessions", limit=1, **query)["items"]
    if not found:
        raise UsageError("There is no session yet: start one with %automation run.")
    return str(found[0]["id"])


def _row(session: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        panel_link(session["id"], "session", id=session["id"]),
        status(session["status"]),
        session.get("trigger") or session.get("started_by") or "",
        session["call"],
        ago(session.get("created_at")),
        lasting(session.get("duration")),
        _why(session),
    )


def _why(session: Mapping[str, Any]) -> str:
    if session.get("error"):
        return str(session["error"]["ename"])
    return (try_text(session) if session["status"] == "scheduling" else "") or session.get("reason") or ""


NOUN = Noun(
    plural="sessions",
    columns=("Session", "Status", "Started by", "Calls", "Started", "Took", "Reason"),
    row=_row,
    empty="No such sessions: start one with %automation run.",
    filters=frozenset({"trigger", "status", "tag"}),
    id_prefix="ses_",
    card=session_card,
    commands={
        "run": Command(
            summary="start a trigger or a notebook now (without a name: this one)",
            example="%automation run nightly -p region=emea --wait",
            arguments=run_arguments,
            act=run,
            names=trigger_names,
        ),
        "logs": Command(
            summary="what a session said, or a trigger's last one",
            example="%automation logs nightly --follow",
            arguments=logs_arguments,
            act=logs,
            names=trigger_names,
        ),
        "retry": Command(
            summary="run ended sessions again, with the same files or with those of now",
            example="%automation retry ses_… --current-files",
            arguments=retry_arguments,
            act=retry,
            names=ended_sessions,
        ),
        "resume": Command(
            summary="go on where a durable session ended, or from one of its cells",
            example="%automation resume ses_… --from 7",
            arguments=resume_arguments,
            act=resume,
            names=ended_sessions,
        ),
        "steps": Command(
            summary="which steps of a durable session are done",
            example="%automation steps ses_…",
            arguments=steps.arguments,
            act=steps.steps,
            names=ended_sessions,
        ),
        "signal": Command(
            summary="send a session the signal that it waits for",
            example="""%automation signal ses_… approve '{"by": "ana"}'""",
            arguments=signals.arguments,
            act=signals.signal,
            names=running_sessions,
        ),
        "tree": Command(
            summary="which sessions started each other",
            example="%automation tree ses_…",
            arguments=session_tree.arguments,
            act=session_tree.tree,
            names=recent_sessions,
        ),
        "cancel": Command(
            summary="end sessions that run",
            example="%automation cancel ses_… --children",
            arguments=cancel_arguments,
            act=cancel,
            names=running_sessions,
        ),
    },
)
