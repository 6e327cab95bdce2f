"""`%automation run|logs|cancel`: start, follow and end sessions."""

from __future__ import annotations

import argparse
import posixpath
import re
import sys
import time
from collections.abc import Mapping
from typing import Any

from IPython.core.error import UsageError
from IPython.display import display

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.literals import assignments
from notebook_automation.sdk.notebook import home, notebook_path, project_name
from notebook_automation.sdk.sessions import ENDED, Session, shows_widgets
from notebook_automation.sdk.times import clock, in_zone, lasting

from .markup import Html, Shown, card, code, joined, panel_link, status, table, tag, values_text
from .triggers import trigger_path

_LOOK = 0.5
"""Seconds between two looks at a session that is followed."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a trigger, or a file such as report.ipynb (this one)")
    parser.add_argument("-p", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeatable")
    parser.add_argument("--wait", action="store_true", help="show it until it has ended")


class Started(Session):
    """A session that a line started: live where widgets are, a card elsewhere."""

    def __repr__(self) -> str:
        return repr(session_card(self.to_dict()))

    def _repr_html_(self) -> str:
        return session_card(self.to_dict())._repr_html_()


def run(shell: Any, said: argparse.Namespace) -> Started | None:
    """Start what was named and return it, or follow it to its end."""
    parameters = assignments(said.p, "-p")
    session_id = _start(said.name, parameters)
    started = Started(connect().get(path_of("sessions", session_id)))
    if not said.wait:
        return started
    _follow(started)
    return None


def logs_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `logs`."""
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="a session's id, or a trigger (this project's last run)"
    )
    parser.add_argument("--follow", "-f", action="store_true", help="go on until the session has ended")
    parser.add_argument("--limit", type=int, default=500, metavar="N", help="at most so many entries at a time (500)")


def logs(shell: Any, said: argparse.Namespace) -> None:
    """Print what a session said."""
    session_id = _session_of(said.name)
    path, after = path_of("sessions", session_id, "log"), 0
    while True:
        ended = not said.follow or connect().get(path_of("sessions", session_id))["status"] in ENDED
        entries = connect().get(path, after=after, limit=max(1, min(said.limit, 1000)))["items"]
        for entry in entries:
            after = entry["seq"]
            stream = sys.stderr if entry["kind"] in ("stderr", "error") else sys.stdout
            print(f"{clock(entry['at'])} {entry['kind']:<9} {str(entry['text'] or '').rstrip()}", file=stream)
        if ended and (not said.follow or not entries):
            return
        if not entries:
            time.sleep(_LOOK)


def cancel_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `cancel` takes."""
    parser.add_argument("ids", nargs="+", metavar="SESSION", help="a session's id")


def cancel(shell: Any, said: argparse.Namespace) -> Shown:
    """Ask for the end of sessions."""
    told = [connect().post(path_of("sessions", name, "cancel")) for name in said.ids]
    return table(("Session", "Status"), [(code(each["id"]), status(each["status"])) for each in told], empty="")


def session_card(session: Mapping[str, Any]) -> Shown:
    """Return how a session stands, and the cell and error at which it failed."""
    rows: list[tuple[str, object, str]] = []

    def row(label: str, text: str, content: object = None) -> None:
        if text:
            rows.append((label, text if content is None else content, text))

    row("Runs", str(session["call"]), code(session["call"]))
    row("Status", str(session["status"]), joined((status(session["status"]), " ", session.get("reason") or "")))
    row("Started by", str(session.get("trigger") or session.get("started_by") or ""))
    row("With", values_text(session.get("parameters") or {}))
    if session.get("total_cells") and session["status"] not in ENDED:
        row("Cell", f"{session.get('current_cell') or 0} of {session['total_cells']}", _bar(session))
    progress = session.get("progress")
    if progress and session["status"] not in ENDED:
        row("Progress", f"{progress['value']:.0%} {progress.get('message') or ''}".rstrip())
    row("Started", in_zone(session.get("started_at")))
    row("Took", lasting(session.get("duration")) if session["status"] in ENDED else "")
    if session.get("result") is not None:
        row("Result", repr(session["result"]), code(repr(session["result"])))
    if session.get("artifact_count"):
        row("Artifacts", str(session["artifact_count"]))
    if session.get("error"):
        row("Error", *_error(session["error"]))
    links = [panel_link("Open in the panel", "session", id=session["id"])]
    return card(str(session["id"]), str(session.get("project") or ""), rows, links=links)


def _start(name: str | None, parameters: Mapping[str, Any]) -> str:
    if name is None or name.partition(":")[0].endswith((".ipynb", ".py")):
        # A call names a file of this project; without one, or with a path, the notebook itself says which project.
        if name is None:
            what: dict[str, Any] = {"notebook": notebook_path()}
        elif name.endswith(".ipynb"):
            what = {"notebook": _beside(name)}
        else:
            what = {**home(), "call": name}
        return str(connect().post("sessions", {**what, "parameters": parameters})["id"])
    receipt = connect().post(f"{trigger_path(name)}/fire", {"parameters": parameters})
    if not receipt["session_ids"]:
        raise UsageError(f"It fired, and nothing ran: %automation show {receipt['event_id']} says why.")
    return str(receipt["session_ids"][0])


def _beside(name: str) -> str:
    """Return the path under the Jupyter root of a notebook named from this one's folder, or from the root by `/`."""
    if name.startswith("/"):
        return name.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(notebook_path()), name))


def _session_of(name: str | None) -> str:
    if name and name.startswith("ses_"):
        return name
    query = {"trigger": connect().get(trigger_path(name))["ref"]} if name else {"project": project_name()}
    found = connect().get("sessions", limit=1, **query)["items"]
    if not found:
        raise UsageError("There is no session yet: start one with %automation run.")
    return str(found[0]["id"])


def _follow(session: Started) -> None:
    """Show a session until it has ended. An interrupt stops the showing, not the session."""
    try:
        if shows_widgets():
            display(session)  # type: ignore[no-untyped-call]
            session.wait()
            session.widget().refresh()
        else:
            _follow_by_cards(session)
    except KeyboardInterrupt:
        raise UsageError(f"The session goes on: %automation cancel {session.id} ends it.") from None
    if session.status != "completed":
        raise UsageError(f"Session {session.id} ended as {session.status}.")


def _follow_by_cards(session: Started) -> None:
    shown: Any = None
    last: object = None
    while True:
        told = session.refresh().to_dict()
        state = (told["status"], told.get("current_cell"), told.get("progress"))
        if state != last:
            now = session_card(told)
            if shown is None:
                shown = display(now, display_id=True)  # type: ignore[no-untyped-call]
            else:
                shown.update(now)
            last = state
        if told["status"] in ENDED:
            return
        time.sleep(_LOOK)


def _bar(session: Mapping[str, Any]) -> Html:
    done, of = session.get("current_cell") or 0, session["total_cells"]
    bar = tag("progress", max=str(of), value=str(done), aria_label="Cells", style="vertical-align: middle")
    return joined((bar, f" {done} of {of}"))


def _error(error: Mapping[str, Any]) -> tuple[str, Html]:
    head = f"{error['ename']}: {error['evalue']}"
    where = f"in cell {error['cell_index'] + 1}" if error.get("cell_index") is not None else ""
    traceback = _ANSI.sub("", "\n".join(error.get("traceback") or []))
    details = tag("details", tag("summary", "Traceback"), tag("pre", traceback)) if traceback else ""
    return f"{head} {where}".rstrip(), joined((tag("b", head), " ", where, details))
