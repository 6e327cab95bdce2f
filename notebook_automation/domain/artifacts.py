"""A thing a session made: its type, its versions, and which are to be deleted."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import Invalid

ArtifactType = Literal["file_binary", "file_datatable", "file_image", "file_text", "url", "progress", "other"]
ARTIFACT_TYPES = ("file_binary", "file_datatable", "file_image", "file_text", "url", "progress", "other")
Scope = Literal["system", "identity", "pack", "action", "sensor"]

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


def media_type_of(name: str) -> str:
    """Return the media type that a file's name says, ``application/octet-stream`` when it says none."""
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


def superseded(versions: Sequence[Artifact], now: float) -> list[Artifact]:
    """Return those of one ref's ``versions`` that its retention says to delete at ``now`` (epoch seconds).

    The newest version's policy counts where versions are counted; ages are each version's own.
    """
    newest_first = sorted(versions, key=lambda artifact: artifact.version, reverse=True)
    gone = [artifact for artifact in newest_first if artifact.expires_at is not None and artifact.expires_at <= now]
    if newest_first and newest_first[0].retention_policy == "versions":
        extra = newest_first[newest_first[0].retention_limit :]
        gone.extend(artifact for artifact in extra if artifact not in gone)
    return gone
