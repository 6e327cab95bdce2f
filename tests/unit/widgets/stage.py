"""A server that plays sessions."""

from __future__ import annotations

from typing import Any

from counterpart import Counterpart

from notebook_automation.sdk.records import record
from notebook_automation.widgets.live_session import LiveSession

SESSION: dict[str, Any] = {
    "id": "ses_1",
    "status": "running",
    "reason": None,
    "call": "report.ipynb",
    "project": "sales",
    "trigger": None,
    "retry_of": None,
    "current_cell": 2,
    "total_cells": 4,
    "progress": None,
    "error": None,
    "result": None,
    "created_at": "2026-01-05T06:00:00Z",
    "started_at": "2026-01-05T06:00:01Z",
    "finished_at": None,
    "duration": None,
    "artifact_count": 0,
}


class Stage:
    """What the server says of sessions; ``say`` changes it."""

    def __init__(self, server: Counterpart) -> None:
        self.server = server
        self.log: list[dict[str, Any]] = []

    def say(self, session_id: str = "ses_1", **changed: Any) -> LiveSession:
        """Let the session be so, and return a handle as `na.start` does."""
        session = {**SESSION, "id": session_id, **changed}
        self.server.answers[("GET", f"/sessions/{session_id}")] = (200, session)
        self.server.answers[("GET", f"/sessions/{session_id}/log")] = (200, {"items": self.log, "next_cursor": None})
        return LiveSession(record(session))

    def prints(self, *lines: str, kind: str = "print") -> None:
        self.log = [
            {"seq": number, "at": SESSION["started_at"], "kind": kind, "text": line, "data": None}
            for number, line in enumerate(lines, 1)
        ]

    def asked(self, part: str) -> int:
        """How often something with ``part`` in its method and path was asked for."""
        return sum(part in f"{method} {path}" for method, path, _, _ in list(self.server.requests))
