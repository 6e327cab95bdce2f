"""How a session is asked to stop: whatever has a process is told so, all else ends at once."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.sessions import Session, after_cancel
from notebook_automation.store import session_log, sessions, waits

from .inquiry_changes import end_of_session as end_inquiries


@dataclass(frozen=True, slots=True)
class Stopped:
    """What came of it: ``asked`` of one whose process is to stop it, ``ended`` is one that had none, as it was."""

    asked: bool = False
    ended: Session | None = None


def stop(tx: Connection, session_id: str, reason: str) -> Stopped:
    """Ask a session to stop; one that has ended, or was asked before, stays as it is."""
    waits.hold(tx, [session_id])
    session = sessions.get(tx, session_id)
    if session is None:
        return Stopped()
    then = after_cancel(session.status)
    if then == session.status:
        return Stopped()
    session_log.write(tx, session_id, "stop_request", reason)
    if then == "cancelled":
        sessions.end(tx, session_id, "cancelled", reason=reason)
        end_inquiries(tx, session_id, time.time())
        waits.end_open(tx, session_id, now=time.time())
        return Stopped(ended=session)
    sessions.change_status(tx, session_id, session.status, then, reason)
    return Stopped(asked=True)
