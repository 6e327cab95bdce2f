"""A thing a session made: its type, its versions, and which are to be deleted."""

from __future__ import annotations

import mimetypes
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from .access import Resource
from .changes import change_content
from .errors import Invalid
from .ids import IdPrefix
from .projects import Project
from .retention import Retention
from .sessions import Session

ARTIFACT_ID = IdPrefix("art")
ArtifactType = Literal["file_binary", "file_datatable", "file_image", "file_text", "url", "progress", "other"]
ARTIFACT_TYPES = ("file_binary", "file_datatable", "file_image", "file_text", "url", "progress", "other")
Scope = Literal["system", "identity", "pack", "action", "sensor"]
BY_HAND = "by hand"
"""Folder of what runs that no trigger started have made."""

# What mimetypes does not know on every machine.
_MEDIA_TYPES = {
    ".ipynb": "application/x-ipynb+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".parquet": "application/vnd.apache.parquet",
    ".md": "text/markdown",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".log": "text/plain",
    ".geojson": "application/geo+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One version of one ref. ``blob`` is the content's hash (None for url and progress), ``size`` its bytes.

    ``ref`` is ``project/trigger-or-call/name``: what one automation makes again and again under one name.
    """

    id: str
    ref: str
    name: str
    type: ArtifactType
    project: str
    created_at: float
    project_id: str | None = None
    media_type: str = "application/octet-stream"
    size: int = 0
    version: int = 1
    blob: str | None = None
    url: str | None = None
    session_id: str | None = None
    trigger_id: str | None = None
    trigger_ref: str | None = None
    folder: str = ""
    scope: Scope = "action"
    owner: str = ""
    retention_policy: str = "days"
    retention_limit: int = 30
    expires_at: float | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def resource(self) -> ArtifactResource:
        """What somebody who does something to it needs to be allowed."""
        return ArtifactResource(id=self.id, project_id=self.project_id, session_id=self.session_id)

    @property
    def drive_path(self) -> str:
        """Where it is on the artifact drive."""
        return f"{self.project}/{self.folder}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactResource(Resource):
    """An artifact, readable by the session that made it and by its project's."""

    kind: ClassVar[str] = "artifact"


@change_content("artifacts", "created", "deleted")
class ArtifactChange:
    """What changes of artifacts carry; ``session_id`` is the session that made it."""

    name: str
    type: ArtifactType
    session_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactOrigin:
    """Who made an artifact, and where that puts it: ``ref`` without its name, ``folder`` on the drive."""

    project_id: str | None
    project: str
    ref: str
    folder: str
    scope: Scope
    owner: str
    session_id: str | None = None
    trigger_id: str | None = None
    trigger_ref: str | None = None


def made_by_session(session: Session) -> ArtifactOrigin:
    """Return the origin of what ``session`` makes."""
    return ArtifactOrigin(
        project_id=session.project_id,
        project=session.project,
        ref=session.trigger_ref or f"{session.project}/{session.call}",
        folder=folder_of(session),
        scope="action",
        owner=session.call,
        session_id=session.id,
        trigger_id=session.trigger_id,
        trigger_ref=session.trigger_ref,
    )


def made_by_hand(project: Project, login: str) -> ArtifactOrigin:
    """Return the origin of what a person makes in an open notebook of ``project``."""
    return ArtifactOrigin(
        project_id=project.id,
        project=project.name,
        ref=f"{project.name}/{BY_HAND}",
        folder=f"{BY_HAND}/open notebook",
        scope="identity",
        owner=login,
    )


def new_artifact(
    origin: ArtifactOrigin, name: str, retention: Retention, *, blob: str | None = None, size: int = 0,
    url: str | None = None, type: ArtifactType | None = None, media_type: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Artifact:  # fmt: skip
    """Return a new artifact of ``origin``, kept by ``retention``; its version is counted when it is stored.

    ``blob`` is its content's hash and ``size`` its bytes, or ``url`` what it points to. Its types are guessed from its
    name where they are not given.
    """
    media = media_type or (media_type_of(name) if url is None else "text/uri-list")
    now = time.time()
    return Artifact(
        id=ARTIFACT_ID.new(),
        ref=f"{origin.ref}/{name}",
        name=name,
        type=type or ("url" if url is not None else type_of(media)),
        media_type=media,
        size=size,
        blob=blob,
        url=url,
        project_id=origin.project_id,
        project=origin.project,
        session_id=origin.session_id,
        trigger_id=origin.trigger_id,
        trigger_ref=origin.trigger_ref,
        folder=origin.folder,
        scope=origin.scope,
        owner=origin.owner,
        retention_policy=retention.policy,
        retention_limit=retention.limit,
        expires_at=retention.expires_at(now),
        meta=dict(meta or {}),
        created_at=now,
    )


def folder_of(session: Session) -> str:
    """Return the drive's folder of a session: its trigger's name, then its time and the end of its id."""
    owner = session.trigger_ref.partition("/")[2] if session.trigger_ref else BY_HAND
    at = time.strftime("%Y-%m-%d %H%M%S", time.localtime(session.created_at))
    return f"{owner}/{at} {session.id[-4:]}"


def validate_content(*, type: str | None, url: str | None, has_content: bool) -> None:
    """Raise Invalid unless an artifact may be of this type with this content.

    Raises Invalid (``artifact_type_invalid``, ``url_invalid``, ``artifact_invalid``).
    """
    if type is not None and type not in ARTIFACT_TYPES:
        raise Invalid(
            f"There is no artifact type {type!r}: use {', '.join(ARTIFACT_TYPES)}.", code="artifact_type_invalid"
        )
    if url is not None and not url.startswith(("http://", "https://")):
        raise Invalid(f"{url!r} is not the address of a page: one begins with http:// or https://.", code="url_invalid")
    if has_content == (url is not None) and type != "progress":
        raise Invalid("An artifact has either content or a url: give one of them.", code="artifact_invalid")


def media_type_of(name: str) -> str:
    """Return the media type that a file's name stands for, ``application/octet-stream`` when it is unknown."""
    suffix = "." + name.lower().rpartition(".")[2] if "." in name else ""
    return _MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def type_of(media_type: str) -> ArtifactType:
    """Return how something of ``media_type`` is shown."""
    essence = media_type.split(";")[0].strip().lower()
    if essence in ("text/csv", "text/tab-separated-values", "application/vnd.apache.parquet"):
        return "file_datatable"
    if essence.startswith("image/"):
        return "file_image"
    if (
        essence.startswith("text/")
        or essence.endswith(("+json", "+xml"))
        or essence in ("application/json", "application/yaml", "application/xml", "application/javascript")
    ):
        return "file_text"
    return "file_binary"


def validate_artifact_name(name: str) -> str:
    """Return ``name`` if it can be a relative file path: it is shown and downloaded as one.

    Raises Invalid (``artifact_name_invalid``).
    """
    parts = name.split("/")
    bad = (
        not name
        or len(name) > 255
        or any(part in ("", ".", "..") for part in parts)
        or any(character < " " or character in '\\:*?"<>|\x7f' for character in name)
        or any("\ud800" <= character <= "\udfff" for character in name)
    )
    if bad:
        raise Invalid(
            f"{name!r} cannot be an artifact's name: use a short relative file name without \\ : * ? \" < > |.",
            code="artifact_name_invalid",
        )
    return name


def artifact_name_of(file: str) -> str:
    """Return the name under which a file is kept: its own, with ``_`` for what not every system's file names may hold.

    Raises Invalid (``artifact_name_invalid``) where that is none either.
    """
    kept = "".join("_" if c < " " or c in '\\:*?"<>|\x7f' or "\ud800" <= c <= "\udfff" else c for c in file)
    return validate_artifact_name(kept)


def superseded(versions: Sequence[Artifact], now: float) -> list[Artifact]:
    """Return those of one ref's ``versions`` that are to be deleted by its retention at ``now`` (epoch seconds).

    The newest version's policy counts where versions are counted; ages are each version's own.
    """
    newest_first = sorted(versions, key=lambda artifact: artifact.version, reverse=True)
    gone = [artifact for artifact in newest_first if artifact.expires_at is not None and artifact.expires_at <= now]
    if newest_first and newest_first[0].retention_policy == "versions":
        extra = newest_first[newest_first[0].retention_limit :]
        gone.extend(artifact for artifact in extra if artifact not in gone)
    return gone
