"""The report of a session as a mail carries it: its notebook as the body, what changed, its reports as files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection

from notebook_automation.adapters.mail_reports import MailReport, mail_report, shown_lines
from notebook_automation.domain.api_calls import is_api_call
from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import AutomationError
from notebook_automation.domain.notebook_diff import line_changes
from notebook_automation.domain.notifications import Notification
from notebook_automation.domain.reports import FORMATS, formats_of
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.shown import is_light
from notebook_automation.ports import Blobs
from notebook_automation.store import artifacts, sessions
from notebook_automation.store.database import Database

LARGEST_FILE = 10 * 2**20
"""Bytes of a report that goes with a mail."""
_MOST_ARTIFACTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """What a mail carries: ``body`` in place of the usual text, ``files`` by name; ``left_out`` says what is not."""

    body: MailReport | None
    files: Sequence[tuple[str, bytes]]
    left_out: str = ""


class NotificationReports:
    """Reads reports of sessions from ``blobs``."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def of(self, one: Notification, domain: str) -> SessionReport | None:
        """Return the report that goes with ``one``; None where its session has left none. Raises Unavailable.

        ``domain`` is the part of pictures' ids behind the @.
        """
        wanted = one.content.get("report") or ()

        def work(tx: Connection) -> tuple[Session, list[Artifact], list[Artifact]] | None:
            session = None if one.session_id is None else sessions.get(tx, one.session_id)
            if session is None or is_api_call(session.call):
                return None
            before = sessions.completed_before(tx, session)
            earlier = [] if before is None else artifacts.of_session(tx, before.id, _MOST_ARTIFACTS)
            return session, artifacts.of_session(tx, session.id, _MOST_ARTIFACTS), earlier

        found = await self._database.read(work) if wanted else None
        return None if found is None else await asyncio.to_thread(self._report, wanted, *found, domain)

    def _report(
        self,
        wanted: Sequence[str],
        session: Session,
        made: Sequence[Artifact],
        earlier: Sequence[Artifact],
        domain: str,
    ) -> SessionReport:
        name = parse_call(session.call).executed_name
        notebook = self._notebook(made, name)
        body = None
        if "email" in wanted and notebook is not None:
            before = self._notebook(earlier, name)
            changed = None if before is None else line_changes(shown_lines(before), shown_lines(notebook))
            body = mail_report(notebook, changed, domain)
        files: list[tuple[str, bytes]] = []
        left_out = []
        stem = PurePosixPath(name).stem
        for kind in (one for one in FORMATS if one in wanted):
            page = next((one for one in made if one.name == f"{stem}.{kind}" and one.blob), None)
            if page is None:
                left_out.append(f"There is no {kind.upper()} report of this run{_why_not(kind, session)}.")
            elif page.size > LARGEST_FILE:
                left_out.append(f"{page.name} is too large for a mail: see the panel.")
            else:
                files.append((page.name, self._blobs.path(page.blob or "").read_bytes()))
        return SessionReport(body=body, files=files, left_out=" ".join(left_out))

    def _notebook(self, made: Sequence[Artifact], name: str) -> dict[str, Any] | None:
        found = next((one for one in made if one.name == name and one.blob), None)
        if found is None:
            return None
        try:
            content = self._blobs.path(found.blob or "").read_bytes()
            notebook = json.loads(content) if is_light(content) else None
        except (OSError, ValueError, RecursionError, AutomationError):
            return None
        return notebook if isinstance(notebook, dict) else None


def _why_not(kind: str, session: Session) -> str:
    if kind in formats_of(session.report):
        return ": its log says why"
    return f": let its trigger make one, by report: {','.join((*formats_of(session.report), kind))}"
