"""The lines between a server, its supervisor and the supervisor's runners: one JSON object each.

A process gets lines on its stdin, whose end is its end, and sends lines on its stdout. The first line to both kinds is
``{"settings": {…}, "api_url": "http://…"}``; a forked runner has that already.

Server to supervisor: ``{"wake": true}``: sessions were queued. ``{"cancel": "ses_…"}``: that session is to stop.

Supervisor to server: ``{"changed": true, "attempts": [{"session_id": "ses_…", "attempt": 1, "step": "begun"}, …]}``:
something was committed; the steps of attempts that are new with it, left out where there are none.

Supervisor to runner: ``{"session": "ses_…", "owner": "host:7:1", "attempt": 1}``, once. ``{"cancel": true}``: stop it.

Runner to supervisor: ``{"ready": true}``: it waits for its session. ``{"begun": true}``: it has acquired it.
``{"changed": true}``: it has committed something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from notebook_automation.domain.attempts import AttemptNews

from .lines import Line

WAKE: Line = {"wake": True}
CANCEL: Line = {"cancel": True}
READY: Line = {"ready": True}
BEGUN: Line = {"begun": True}
CHANGED: Line = {"changed": True}


def cancel_line(session_id: str) -> Line:
    """Return the line by which a server stops a session."""
    return {"cancel": session_id}


def assignment_line(session_id: str, owner: str, attempt: int) -> Line:
    """Return the line that gives a runner its session."""
    return {"session": session_id, "owner": owner, "attempt": attempt}


def changed_line(news: Sequence[AttemptNews]) -> Line:
    """Return the line by which a supervisor reports a commit and the steps that are new."""
    return {**CHANGED, "attempts": [asdict(one) for one in news]} if news else CHANGED


def news_of(line: Line) -> list[AttemptNews]:
    """Return the steps that a supervisor's line reports."""
    return [AttemptNews(**one) for one in line.get("attempts", ())]
