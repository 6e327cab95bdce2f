"""Attempts: what a supervisor, a runner and the reaper do to sessions, each in one transaction."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.artifacts import made_by_session, new_artifact
from notebook_automation.domain.errors import AutomationError, NotFound
from notebook_automation.domain.events import Event
from notebook_automation.domain.projects import Project
from notebook_automation.domain.retention import parse_retention
from notebook_automation.domain.session_log import Cell, LogKind
from notebook_automation.domain.sessions import CellError, Session, Status
from notebook_automation.domain.snapshots import Snapshot
from notebook_automation.domain.triggers import Trigger
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts as artifact_rows
from notebook_automation.store import events as event_rows
from notebook_automation.store import projects as project_rows
from notebook_automation.store import session_log as log_rows
from notebook_automation.store import sessions as rows
from notebook_automation.store import snapshots as snapshot_rows
from notebook_automation.store import triggers as trigger_rows
from notebook_automation.store.database import Database

from .artifacts import keep
from .projects import Projects

LogLine = tuple[float, LogKind, str, dict[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session that passed its gate. ``token`` is its kernel's, ``variables`` its project's, opened.

    ``secrets`` are the names of those that nobody else is to see. ``snapshot`` is there where the session is a retry:
    it runs the same files.
    """

    session: Session
    owner: str
    token: str
    project: Project | None
    event: Event | None
    variables: dict[str, str]
    secrets: Sequence[str] = ()
    snapshot: Snapshot | None


@dataclass(slots=True, kw_only=True)
class Progress:
    """What there is to tell of an attempt since the last time.

    ``values`` are columns (see `store.sessions.report`), ``timeline`` all cells (told once), ``changed`` those that
    changed since.
    """

    values: dict[str, Any] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    timeline: list[Cell] | None = None
    changed: list[Cell] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file that is kept as an artifact: ``blob`` is its content's hash, ``size`` its bytes."""

    name: str
    blob: str
    size: int


@dataclass(slots=True, kw_only=True)
class Ending:
    """How an attempt ended: a terminal status with its reason, and all that is left to tell and keep."""

    status: Status
    reason: str | None = None
    result: Any = None
    error: CellError | None = None
    progress: Progress = field(default_factory=Progress)
    made: list[Made] = field(default_factory=list)


class _NotOurs(Exception):
    """The session is no longer this attempt's: the transaction must leave no trace."""


