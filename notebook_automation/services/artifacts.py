"""Artifacts: kept, found, shown as folders, and deleted for real."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from notebook_automation.domain.access import EVERYTHING, Caller, Resource
from notebook_automation.domain.artifacts import (
    Artifact,
    ArtifactOrigin,
    ArtifactType,
    made_by_hand,
    made_by_session,
    new_artifact,
    superseded,
    validate_artifact_name,
    validate_content,
)
from notebook_automation.domain.errors import Conflict, Invalid, NotFound, TooLarge
from notebook_automation.domain.missing import no_session, no_trigger
from notebook_automation.domain.projects import Project, project_or_everything
from notebook_automation.domain.retention import parse_retention
from notebook_automation.domain.sessions import TERMINAL, Session, SessionResource
from notebook_automation.domain.sorting import NEWEST_FIRST, Sorting
from notebook_automation.ports import Blobs
from notebook_automation.settings import Settings
from notebook_automation.store import artifacts, session_log, sessions, triggers
from notebook_automation.store.database import Database

from .projects import Projects


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A level of the artifact drive: names of folders below it, and artifacts in it."""

    folders: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


class Artifacts:
    """The service of artifacts."""

    def __init__(self, database: Database, projects: Projects, blobs: Blobs, settings: Settings) -> None:
        self._database = database
        self._projects = projects
        self._blobs = blobs
        self._settings = settings

    async def get(self, caller: Caller, artifact_id: str) -> Artifact:
        """Return an artifact; raises NotFound (``artifact_not_found``)."""
        artifact = await self._database.read(lambda tx: artifacts.get(tx, artifact_id))
        if artifact is None:
            raise NotFound(
                f"There is no artifact {artifact_id!r}: it may have expired. Lists show what is kept.",
                code="artifact_not_found",
            )
        caller.require("read", artifact.resource)
        return artifact

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None, project: str | None = None,
        session: str | None = None, trigger: str | None = None, type: str | None = None, ref: str | None = None,
        name: str | None = None, sorting: Sorting = NEWEST_FIRST,
    ) -> tuple[list[Artifact], str | None]:  # fmt: skip
        """Return a page of artifacts; ``project`` and ``trigger`` are ids or names."""
        project_id = (await self._projects.get(caller, project)).id if project else None
        caller.require("read", _listed(project_id, session))

        def work(tx: Connection) -> tuple[list[Artifact], str | None]:
            trigger_id = None
            if trigger is not None:
                found = triggers.get(tx, trigger)
                if found is None:
                    raise no_trigger(trigger)
                trigger_id = found.id
            return artifacts.listed(
                tx, limit=limit, cursor=cursor, project_id=project_id, session_id=session, trigger_id=trigger_id,
                type=type, ref=ref, name=name, sorting=sorting,
            )  # fmt: skip

        return await self._database.read(work)

    async def versions(self, caller: Caller, artifact_id: str) -> list[Artifact]:
        """Return all versions of an artifact's ref, newest first."""
        artifact = await self.get(caller, artifact_id)
        return await self._database.read(lambda tx: artifacts.versions(tx, artifact.ref))

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
        project: Project | None = None, type: ArtifactType | None = None, media_type: str | None = None,
        url: str | None = None, keep: str | None = None, meta: Mapping[str, Any] | None = None,
    ) -> Artifact:  # fmt: skip
        """Keep a new version of an artifact that a session, or a person in an open notebook, made.

        ``content`` is a temporary file, which stays. Raises Invalid, TooLarge (``artifact_too_large``), Forbidden,
        Conflict, NotFound, Unavailable (``disk_full``).
        """
        validate_artifact_name(name)
        validate_content(type=type, url=url, has_content=content is not None)
        origin, keep_session = await self._origin(caller, session_id, project)
        retention = parse_retention(keep or keep_session or self._settings.artifact_keep)
        digest, size = (None, 0) if content is None else await asyncio.to_thread(self._put, content, name)
        artifact = new_artifact(
            origin, name, retention, blob=digest, size=size, url=url, type=type, media_type=media_type, meta=meta
        )
        return await self._database.write(lambda tx: self._stored(tx, artifact))

    async def remove(self, caller: Caller, artifact_id: str) -> None:
        """Delete an artifact."""
        artifact = await self.get(caller, artifact_id)
        caller.require("configure", artifact.resource)
        await self._database.write(lambda tx: artifacts.remove(tx, [artifact.id]))

    async def folder(self, caller: Caller, path: str) -> Folder | Artifact:
        """Return what is at ``path`` of the drive: project / trigger / session / artifact name.

        Raises NotFound (``path_not_found``).
        """
        caller.require("read", EVERYTHING)
        parts = [part for part in path.split("/") if part]
        found = await self._database.read(lambda tx: _at(tx, parts))
        if found is None:
            raise NotFound(f"There is nothing at {path!r}.", code="path_not_found")
        return found

    async def _origin(
        self, caller: Caller, session_id: str | None, project: Project | None
    ) -> tuple[ArtifactOrigin, str | None]:
        """Return who makes an artifact, and how long its session asks to keep such things."""
        if session_id:
            session = await self._session(caller, session_id)
            return made_by_session(session), session.keep
        if project is None:
            raise Invalid(
                "Say which session or project the artifact belongs to: session or project.", code="artifact_invalid"
            )
        caller.require("configure", project.resource)
        return made_by_hand(project, caller.login), None

    async def _session(self, caller: Caller, session_id: str) -> Session:
        caller.require("report", SessionResource.named(session_id))
        session = await self._database.read(lambda tx: sessions.get(tx, session_id))
        if session is None:
            raise no_session(session_id)
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
            if artifacts.size_of_session(tx, artifact.session_id) + artifact.size > limit:
                raise TooLarge(
                    f"The session's artifacts would be more than {limit / 2**20:.0f} MiB (setting "
                    "artifact_session_max): keep fewer, or smaller ones.",
                    code="artifact_too_large",
                )
            session_log.write(tx, artifact.session_id, "artifact", artifact.name, {"artifact": artifact.id})
        return keep(tx, artifact)


def keep(tx: Connection, artifact: Artifact) -> Artifact:
    """Store ``artifact`` with its blob, and delete the versions of its ref that it supersedes."""
    if artifact.blob is not None:
        artifacts.keep_blob(tx, artifact.blob, artifact.size)
    stored = artifacts.add(tx, artifact)
    if artifact.retention_policy == "versions":
        gone = superseded(artifacts.versions(tx, artifact.ref), stored.created_at)
        artifacts.remove(tx, [old.id for old in gone])
    return stored


def _listed(project_id: str | None, session_id: str | None) -> Resource:
    """Return whose artifacts a list shows."""
    if session_id is not None:
        return SessionResource.named(session_id, project_id)
    return project_or_everything(project_id)


def _at(tx: Connection, parts: Sequence[str]) -> Folder | Artifact | None:
    if not parts:
        return Folder(folders=tuple(artifacts.projects_with(tx)))
    project, inside = parts[0], "/".join(parts[1:])
    # Longest first: an artifact's name may hold slashes of its own.
    for end in range(len(parts), 2, -1):
        found = artifacts.in_folder(tx, project, "/".join(parts[1:end]))
        if found:
            return _inside(found, parts[end:])
    below = artifacts.folders_below(tx, project, inside)
    return Folder(folders=tuple(below)) if below else None


def _inside(found: Sequence[Artifact], rest: Sequence[str]) -> Folder | Artifact | None:
    with_file = [artifact for artifact in found if artifact.blob is not None]
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
