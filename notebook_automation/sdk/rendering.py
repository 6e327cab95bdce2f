"""A Python value as a file: which bytes, under which name, of which type. Libraries are recognised, never imported."""

from __future__ import annotations

import io
import json
import mimetypes
import os
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .encoding import to_json
from .errors import Invalid

TYPES = ("file_binary", "file_datatable", "file_image", "file_text", "url", "progress", "other")

_ADDRESS = re.compile(r"https?://\S+")
_TABLE_SUFFIXES = (".csv", ".tsv", ".parquet", ".arrow", ".feather", ".xlsx")
_TEXT_ENDS = ("/json", "+json", "/xml", "+xml", "/yaml", "/toml", "/javascript", "/sql")
_MEDIA_TYPES = {
    ".arrow": "application/vnd.apache.arrow.file",
    ".ipynb": "application/x-ipynb+json",
    ".log": "text/plain",
    ".md": "text/markdown",
    ".npy": "application/octet-stream",
    ".parquet": "application/vnd.apache.parquet",
    ".sql": "text/plain",
    ".toml": "application/toml",
    ".webp": "image/webp",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


@dataclass(slots=True, kw_only=True)
class Rendered:
    """``body`` is bytes, or a file open for reading that holds ``size`` bytes; ``meta`` is JSON about it."""

    name: str
    type: str
    media_type: str
    body: bytes | IO[bytes]
    size: int
    meta: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        """Close the file behind it, if there is one."""
        if not isinstance(self.body, bytes):
            self.body.close()


def rendered(value: Any, name: str, type: str | None = None) -> Rendered:
    """Return ``value`` as a file called ``name``, to which the fitting suffix is added where it has none.

    A suffix that is there chooses the format: `trend.svg`, `sales.parquet`. ``type`` overrides what the value says.
    Raises Invalid for a value that is no file, table, figure, image, text or JSON, and for a type there is not.
    """
    wanted = _checked_type(type)
    if not name or not isinstance(name, str):
        raise Invalid("An artifact needs a name: na.artifact(df, 'sales').", code="name_invalid")
    if wanted == "url" or (wanted is None and _is_address(value, name)):
        return _url(value, name)
    result = _render(value, name)
    result.type = wanted or result.type
    return result


def media_type_of(name: str) -> str:
    """Return the media type that a file's name stands for."""
    suffix = Path(name).suffix.lower()
    return _MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _render(value: Any, name: str) -> Rendered:
    from . import figures, tables

    if isinstance(value, bytes | bytearray | memoryview):
        return of_bytes(bytes(value), name)
    if isinstance(value, os.PathLike):
        return _file(Path(value), name)
    if isinstance(value, str):
        return of_bytes(value.encode(), with_suffix(name, ".txt"), text=True)
    if value is None or isinstance(value, dict | list | tuple | bool | int | float):
        return _json(value, name)
    for render in (tables.rendered, figures.rendered, _rich):
        result: Rendered | None = render(value, name)
        if result is not None:
            return result
    if isinstance(value, Iterator):
        raise Invalid(
            f"A {_kind(value)} yields its items once and cannot be kept: pass list(…) of it.", code="artifact_value"
        )
    try:
        return _json(value, name)
    except Invalid:
        raise Invalid(
            f"A {_kind(value)} cannot be kept as an artifact: pass a table, a figure, an image, text, HTML, a dict or "
            "list, bytes, or the pathlib.Path of a file.",
            code="artifact_value",
        ) from None


def of_bytes(body: bytes, name: str, *, text: bool = False, meta: Mapping[str, Any] | None = None) -> Rendered:
    """Return ``body`` as a file whose type follows from ``name``; ``text`` says that it is UTF-8 text."""
    media_type = media_type_of(name)
    if text and media_type == "application/octet-stream":
        media_type = "text/plain"
    return Rendered(
        name=name,
        type=type_of(name, media_type),
        media_type=media_type,
        body=body,
        size=len(body),
        meta=dict(meta or {}),
    )


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


def _checked_type(type: str | None) -> str | None:
    if type is None or type in TYPES:
        return type
    if f"file_{type}" in TYPES:
        return f"file_{type}"
    raise Invalid(f"There is no artifact type {type!r}: use one of {', '.join(TYPES)}.", code="artifact_type")


def _is_address(value: Any, name: str) -> bool:
    """Return whether ``value`` is an address and nothing else; a name such as `site.txt` asks for a file of it."""
    is_file = media_type_of(name) != "application/octet-stream"
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None and not is_file


def _url(value: Any, name: str) -> Rendered:
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        raise Invalid("An artifact of type url is text that begins with http:// or https://.", code="artifact_value")
    body = value.encode()
    return Rendered(name=name, type="url", media_type="text/uri-list", body=body, size=len(body))


def _file(path: Path, name: str) -> Rendered:
    if path.is_dir():
        raise Invalid(f"{path} is a folder: make an archive of it first (shutil.make_archive).", code="artifact_value")
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", code="artifact_value") from None
    if not Path(name).suffix:
        name += path.suffix
    media_type = media_type_of(name)
    size = os.fstat(file.fileno()).st_size
    return Rendered(name=name, type=type_of(name, media_type), media_type=media_type, body=file, size=size)


def _json(value: Any, name: str) -> Rendered:
    return of_bytes(to_json(value, indent=2).encode(), with_suffix(name, ".json"), text=True)


def _rich(value: Any, name: str) -> Rendered | None:
    """Return what the value shows of itself in a notebook, the most faithful form first."""
    for method, suffix in (
        ("_repr_png_", ".png"),
        ("_repr_jpeg_", ".jpg"),
        ("_repr_svg_", ".svg"),
        ("_repr_html_", ".html"),
        ("_repr_markdown_", ".md"),
        ("_repr_json_", ".json"),
    ):
        show = None if isinstance(value, type) else getattr(value, method, None)
        shown = show() if callable(show) else None
        content = shown[0] if isinstance(shown, tuple) else shown
        if content is None:
            continue
        named = with_suffix(name, suffix)
        if suffix in (".png", ".jpg"):
            return of_bytes(b64decode(content) if isinstance(content, str) else bytes(content), named)
        if suffix == ".json":
            content = json.dumps(content, ensure_ascii=False, indent=2)
        return of_bytes(str(content).encode(), named, text=True)
    return None


def of_stream(stream: IO[bytes], name: str, *, meta: Mapping[str, Any] | None = None) -> Rendered:
    """Return what was written to ``stream``, which is read from its beginning, as a file called ``name``."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    media_type = media_type_of(name)
    return Rendered(
        name=name,
        type=type_of(name, media_type),
        media_type=media_type,
        body=stream,
        size=size,
        meta=dict(meta or {}),
    )


def _kind(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
