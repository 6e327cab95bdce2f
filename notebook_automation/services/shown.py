"""What is shown with inquiries: stored before it is asked, bound with its hash, sent to whoever answers."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from notebook_automation.adapters.child_processes import COMMAND
from notebook_automation.domain.access import Caller
from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import AutomationError, Conflict, Invalid, NotFound
from notebook_automation.domain.inquiries import Shown, no_inquiry
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.domain.shown import MOST_BYTES, NOTEBOOK, NOTEBOOK_TYPE, new_shown
from notebook_automation.execution.workspaces import sessions_folder
from notebook_automation.ports import Blobs
from notebook_automation.sdk.output_marks import mark_at
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts, inquiries, sessions, shown
from notebook_automation.store.database import Database

from .projects import Projects
from .subscriptions import only_its_own

_log = logging.getLogger(__name__)
_MASKED = ("text/", "application/json", "image/svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is to be shown: content in a temporary file that stays, or an artifact by its id."""

    name: str | None = None
    media_type: str = "application/octet-stream"
    content: Path | None = None
    artifact: str | None = None
    alternative: bool = False


class ShownThings:
    """The service of what inquiries show."""

    def __init__(self, database: Database, projects: Projects, blobs: Blobs, settings: Settings) -> None:
        self._database = database
        self._projects = projects
        self._blobs = blobs
        self._settings = settings

    async def keep(self, caller: Caller, session_id: str, given: Given) -> Shown:
        """Store what the code of a session is about to show, for an hour, or as long as an inquiry shows it.

        Secrets of its project are masked in text. Raises Forbidden, Invalid (``shown_name_invalid``,
        ``shown_missing``), Conflict (``session_state``), NotFound (``artifact_not_found``), TooLarge, Unavailable.
        """
        only_its_own(caller, session_id)
        artifact, masker = await self._database.read(lambda tx: self._about(tx, session_id, given.artifact))
        if artifact is not None:
            caller.require("read", artifact.resource)
            return await self._database.write(lambda tx: _of_artifact(tx, session_id, artifact, given))
        if given.content is None or given.name is None:
            raise Invalid("Say what is shown: a name and content, or an artifact.", code="shown_missing")
        new_shown(given.name, given.media_type, "", 0)  # what is refused is not stored
        digest, size = await asyncio.to_thread(self._put, given.content, given.media_type, masker)
        await self._database.write(lambda tx: _keep(tx, session_id, digest, size))
        return new_shown(given.name, given.media_type, digest, size, alternative=given.alternative)

    async def content(self, caller: Caller, inquiry_id: str, number: int) -> tuple[Shown, Path]:
        """Return the thing ``number`` that an inquiry shows, and the file of its content.

        Raises NotFound (``inquiry_not_found``, ``shown_not_found``, ``blob_missing``), Forbidden.
        """
        found = await self._database.read(lambda tx: inquiries.get(tx, inquiry_id))
        if found is None:
            raise no_inquiry(inquiry_id)
        caller.require("read", found.resource)
        if not 0 <= number < len(found.shown):
            raise NotFound(
                f"This inquiry shows {len(found.shown)} things, counted from 0: there is none {number}.",
                code="shown_not_found",
            )
        one = found.shown[number]
        return one, self._blobs.path(one.digest)

    async def notebook_so_far(self, session_id: str, position: tuple[int, int, int]) -> Shown | None:
        """Store the notebook of a running session as far as it came when it asked at ``position``; None where there is
        none that can be read."""
        session = await self._database.read(lambda tx: sessions.get(tx, session_id))
        return None if session is None else await asyncio.to_thread(self._captured, session, mark_at(*position))

    def _about(self, tx: Connection, session_id: str, artifact_id: str | None) -> tuple[Artifact | None, Masker]:
        session = sessions.get(tx, session_id)
        if session is None or session.status in TERMINAL:
            raise Conflict(f"Session {session_id} is over: it asks nothing more.", code="session_state")
        artifact = None if artifact_id is None else artifacts.get(tx, artifact_id)
        if artifact_id is not None and (artifact is None or artifact.blob is None):
            raise NotFound(
                f"There is no artifact {artifact_id!r} with content: it may have expired.", code="artifact_not_found"
            )
        return artifact, self._projects.masker(tx, session.project_id)

    def _put(self, content: Path, media_type: str, masker: Masker) -> tuple[str, int]:
        if masker and media_type.startswith(_MASKED):
            text = content.read_bytes().decode("utf-8", "surrogateescape")
            return self._blobs.put_bytes(masker.text(text).encode("utf-8", "surrogateescape"))
        with content.open("rb") as file:
            return self._blobs.put_stream(file, at_most=MOST_BYTES)

    def _captured(self, session: Session, mark: str) -> Shown | None:
        # Not at the top: nbformat is much to import for a server that is never asked.
        from notebook_automation.execution.notebook_so_far import notebook_so_far

        folder = sessions_folder(self._settings) / session.id
        try:
            name = parse_call(session.call).executed_name
            content = notebook_so_far(COMMAND, folder, name, self._settings.artifact_max, mark)
            digest, size = self._blobs.put_bytes(content)
        except (OSError, AutomationError) as error:
            # It asks all the same, and shows what it was given.
            _log.info("%s asks without its notebook so far: %s", session.id, error)
            return None
        return Shown(name=name, kind=NOTEBOOK, media_type=NOTEBOOK_TYPE, digest=digest, size=size)


def _keep(tx: Connection, session_id: str, digest: str, size: int) -> None:
    artifacts.keep_blob(tx, digest, size)
    shown.keep(tx, session_id, digest)


def _of_artifact(tx: Connection, session_id: str, artifact: Artifact, given: Given) -> Shown:
    assert artifact.blob is not None
    _keep(tx, session_id, artifact.blob, artifact.size)
    return new_shown(given.name or artifact.name, artifact.media_type, artifact.blob, artifact.size)
