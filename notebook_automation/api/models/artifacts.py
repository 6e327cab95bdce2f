"""Artifacts, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from notebook_automation.domain.artifacts import ArtifactType
from notebook_automation.domain.sessions import Status

from .paging import SORT, Order, Page, Paging


class Artifact(Struct, kw_only=True):
    """One version of a thing that a session made; `size` is bytes, `drive_path` where it is on the artifact drive."""

    id: str
    ref: str
    name: str
    type: ArtifactType
    media_type: str
    size: int
    version: int
    session_id: str | None
    session_status: Status | None
    trigger: str | None
    project: str
    created_at: str
    expires_at: str | None
    url: str | None
    content_url: str | None
    drive_path: str | None
    meta: dict[str, Any]


class ArtifactPage(Page[Artifact]):
    """A page of artifacts."""


class ArtifactQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which artifacts."""

    session: str | None = None
    trigger: str | None = None
    project: str | None = None
    type: ArtifactType | None = None
    ref: str | None = None
    name: str | None = None
    sort: Annotated[Literal["created", "name", "size"], SORT] = "created"
    order: Order = "desc"


class UploadQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is uploaded, and whose it is: a session's, a project's (name or id), or a notebook's (its path).

    `meta` is a JSON object; `keep` says for how long (`30 days`, `5 versions`); `url` keeps an address, with no body.
    """

    name: str
    type: ArtifactType | None = None
    session: str | None = None
    project: str | None = None
    notebook: str | None = None
    media_type: Annotated[str, Meta(max_length=200)] | None = None
    keep: str | None = None
    url: Annotated[str, Meta(max_length=4096)] | None = None
    meta: Annotated[str, Meta(max_length=65536)] | None = None


class ContentQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """`download=1`: as a file to save."""

    download: bool = False


class ContentsQuery(Struct, kw_only=True):
    """What Jupyter's contents protocol asks; other parameters are ignored."""

    content: bool = True
    type: Literal["directory", "file", "notebook"] | None = None
    format: Literal["text", "base64", "json"] | None = None


class Contents(Struct, kw_only=True):
    """A model of Jupyter's contents protocol; beyond it, ``content_url`` is the path from which to fetch the bytes."""

    name: str
    path: str
    type: Literal["directory", "file", "notebook"]
    created: str
    last_modified: str
    mimetype: str | None
    size: int | None
    writable: bool
    format: str | None
    content: Any
    content_url: str | None = None
