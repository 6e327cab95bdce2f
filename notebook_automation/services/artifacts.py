"""Artifacts: kept, found, shown as folders, and deleted for real."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.artifacts import (
    ARTIFACT_TYPES,
    Artifact,
    media_type_of,
    superseded,
    type_of,
    validate_artifact_name,
)
from notebook_automation.domain.errors import Conflict, Invalid, NotFound, TooLarge
from notebook_automation.domain.ids import new_id
from notebook_automation.domain.projects import Project
from notebook_automation.domain.retention import parse_retention
from notebook_automation.domain.sessions import TERMINAL, Session
from notebook_automation.ports import Blobs
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts as rows
from notebook_automation.store import session_log as log_rows
from notebook_automation.store import sessions as session_rows
from notebook_automation.store import triggers as trigger_rows
from notebook_automation.store.database import Database

from .projects import Projects

BY_HAND = "by hand"
"""Folder of what runs that no trigger started have made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A level of the artifact drive: names of folders below it, and artifacts in it."""

    folders: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


class Artifacts:
    """The room of artifacts."""

    def __init__(self, database: Database, projects: Projects, blobs: Blobs, settings: Settings) -> None:
        self._database = database
        self._projects = projects
        self._blobs = blobs
        self._settings = settings

    async def get(self, caller: Caller, artifact_id: str) -> Artifact:
        """Return an artifact; raises NotFound (``artifact_not_found``)."""
        artifact = await self._database.read(lambda tx: rows.get(tx, artifact_id))
        if artifact is None:
            raise NotFound(f"There is no artifact {artifact_id!r}: it may have expired.", code="artifact_not_found")
        caller.require("read", project_id=artifact.project_id, session_id=artifact.session_id)
        return artifact

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, project: str | None = None,
        session: str | None = None, trigger: str | None = None, type: str | None = None, ref: str | None = None,
        name: str | None = None,
    ) -> tuple[list[Artifact], str | None]:  # fmt: skip
        """Return a page of artifacts, newest first; ``project`` and ``trigger`` are ids or names."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        caller.require("read", project_id=project_id, session_id=session)

        def work(tx: Connection) -> tuple[list[Artifact], str | None]:
            trigger_id = None
            if trigger is not None:
                found = trigger_rows.get(tx, trigger)
                if found is None:
                    raise NotFound(f"There is no trigger {trigger!r}.", code="trigger_not_found")
                trigger_id = found.id
            return rows.listed(
                tx, limit=limit, cursor=cursor, project_id=project_id, session_id=session, trigger_id=trigger_id,
                type=type, ref=ref, name=name,
            )  # fmt: skip

        return await self._database.read(work)

    async def versions(self, caller: Caller, artifact_id: str) -> list[Artifact]:
        """Return all versions of an artifact's ref, newest first."""
        artifact = await self.get(caller, artifact_id)
        return await self._database.read(lambda tx: rows.versions(tx, artifact.ref))

    async def content(self, caller: Caller, artifact_id: str) -> tuple[Artifact, Path]:
        """Return an artifact and the file of its content; raises NotFound for one that has none."""
        artifact = await self.get(caller, artifact_id)
        return artifact, self.path(artifact)

    def path(self, artifact: Artifact) -> Path:
        """Return the file of an artifact's content; raises NotFound (``artifact_has_no_content``)."""
        if artifact.blob is None:
            raise NotFound(f"{artifact.name!r} is a {artifact.type}: it has no file.", code="artifact_has_no_content")
        return self._blobs.path(artifact.blob)

    async def add(
        self, caller: Caller, *, name: str, content: Path | None, session_id: str | None = None,
        project: Project | None = None, type: str | None = None, media_type: str | None = None,
        url: str | None = None, keep: str | None = None, meta: Mapping[str, Any] | None = None,
    ) -> Artifact:  # fmt: skip
        """Keep a new version of an artifact that a session, or a person in an open notebook, made.

        ``content`` is a temporary file, which stays. Raises Invalid, TooLarge (``artifact_too_large``), Forbidden,
        Conflict, NotFound, Unavailable (``disk_full``).
        """
        validate_artifact_name(name)
        if type is not None and type not in ARTIFACT_TYPES:
            raise Invalid(
                f"There is no artifact type {type!r}: use {', '.join(ARTIFACT_TYPES)}.", code="artifact_type_invalid"
            )
        if url is not None and not url.startswith(("http://", "https://")):
            raise Invalid(f"{url!r} is no address of a page: it begins with http:// or https://.", code="url_invalid")
        if (content is None) == (url is None) and type != "progress":
            raise Invalid("An artifact has either content or a url.", code="artifact_invalid")
        session = await self._session(caller, session_id) if session_id else None
        if session is None:
            if project is None:
                raise Invalid("Say which session or project the artifact belongs to.", code="artifact_invalid")
            caller.require("configure", project_id=project.id)
        digest, size = (None, 0) if content is None else await asyncio.to_thread(self._put, content, name)
        media = media_type or (media_type_of(name) if url is None else "text/uri-list")
        retention = parse_retention(keep or (session.keep if session else None) or self._settings.artifact_keep)
        now = time.time()
        artifact = Artifact(
            id=new_id("artifact"),
            ref=ref_of(session, project, name),
            name=name,
            type=type or ("url" if url is not None else type_of(media)),  # type: ignore[arg-type]
            media_type=media,
            size=size,
            blob=digest,
            url=url,
            project_id=session.project_id if session else project.id if project else None,
            project=session.project if session else project.name if project else "",
            session_id=session.id if session else None,
            trigger_id=session.trigger_id if session else None,
            trigger_ref=session.trigger_ref if session else None,
            folder=folder_of(session) if session else f"{BY_HAND}/open notebook",
            scope="action" if session else "identity",
            owner=session.call if session else caller.login,
            retention_policy=retention.policy,
            retention_limit=retention.limit,
            expires_at=retention.expires_at(now),
            meta=dict(meta or {}),
            created_at=now,
        )
        return await self._database.write(lambda tx: self._stored(tx, artifact))

    async def remove(self, caller: Caller, artifact_id: str) -> None:
        """Delete an artifact."""
        artifact = await self.get(caller, artifact_id)
        caller.require("configure", project_id=artifact.project_id)
        await self._database.write(lambda tx: rows.remove(tx, [artifact.id]))

    async def folder(self, caller: Caller, path: str) -> Folder | Artifact:
        """Return what is at ``path`` of the drive: project / trigger / session / artifact name.

        Raises NotFound (``path_not_found``).
        """
        caller.require("read")
        parts = [part for part in path.split("/") if part]
        found = await self._database.read(lambda tx: _at(tx, parts))
        if found is None:
            raise NotFound(f"There is nothing at {path!r}.", code="path_not_found")
        return found

    async def _session(self, caller: Caller, session_id: str) -> Session:
        caller.require("report", session_id=session_id)
        session = await self._database.read(lambda tx: session_rows.get(tx, session_id))
        if session is None:
            raise NotFound(f"There is no session {session_id!r}.", code="session_not_found")
        if session.status in TERMINAL and caller.kind != "system":
            raise Conflict(f"Session {session_id} is over: it can keep nothing more.", code="session_state")
        return session

    def _put(self, content: Path, name: str) -> tuple[str, int]:
        size = content.stat().st_size
        limit = self._settings.artifact_max
        if size > limit:
            raise TooLarge(
                f"{name!r} is {size / 2**20:.1f} MiB; an artifact may have {limit / 2**20:.0f} MiB (setting "
                "artifact_max). Write it to a place of your own and keep its url.",
                code="artifact_too_large",
            )
        return self._blobs.put_file(content)

    def _stored(self, tx: Connection, artifact: Artifact) -> Artifact:
        if artifact.session_id is not None:
            limit = self._settings.artifact_session_max
            if rows.size_of_session(tx, artifact.session_id) + artifact.size > limit:
                raise TooLarge(
                    f"The session's artifacts would be more than {limit / 2**20:.0f} MiB (setting "
                    "artifact_session_max).",
                    code="artifact_too_large",
                )
            log_rows.write(tx, artifact.session_id, "artifact", artifact.name, {"artifact": artifact.id})
        return keep(tx, artifact)


