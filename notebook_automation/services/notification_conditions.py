"""Whether a session came to what somebody wants to hear of: conditions in CEL over its result and artifacts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.notifications import Notification
from notebook_automation.domain.sessions import Session
from notebook_automation.ports import Blobs, Filters
from notebook_automation.store import artifacts, sessions
from notebook_automation.store.database import Database

_LARGEST_VALUE = 64 * 1024
"""Bytes of a JSON artifact that a condition can read."""
_MOST_ARTIFACTS = 200


class NotificationConditions:
    """Evaluates the conditions of rules by ``filters``."""

    def __init__(self, database: Database, blobs: Blobs, filters: Filters) -> None:
        self._database = database
        self._blobs = blobs
        self._filters = filters

    async def why_not(self, one: Notification) -> str | None:
        """Return why ``one`` is not to be sent; None where it is. Raises Unavailable."""
        conditions: Sequence[str] = one.content.get("if") or ()
        if not conditions:
            return None
        variables = await self._database.read(lambda tx: self._variables(tx, one))
        outcomes = self._filters.match_many(conditions, variables)
        if any(outcome.matched for outcome in outcomes):
            return None
        errors = [outcome.error for outcome in outcomes if outcome.error]
        return f"Its condition has no answer: {errors[0]}" if errors else "Its condition does not hold."

    def _variables(self, tx: Connection, one: Notification) -> dict[str, Any]:
        session = None if one.session_id is None else sessions.get(tx, one.session_id)
        before = None if session is None else sessions.completed_before(tx, session)
        found = self._of_session(tx, session)
        return {**found, "previous": {} if before is None else self._of_session(tx, before)}

    def _of_session(self, tx: Connection, session: Session | None) -> dict[str, Any]:
        if session is None:
            return {"session": {}, "result": None, "artifacts": {}}
        made = artifacts.of_session(tx, session.id, _MOST_ARTIFACTS)
        return {
            "session": _facts(session), "result": session.result,
            "artifacts": {one.name: self._artifact(one) for one in made},
        }  # fmt: skip

    def _artifact(self, one: Artifact) -> dict[str, Any]:
        known = {"name": one.name, "type": one.type, "size": one.size, "version": one.version}
        value = self._value(one)
        return known if value is None else {**known, "value": value}

    def _value(self, one: Artifact) -> Any:
        if one.blob is None or one.media_type != "application/json" or one.size > _LARGEST_VALUE:
            return None
        try:
            return json.loads(self._blobs.path(one.blob).read_bytes())
        except (OSError, ValueError, RecursionError, AutomationError):
            # Whatever a session has stored: it has no value then.
            return None


def _facts(session: Session) -> dict[str, Any]:
    error = session.error
    return {
        "id": session.id, "status": session.status, "reason": session.reason or "",
        "error": "" if error is None else f"{error.ename}: {error.evalue}", "duration": session.duration or 0.0,
        "parameters": session.parameters, "trigger": session.trigger_ref or "", "project": session.project,
        "call": session.call, "tries": session.tries + 1,
    }  # fmt: skip
