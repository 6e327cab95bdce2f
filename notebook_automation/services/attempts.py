"""Attempts: what a runner does to its session, from acquiring it to its end, each in one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.events import Event
from notebook_automation.domain.projects import Project
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import Session, Status
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.domain.steps import Step
from notebook_automation.settings import Settings
from notebook_automation.store import (
    artifacts,
    checkpoints,
    events,
    projects,
    session_claims,
    session_log,
    sessions,
    snapshots,
    steps,
)
from notebook_automation.store.checkpoints import StoredContent
from notebook_automation.store.database import Database

from .credentials import Credentials
from .endings import AttemptLost, Ending, LogLine, write_ending
from .projects import Projects
from .step_results import StepResults


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquiredSession:
    """A session that a runner has acquired. ``token`` is its kernel's, ``variables`` its project's, opened.

    ``secrets`` are the names of those that nobody else is to see, ``credentials`` what of the events' data is so.
    ``collected`` are all events of a session that has collected some; ``event`` is the last of them.
    ``snapshot`` is there where the session is a retry: it runs the same files.
    """

    session: Session
    owner: str
    token: str
    project: Project | None
    event: Event | None
    variables: dict[str, str]
    secrets: Sequence[str] = ()
    credentials: Sequence[str] = ()
    collected: Sequence[Event] = ()
    snapshot: Snapshot | None


@dataclass(slots=True, kw_only=True)
class Progress:
    """What is new of an attempt since the last report.

    ``values`` are columns (see `store.sessions.report`), ``timeline`` all cells (reported once), ``changed`` those that
    changed since. ``steps`` are those that have begun or ended, ``content`` what their large results are stored as.
    """

    values: dict[str, Any] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    timeline: list[Cell] | None = None
    changed: list[Cell] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    content: dict[str, StoredContent] = field(default_factory=dict)


class Attempts:
    """A runner's side of sessions. Every write names (owner, attempt), and is refused once the session was lost."""

    def __init__(self, database: Database, projects: Projects, settings: Settings) -> None:
        self._database = database
        self._projects = projects
        self._settings = settings
        self._credentials = Credentials(projects.cipher)
        self._step_results = StepResults(projects.cipher)

    def get_ready(self) -> None:
        """Open the database and try to acquire a session that is not there: the first time takes several times as long.

        Blocks; raises Unavailable.
        """

        def read(tx: Connection) -> None:
            projects.get(tx, "")
            projects.variables_of(tx, "")
            events.get(tx, "")
            snapshots.get(tx, "")

        # Apart, so that the database is locked for a moment only.
        self._database.read_now(read)
        self._database.write_now(lambda tx: self._acquire(tx, "", "", 0, ""))

    def dry_run(self, session: Session, project: Project, ending: Ending, progress: Progress) -> AcquiredSession:
        """Do once what a runner will do, and roll it back: every statement is compiled for the real session.

        ``session`` is scheduled and of ``project``, neither is stored. Blocks; raises Unavailable. Afterwards no
        connection is open, so that the process may be forked.
        """

        def work(tx: Connection) -> AcquiredSession:
            projects.add(tx, project)
            sessions.add(tx, session)
            acquired = self._acquire(tx, session.id, session.owner or "", session.attempt, "nas_dry_run")
            assert acquired is not None
            self.report_in(tx, acquired, Progress(values={"current_cell": 1}))
            self._end(tx, acquired, ending, progress)
            return acquired

        return self._database.roll_back(work)

    async def acquire(self, session_id: str, owner: str, attempt: int) -> AcquiredSession | None:
        """Return the session, now running, with all that its run needs; None if it is not this attempt's.

        Of all who would run the same attempt exactly one gets it. Raises Unavailable.
        """
        token = f"nas_{secrets.token_urlsafe(32)}"
        return await self._database.write(lambda tx: self._acquire(tx, session_id, owner, attempt, token))

    def folder(self, acquired: AcquiredSession) -> Path:
        """Return the project's folder. Raises NotFound (``project_not_found``), Invalid (``path_invalid``)."""
        if acquired.project is None:
            raise NotFound(
                f"Project {acquired.session.project!r} is not there any more: delete what still calls it.",
                code="project_not_found",
            )
        return self._projects.folder(acquired.project)

    def renew(self, acquired: AcquiredSession) -> Status | None:
        """Extend the lease and return the session's status; None: it is lost. Blocks, for a thread; raises
        Unavailable."""
        session = acquired.session
        return self._database.write_now(
            lambda tx: session_claims.renew(tx, session.id, acquired.owner, session.attempt, self._settings.lease)
        )

    async def report(self, acquired: AcquiredSession, progress: Progress) -> bool:
        """Write ``progress``; return False if the session is lost, and then write nothing. Raises Unavailable."""
        try:
            await self._database.write(lambda tx: self.report_in(tx, acquired, progress))
        except AttemptLost:
            return False
        return True

    async def end(self, acquired: AcquiredSession, ending: Ending, progress: Progress) -> Session | None:
        """Write the rest of the progress and the end itself at once; None: the session was lost, nothing is written.

        Raises Unavailable.
        """
        try:
            return await self._database.write(lambda tx: self._end(tx, acquired, ending, progress))
        except AttemptLost:
            return None

    async def steps(self, acquired: AcquiredSession) -> list[Step]:
        """Return the steps that earlier attempts at the session have recorded, with their results.

        Raises Unavailable (``secret_unreadable``).
        """
        session_id = acquired.session.id
        opened = self._step_results.opened(session_id)
        return await self._database.read(lambda tx: steps.of_session(tx, session_id, opened))

    # parts of a transaction -------------------------------------------------------------------------------------

    def _acquire(self, tx: Connection, session_id: str, owner: str, attempt: int, token: str) -> AcquiredSession | None:
        digest = hashlib.sha256(token.encode("utf-8")).hexdigest()
        session = session_claims.acquire(tx, session_id, owner, attempt, token_hash=digest, lease=self._settings.lease)
        if session is None:
            return None
        project = projects.get(tx, session.project_id) if session.project_id else None
        variables = projects.variables_of(tx, project.id) if project else []
        event = events.get(tx, session.event_id) if session.event_id else None
        opened, credentials = (None, ()) if event is None else self._credentials.opened(event)
        collected = [self._credentials.opened(one) for one in events.collected_for(tx, session)]
        return AcquiredSession(
            session=session,
            owner=owner,
            token=token,
            project=project,
            event=opened,
            collected=[one for one, _ in collected],
            variables={variable.name: self._projects.opened(variable) for variable in variables},
            secrets=[variable.name for variable in variables if variable.secret],
            credentials=[*credentials, *(text for _, texts in collected for text in texts)],
            snapshot=snapshots.get(tx, session.snapshot_id) if session.snapshot_id else None,
        )

    def report_in(self, tx: Connection, acquired: AcquiredSession, progress: Progress) -> None:
        """Write ``progress`` in a transaction. Raises AttemptLost: roll back."""
        session_id, attempt = acquired.session.id, acquired.session.attempt
        values = dict(progress.values)
        if progress.snapshot is not None:
            snapshots.add(tx, progress.snapshot)
            artifacts.keep_blobs(
                tx, {file.blob: file.size for file in progress.snapshot.files if file.blob is not None}
            )
            values["snapshot_id"] = progress.snapshot.id
        if values:
            ours = sessions.report(tx, session_id, acquired.owner, attempt, values)
        else:
            ours = session_claims.renew(tx, session_id, acquired.owner, attempt, self._settings.lease) is not None
        if not ours:
            raise AttemptLost
        if progress.timeline is not None:
            session_log.set_cells(tx, session_id, progress.timeline)
        session_log.change_cells(tx, session_id, progress.changed)
        session_log.write_many(tx, session_id, progress.log)
        checkpoints.add_content(tx, session_id, progress.content)
        steps.write(tx, session_id, progress.steps, self._step_results.sealed(session_id))

    def _end(self, tx: Connection, acquired: AcquiredSession, ending: Ending, progress: Progress) -> Session:
        session = acquired.session
        self.report_in(tx, acquired, replace(progress, log=[]))
        now = sessions.get(tx, session.id) if ending.status == "cancelled" else None
        return write_ending(
            tx, session, ending, self._settings, owner=acquired.owner, log=progress.log,
            asked=None if now is None else now.reason,
        )  # fmt: skip