class Attempts:
    """The room of attempts. A runner's every write names (owner, attempt), and is refused once it lost the session."""

    def __init__(self, database: Database, projects: Projects, settings: Settings) -> None:
        self._database = database
        self._projects = projects
        self._settings = settings

    # the supervisor -------------------------------------------------------------------------------------------

    async def waiting(self) -> bool:
        """Return whether a session waits to be claimed; only reads."""
        return await self._database.read(lambda tx: rows.count(tx, ("requested",)) > 0)

    async def claim(self, owner: str, limit: int) -> list[Session]:
        """Take up to ``limit`` sessions for ``owner``, oldest first."""
        lease = self._settings.lease + self._settings.runner_start
        return await self._database.write(lambda tx: rows.claim(tx, owner, limit, lease))

    async def give_back(self, session_id: str, owner: str) -> bool:
        """Queue a claimed session again that never began; one that was to be cancelled meanwhile is cancelled.

        Returns whether it is queued again.
        """

        def work(tx: Connection) -> bool:
            if rows.unclaim(tx, session_id, owner):
                return True
            session = rows.get(tx, session_id)
            if session is not None and session.status == "canceling" and session.owner == owner:
                rows.end(tx, session_id, "cancelled", reason=session.reason)
                log_rows.write(tx, session_id, "completion", "cancelled", {"reason": session.reason})
            return False

        return await self._database.write(work)

    async def fail_to_start(self, session: Session, owner: str, reason: str) -> Session | None:
        """End a claimed session that could not be begun."""

        def work(tx: Connection) -> Session | None:
            ended = rows.end(tx, session.id, "failed", owner=owner, attempt=session.attempt, reason=reason)
            if ended is not None:
                log_rows.write_many(tx, session.id, _last_lines(Ending(status="failed", reason=reason)))
                _count(tx, ended)
            return ended

        return await self._database.write(work)

    async def warm_handlers(self) -> list[tuple[Trigger, Path]]:
        """Return the triggers whose handlers are to be kept ready, with their projects' folders."""

        def work(tx: Connection) -> list[tuple[Trigger, Project | None]]:
            return [(trigger, project_rows.get(tx, trigger.project_id)) for trigger in trigger_rows.warm(tx)]

        found = []
        for trigger, project in await self._database.read(work):
            with contextlib.suppress(AutomationError):
                if project is not None:
                    found.append((trigger, self._projects.folder(project)))
        return found

    def get_ready(self) -> None:
        """Open the database, and run once what the gate runs, on nothing: the first time takes several times as long.

        Blocks; raises Unavailable.
        """

        def read(tx: Connection) -> None:
            project_rows.get(tx, "")
            project_rows.variables_of(tx, "")
            event_rows.get(tx, "")
            snapshot_rows.get(tx, "")

        # Apart, so that the database is locked for a moment only.
        self._database.read_now(read)
        self._database.write_now(lambda tx: self._begin(tx, "", "", 0, ""))

    def rehearse(self, session: Session, project: Project, ending: Ending) -> Held:
        """Do once what a runner will do, and take it all back: every statement is compiled for the real session.

        ``session`` is scheduled and of ``project``, neither is stored. Returns what passed the gate. Blocks; raises
        Unavailable. Afterwards no connection is open, so that the process may be forked.
        """

        def work(tx: Connection) -> Held:
            project_rows.add(tx, project)
            rows.add(tx, session)
            held = self._begin(tx, session.id, session.owner or "", session.attempt, "nas_rehearsal")
            assert held is not None
            self._tell(tx, held, Progress(values={"current_cell": 1}))
            self._end(tx, held, ending)
            return held

        return self._database.rehearse(work)

    # a runner -------------------------------------------------------------------------------------------------

    async def begin(self, session_id: str, owner: str, attempt: int) -> Held | None:
        """Pass the gate: return the session with all that its run needs, or None if it is not this attempt's."""
        token = f"nas_{secrets.token_urlsafe(32)}"
        return await self._database.write(lambda tx: self._begin(tx, session_id, owner, attempt, token))

    def folder(self, held: Held) -> Path:
        """Return the project's folder. Raises NotFound (``project_not_found``), Invalid (``path_invalid``)."""
        if held.project is None:
            raise NotFound(f"Project {held.session.project!r} is not there any more.", code="project_not_found")
        return self._projects.folder(held.project)

    def renew(self, held: Held) -> Status | None:
        """Hold the session for another lease and return its status; None: it is lost. Blocks, for a thread."""
        session = held.session
        return self._database.write_now(
            lambda tx: rows.renew(tx, session.id, held.owner, session.attempt, self._settings.lease)
        )

    async def tell(self, held: Held, progress: Progress) -> bool:
        """Write what there is to tell; return False if the session is lost, and then write nothing."""

        def work(tx: Connection) -> None:
            self._tell(tx, held, progress)

        try:
            await self._database.write(work)
        except _NotOurs:
            return False
        return True

    async def end(self, held: Held, ending: Ending) -> Session | None:
        """Write everything that is left and the end itself at once; None: the session was lost, nothing is written."""

        try:
            return await self._database.write(lambda tx: self._end(tx, held, ending))
        except _NotOurs:
            return None

    # the reaper -----------------------------------------------------------------------------------------------

    async def lost(self) -> list[Session]:
        """Return the sessions whose runner has given no sign of life for a lease."""
        return await self._database.read(rows.lost)

    async def give_up(self, session: Session, reason: str, made: Sequence[Made] = ()) -> Session | None:
        """End a lost session, or queue it again if it never began; None if it is not lost any more.

        One that was to be cancelled is cancelled with this.
        """

        def work(tx: Connection) -> Session | None:
            found = next((one for one in rows.lost(tx) if one.id == session.id), None)
            if found is None:
                return None
            if found.status == "scheduled" and found.owner is not None:
                rows.unclaim(tx, found.id, found.owner)
                return rows.get(tx, found.id)
            kept = self._keep(tx, found, made)
            status: Status = "cancelled" if found.status == "canceling" else "abandoned"
            ended = rows.end(tx, found.id, status, reason=reason)
            if ended is not None:
                log_rows.write_many(tx, found.id, [*kept, *_last_lines(Ending(status=status, reason=reason))])
                _count(tx, ended)
            return ended

        return await self._database.write(work)

    async def status(self, session_id: str) -> Status | None:
        """Return a session's status, None where there is no such session."""
        session = await self._database.read(lambda tx: rows.get(tx, session_id))
        return None if session is None else session.status

    # parts ----------------------------------------------------------------------------------------------------

    def _begin(self, tx: Connection, session_id: str, owner: str, attempt: int, token: str) -> Held | None:
        digest = hashlib.sha256(token.encode("utf-8")).hexdigest()
        session = rows.acquire(tx, session_id, owner, attempt, token_hash=digest, lease=self._settings.lease)
        if session is None:
            return None
        project = project_rows.get(tx, session.project_id) if session.project_id else None
        variables = project_rows.variables_of(tx, project.id) if project else []
        return Held(
            session=session,
            owner=owner,
            token=token,
            project=project,
            event=event_rows.get(tx, session.event_id) if session.event_id else None,
            variables={variable.name: self._projects.opened(variable) for variable in variables},
            secrets=[variable.name for variable in variables if variable.secret],
            snapshot=snapshot_rows.get(tx, session.snapshot_id) if session.snapshot_id else None,
        )

    def _end(self, tx: Connection, held: Held, ending: Ending) -> Session:
        session = held.session
        self._tell(tx, held, replace(ending.progress, log=[]))
        made = self._keep(tx, session, ending.made)
        log_rows.write_many(tx, session.id, [*ending.progress.log, *made, *_last_lines(ending)])
        asked = rows.get(tx, session.id) if ending.status == "cancelled" else None
        reason = asked.reason if asked is not None else ending.reason
        ended = rows.end(
            tx, session.id, ending.status, owner=held.owner, attempt=session.attempt, reason=reason,
            result=ending.result, error=ending.error,
        )  # fmt: skip
        if ended is None:
            raise _NotOurs
        _count(tx, ended)
        return ended

    def _tell(self, tx: Connection, held: Held, progress: Progress) -> None:
        session_id, attempt = held.session.id, held.session.attempt
        values = dict(progress.values)
        if progress.snapshot is not None:
            snapshot_rows.add(tx, progress.snapshot)
            artifact_rows.keep_blobs(
                tx, {file.blob: file.size for file in progress.snapshot.files if file.blob is not None}
            )
            values["snapshot_id"] = progress.snapshot.id
        if values:
            ours = rows.report(tx, session_id, held.owner, attempt, values)
        else:
            ours = rows.renew(tx, session_id, held.owner, attempt, self._settings.lease) is not None
        if not ours:
            raise _NotOurs
        if progress.timeline is not None:
            log_rows.set_cells(tx, session_id, progress.timeline)
        log_rows.change_cells(tx, session_id, progress.changed)
        log_rows.write_many(tx, session_id, progress.log)

    def _keep(self, tx: Connection, session: Session, made: Sequence[Made]) -> list[LogLine]:
        """Store ``made`` as artifacts, as long as the session's limit allows; return what the log is to say of it."""
        retention = parse_retention(session.keep or self._settings.artifact_keep)
        total = artifact_rows.size_of_session(tx, session.id) if made else 0
        lines: list[LogLine] = []
        origin = made_by_session(session)
        for file in made:
            now = time.time()
            total += file.size
            if total > self._settings.artifact_session_max:
                total -= file.size
                limit = self._settings.artifact_session_max / 2**20
                text = f"{file.name} was not kept: the session has more than {limit:.0f} MiB of artifacts."
                lines.append((now, "stderr", text, {"name": file.name, "size": file.size}))
                continue
            artifact = keep(tx, new_artifact(origin, file.name, retention, blob=file.blob, size=file.size))
            lines.append((now, "artifact", file.name, {"artifact": artifact.id}))
        return lines


def _last_lines(ending: Ending) -> Sequence[LogLine]:
    now = time.time()
    lines: list[LogLine] = []
    if ending.error is not None:
        lines.append((now, "error", f"{ending.error.ename}: {ending.error.evalue}"[:4096], None))
    elif ending.status not in ("completed", "cancelled") and ending.reason:
        lines.append((now, "error", ending.reason, None))
    lines.append((now, "completion", ending.status, {"reason": ending.reason} if ending.reason else None))
    return lines


def _count(tx: Connection, session: Session) -> None:
    """Count the result for the trigger; a session that somebody cancelled counts as neither."""
    if session.trigger_id is not None and session.status != "cancelled":
        trigger_rows.count_result(tx, session.trigger_id, success=session.status == "completed")
