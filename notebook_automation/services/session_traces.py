"""Traces of sessions: sent by the leading server when they have ended; no process of theirs has to know of it."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from sqlalchemy import Connection

from notebook_automation.domain.changes import Change
from notebook_automation.domain.sessions import TERMINAL, SessionChange
from notebook_automation.domain.traces import Span, session_spans
from notebook_automation.store import session_log, sessions, steps
from notebook_automation.store.database import Database

_REMEMBERED = 10_000
_log = logging.getLogger(__name__)


class SessionTraces:
    """Sends the spans of each session that ends to ``send``, while ``leads`` says that this server leads."""

    def __init__(self, database: Database, send: Callable[[Span], None], leads: Callable[[], bool]) -> None:
        self._database = database
        self._send = send
        self._leads = leads
        self._sent: OrderedDict[str, None] = OrderedDict()
        self._sending: set[asyncio.Task[None]] = set()

    def changed(self, change: Change) -> None:
        """Send what a session was, where ``change`` tells of its end."""
        content = change.content
        if not isinstance(content, SessionChange) or content.status not in TERMINAL or change.entity in self._sent:
            return
        self._sent[change.entity] = None
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)
        if self._leads():
            task = asyncio.get_running_loop().create_task(self._trace(change.entity), name="na-trace")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _trace(self, session_id: str) -> None:
        def work(tx: Connection) -> list[Span]:
            session = sessions.get(tx, session_id)
            if session is None:
                return []
            return session_spans(session, session_log.cells_of(tx, session_id), steps.of_session(tx, session_id))

        try:
            for span in await self._database.read(work):
                self._send(span)
        except Exception as error:  # noqa: BLE001 - the session has ended all the same
            _log.warning("The trace of %s could not be sent: %s", session_id, error)
