"""A session as a card: how it stands, how far it is, and the cell and error at which it failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from notebook_automation.sdk.environments import environment_text, memory_text
from notebook_automation.sdk.markup import Html, joined, tag
from notebook_automation.sdk.retries import goes_on_text, try_text
from notebook_automation.sdk.sessions import ENDED
from notebook_automation.sdk.times import in_zone, lasting
from notebook_automation.sdk.waiting import waiting_text

from .markup import CardRows, Shown, card, code, panel_link, status, values_text

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def session_card(session: Mapping[str, Any]) -> Shown:
    """Return the card of a session as the server shows it."""
    ended = session["status"] in ENDED
    rows = CardRows()
    rows.add("Runs", str(session["call"]), code(session["call"]))
    if session.get("file_saved_at"):
        since = ", saved again since" if session.get("file_saved_again") else ""
        rows.add("File", f"as saved at {in_zone(session['file_saved_at'])}{since}")
    rows.add("Status", str(session["status"]), joined((status(session["status"]), " ", session.get("reason") or "")))
    rows.add("Started by", str(session.get("trigger") or session.get("started_by") or ""))
    rows.add("Try", try_text(session))
    rows.add("Durable", goes_on_text(session))
    rows.add("Waits", waiting_text(session))
    rows.add("With", values_text(session.get("parameters") or {}))
    rows.add("Environment", environment_text(session.get("env")))
    rows.add("Memory", memory_text(session.get("memory")))
    if not ended:
        _add_progress(rows, session)
    rows.add("Started", in_zone(session.get("started_at")))
    if ended:
        rows.add("Took", lasting(session.get("duration")))
    if session.get("retried_by"):
        rows.add(
            "Tried again", session["retried_by"], panel_link(session["retried_by"], "session", id=session["retried_by"])
        )
    _add_results(rows, session)
    links = [panel_link("Open in the panel", "session", id=session["id"])]
    return card(str(session["id"]), str(session.get("project") or ""), rows, links=links)


def _add_progress(rows: CardRows, session: Mapping[str, Any]) -> None:
    if session.get("total_cells"):
        rows.add("Cell", f"{session.get('current_cell') or 0} of {session['total_cells']}", _bar(session))
    progress = session.get("progress")
    if progress:
        rows.add("Progress", f"{progress['value']:.0%} {progress.get('message') or ''}".rstrip())


def _add_results(rows: CardRows, session: Mapping[str, Any]) -> None:
    if session.get("result") is not None:
        rows.add("Result", repr(session["result"]), code(repr(session["result"])))
    if session.get("artifact_count"):
        rows.add("Artifacts", str(session["artifact_count"]))
    if session.get("error"):
        rows.add("Error", *_error(session["error"]))


def _bar(session: Mapping[str, Any]) -> Html:
    done, of = session.get("current_cell") or 0, session["total_cells"]
    bar = tag("progress", max=str(of), value=str(done), aria_label="Cells", style="vertical-align: middle")
    return joined((bar, f" {done} of {of}"))


def _error(error: Mapping[str, Any]) -> tuple[str, Html]:
    head = f"{error['ename']}: {error['evalue']}"
    where = f"in cell {error['cell_number']}" if error.get("cell_number") is not None else ""
    traceback = _ANSI.sub("", "\n".join(error.get("traceback") or []))
    details = tag("details", tag("summary", "Traceback"), tag("pre", traceback)) if traceback else ""
    return f"{head} {where}".rstrip(), joined((tag("b", head), " ", where, details))
