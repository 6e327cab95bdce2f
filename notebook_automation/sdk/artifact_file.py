"""An artifact on its way to the server: its bytes, its name, its type; what a name's suffix stands for."""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .errors import Invalid

_TABLE_SUFFIXES = (".csv", ".tsv", ".parquet", ".arrow", ".feather", ".xlsx")
_TEXT_ENDS = ("/json", "+json", "/xml", "+xml", "/yaml", "/toml", "/javascript", "/sql")
_MEDIA_TYPES = {
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "application/vnd.apache.arrow.file"),
    ".ipynb": "application/x-ipynb+json",
    ".log": "text/plain",
    ".md": "text/markdown",
    **dict.fromkeys(
        (".avro", ".dta", ".h5", ".hdf", ".hdf5", ".mat", ".npy", ".npz", ".orc", ".pickle", ".pkl", ".rds", ".sav"),
        "application/octet-stream",
    ),
    ".parquet": "application/vnd.apache.parquet",
    ".sql": "text/plain",
    ".toml": "application/toml",
    ".webp": "image/webp",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFile:
    """``body`` is bytes, or a file open for reading that holds ``size`` bytes; ``meta`` is JSON about it."""

    name: str
    type: str
    media_type: str
    body: bytes | IO[bytes]
    size: int
    meta: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_bytes(
        cls, body: bytes, name: str, *, text: bool = False, meta: Mapping[str, Any] | None = None
    ) -> ArtifactFile:
        """Return ``body`` as a file whose type follows from ``name``; ``text`` says that it is UTF-8 text."""
        media_type = media_type_of(name)
        if text and media_type == "application/octet-stream":
            media_type = "text/plain"
        return cls(
            name=name,
            type=type_of(name, media_type),
            media_type=media_type,
            body=body,
            size=len(body),
            meta=dict(meta or {}),
        )

    @classmethod
    def of_stream(cls, stream: IO[bytes], name: str, *, meta: Mapping[str, Any] | None = None) -> ArtifactFile:
        """Return what was written to ``stream``, which is read from its beginning, as a file called ``name``."""
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        media_type = media_type_of(name)
        return cls(
            name=name,
            type=type_of(name, media_type),
            media_type=media_type,
            body=stream,
            size=size,
            meta=dict(meta or {}),
        )

    def close(self) -> None:
        """Close the file behind it, if there is one."""
        if not isinstance(self.body, bytes):
            self.body.close()


def media_type_of(name: str) -> str:
    """Return the media type that a file's name stands for."""
    suffix = Path(name).suffix.lower()
    return _MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def type_of(name: str, media_type: str) -> str:
    """Return the artifact type of a file with this name and media type."""
    if Path(name).suffix.lower() in _TABLE_SUFFIXES:
        return "file_datatable"
    if media_type.startswith("image/"):
        return "file_image"
    if media_type.startswith("text/") or media_type.endswith(_TEXT_ENDS):
        return "file_text"
    return "file_binary"


def with_suffix(name: str, suffix: str, *others: str) -> str:
    """Return ``name`` as it is where its suffix is a known one or one of ``others``, else with ``suffix``."""
    has = Path(name).suffix.lower()
    known = has in (suffix, *others) or has in _MEDIA_TYPES or mimetypes.guess_type(name)[0] is not None
    return name if has and known else name + suffix


def required_suffix(name: str, kind: str, allowed: Collection[str]) -> str:
    """Return the suffix of ``name`` in lower case; raises Invalid where ``kind`` is not written as that."""
    suffix = Path(name).suffix.lower()
    if suffix in allowed:
        return suffix
    raise Invalid(f"{kind} cannot be written as {suffix}: use {', '.join(allowed)}.", code="artifact_value")
