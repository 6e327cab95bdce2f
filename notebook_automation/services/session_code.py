"""What the code of a session asks for and reports, by the session's own token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden
from notebook_automation.domain.events import Event
from notebook_automation.domain.responses import Stream, handed_out
from notebook_automation.domain.session_log import Outcome
from notebook_automation.domain.sessions import TERMINAL, SessionProgress, SessionResource
from notebook_automation.settings import Settings
from notebook_automation.store import events, session_log, sessions
from notebook_automation.store.database import Database

from .credentials import Credentials
from .projects import Projects
from .session_views import SessionView
from .sessions import Sessions


class SessionCode:
    """The service for the code of running sessions."""

    def __init__(self, database: Database, projects: Projects, own_sessions: Sessions, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._projects = projects
        self._sessions = own_sessions
        self._credentials = Credentials(projects.cipher)

    async def add_outcome(
        self, caller: Caller, session_id: str, value: Any, *, more: bool, http: Mapping[str, Any] | None
    ) -> Outcome:
        """Record a value that the code of a running session hands out, without the secrets of its project.

        With ``http`` and ``more`` it is a part of a response that is streamed to the caller of a sync webhook.
        Raises Forbidden, Conflict, TooLarge (``part_too_large``, ``answer_too_large``).
        """
        caller.require("report", SessionResource.named(session_id))
        _only_its_own(caller, session_id)

        def work(tx: Connection) -> Outcome:
            if (session := sessions.get(tx, session_id)) is None or session.status in TERMINAL:
                raise Conflict(f"Session {session_id} is over: it can hand out nothing more.", code="session_state")
            # A value that answers nobody: what was handed out before does not matter, and may be much.
            is_part = http is not None or not more
            open_stream = self._open_stream(session_log.last_part(tx, session_id), session_id) if is_part else None
            shown = handed_out(
                value, http, more=more, masker=self._projects.masker(tx, session.project_id),
                open_stream=open_stream, limit=self._settings.webhook_answer_max,
            )  # fmt: skip
            # Of a response of many parts the log says the beginning and the end.
            if shown.stream is None or open_stream is None or not more:
                session_log.write(tx, session_id, "outcome", "An outcome was handed out.", {"more": more})
            stream = shown.stream or Stream()
            return session_log.add_outcome(
                tx, session_id, shown.value, more=more, http=shown.http,
                sent=None if shown.stream is None else stream.sent,
                withheld=self._projects.cipher.encrypt_bytes(stream.withheld, session_id) if stream.withheld else None,
            )  # fmt: skip

        return await self._database.write(work)

    def _open_stream(self, last: Outcome | None, session_id: str) -> Stream | None:
        """Return the response that ``last`` is a part of, where more of it is to come."""
        if last is None or last.sent is None or not last.more:
            return None
        withheld = b""
        if last.withheld is not None:
            withheld = self._projects.cipher.decrypt_bytes(last.withheld, session_id)
        return Stream(sent=last.sent, withheld=withheld)

    async def set_progress(self, caller: Caller, session_id: str, value: float, message: str) -> None:
        """Record how far a running session is by its own report, from 0 to 1. Raises Forbidden, Conflict."""
        caller.require("report", SessionResource.named(session_id))
        _only_its_own(caller, session_id)

        def work(tx: Connection) -> bool:
            if (session := sessions.get(tx, session_id)) is None:
                return False
            shown = self._projects.masker(tx, session.project_id).text(message)[:500]
            progress = SessionProgress(value=min(1.0, max(0.0, value)), message=shown)
            return sessions.set_progress(tx, session_id, progress)

        if not await self._database.write(work):
            raise Conflict(f"Session {session_id} is over: it has no progress to make.", code="session_state")

    async def context(
        self, caller: Caller, session_id: str
    ) -> tuple[SessionView, Event | None, dict[str, str], list[Event]]:
        """Return what the code of a session may know: the session, its event, its variables, all it has collected."""
        caller.require("read", SessionResource.named(session_id))
        view = await self._sessions.get(caller, session_id)
        event_id, project_id = view.session.event_id, view.session.project_id
        event = await self._database.read(lambda tx: events.get(tx, event_id)) if event_id else None
        collected = await self._database.read(lambda tx: events.collected_for(tx, view.session))
        if caller.kind != "user":
            event = None if event is None else self._credentials.opened(event)[0]
            collected = [self._credentials.opened(one)[0] for one in collected]
        if project_id is None:
            return view, event, {}, collected
        project = await self._projects.get(caller, project_id)
        found = await self._projects.variables(caller, project)
        # A person looking at a session sees no secret; the session itself gets what it needs.
        shown = [variable for variable in found if caller.kind != "user" or not variable.secret]
        variables = {variable.name: self._projects.opened(variable) for variable in shown}
        return view, event, variables, collected

    async def caller_of(self, token: str) -> Caller:
        """Return the caller whom a session's token stands for; raises Forbidden (``token_invalid``).

        Its name is that of who started the session, be it a person or a trigger: what it starts was started by them.
        """
        digest = hashlib.sha256(token.encode("utf-8")).hexdigest()
        session = await self._database.read(lambda tx: sessions.by_token(tx, digest))
        if session is None:
            raise Forbidden(
                "This token is not, or no longer, that of a running session: it ends with its session.",
                code="token_invalid",
            )
        return Caller(
            kind="session",
            login=session.started_by,
            session_id=session.id,
            project_id=session.project_id,
            requester=session.behind,
        )


def _only_its_own(caller: Caller, session_id: str) -> None:
    if caller.kind == "user":
        raise Forbidden(f"Only the code of session {session_id} itself can report this.", code="forbidden")
