"""Blocking in a session until what was asked for has come, whatever becomes of the server meanwhile."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from . import location, position
from .blocked import blocked_on
from .client import Client, connect, path_of
from .errors import Invalid, Missing, NotConnected, Refused
from .output_marks import mark_at, set_mark
from .records import Record

Duration = float | timedelta | str
"""Seconds, a timedelta, or a text such as `90s` or `2 days`."""

_LOOK = 20.0
"""Seconds of one request that asks whether a wait has ended."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
"""Seconds between two tries to reach a server that does not answer: they grow from the first to the longest."""
_here = itertools.count()


def ask(path: str, question: Mapping[str, Any]) -> Record:
    """Ask ``question`` at ``path`` of this session, block until it has its answer, and return the wait.

    Raises Missing (``wait_cancelled``) when nothing can come any more, and what the server refuses.
    """
    return ended(begin(path, question))


def begin(path: str, question: Mapping[str, Any], *, marks_output: bool = False) -> Record:
    """Ask ``question`` at ``path`` from this place of the notebook, and return the wait, answered or open.

    ``marks_output``: the server is to see what the cell has shown so far (see `output_marks`).
    Raises Invalid (``wait_in_thread``) outside of the main thread of a durable session.
    """
    if position.is_durable() and threading.current_thread() is not threading.main_thread():
        raise Invalid(
            "A durable session waits in the notebook's own thread only, since its process may be given up meanwhile "
            "with all that its other threads do. Wait for several things by na.next_event([…]) or by several sessions; "
            "time.sleep pauses a thread.",
            code="wait_in_thread",
        )
    here = place()
    if marks_output:
        set_mark(mark_at(**here))
    asked: Record = connect().post(path, {**question, "position": here})
    return asked


def ended(asked: Record) -> Record:
    """Block until the wait ``asked`` of this session has ended, and return it. Raises Missing (``wait_cancelled``)."""
    found = asked
    if asked["status"] == "open":
        with blocked_on(asked["id"]):
            found = _ended(str(location.session_id()), asked["id"])
    if found["status"] == "cancelled":
        raise Missing(
            "What this was waiting for cannot come any more: its trigger was deleted, or the session ends.",
            code="wait_cancelled",
        )
    return found


def place() -> dict[str, int]:
    """Return where this call is, so that it is the same one when the cell runs again."""
    here = position.next_call("wait")
    if here is None:
        return {"cell_index": -1, "piece": 0, "nth": next(_here)}
    return {"cell_index": here.cell_index, "piece": here.piece, "nth": here.nth}


def session_of(called: str, instead: str = "na.sleep works here.") -> str:
    """Return the id of this session. Raises Invalid (``not_in_session``), which names ``called`` and what to do."""
    session_id = location.session_id()
    if session_id is None:
        raise Invalid(
            f"na.{called} needs a session, which signals, events and answers can reach, and an open notebook is none: "
            f"save the notebook and run it once, by na.start() or by Run once… in the panel. {instead}",
            code="not_in_session",
        )
    return session_id


def _ended(session_id: str, wait_id: str) -> Record:
    # A connection of its own: other threads go on using the common one.
    client, path, pause = Client(location.find()), path_of("sessions", session_id, "waits", wait_id), _FIRST_PAUSE
    try:
        while True:
            try:
                found: Record = client.get(path, seconds=_LOOK)
            except NotConnected:
                pass
            except Refused as refused:
                if refused.status != 503:
                    raise
            else:
                if found["status"] != "open":
                    return found
                pause = _FIRST_PAUSE
                continue
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
    finally:
        client.close()