def keep(tx: Connection, artifact: Artifact) -> Artifact:
    """Store ``artifact`` with its blob, and delete the versions of its ref that it supersedes."""
    if artifact.blob is not None:
        rows.keep_blob(tx, artifact.blob, artifact.size)
    stored = rows.add(tx, artifact)
    if artifact.retention_policy == "versions":
        gone = superseded(rows.versions(tx, artifact.ref), stored.created_at)
        rows.remove(tx, [old.id for old in gone])
    return stored


def ref_of(session: Session | None, project: Project | None, name: str) -> str:
    """Return the ref under which versions of an artifact count."""
    if session is None:
        return f"{project.name if project else ''}/{BY_HAND}/{name}"
    return f"{session.trigger_ref or f'{session.project}/{session.call}'}/{name}"


def folder_of(session: Session) -> str:
    """Return the drive's folder of a session: its trigger's name, then its time and the end of its id."""
    owner = session.trigger_ref.partition("/")[2] if session.trigger_ref else BY_HAND
    at = time.strftime("%Y-%m-%d %H%M%S", time.localtime(session.created_at))
    return f"{owner}/{at} {session.id[-4:]}"


def drive_path(artifact: Artifact) -> str:
    """Return where an artifact is on the drive."""
    return f"{artifact.project}/{artifact.folder}/{artifact.name}"


def _at(tx: Connection, parts: Sequence[str]) -> Folder | Artifact | None:
    if not parts:
        return Folder(folders=tuple(rows.projects_with(tx)))
    project, inside = parts[0], "/".join(parts[1:])
    # Longest first: an artifact's name may hold slashes of its own.
    for end in range(len(parts), 2, -1):
        found = rows.in_folder(tx, project, "/".join(parts[1:end]))
        if found:
            return _inside(found, parts[end:])
    below = rows.folders_below(tx, project, inside)
    return Folder(folders=tuple(below)) if below else None


def _inside(artifacts: Sequence[Artifact], rest: Sequence[str]) -> Folder | Artifact | None:
    with_file = [artifact for artifact in artifacts if artifact.blob is not None]
    name = "/".join(rest)
    for artifact in with_file:
        if artifact.name == name:
            return artifact
    prefix = f"{name}/" if name else ""
    inside = [artifact for artifact in with_file if artifact.name.startswith(prefix)]
    if not inside and name:
        return None
    direct = tuple(one for one in inside if "/" not in one.name[len(prefix) :])
    deeper = dict.fromkeys(
        one.name[len(prefix) :].partition("/")[0] for one in inside if "/" in one.name[len(prefix) :]
    )
    return Folder(folders=tuple(deeper), artifacts=direct)
