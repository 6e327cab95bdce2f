"""A Python value as the file of an artifact, whatever the value is. Libraries are recognised, never imported."""

from __future__ import annotations

import json
import os
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .artifact_file import ArtifactFile, media_type_of, type_of, with_suffix
from .encoding import to_json
from .errors import Invalid
from .figures import figure_file
from .tables import table_file

TYPES = ("file_binary", "file_datatable", "file_image", "file_text", "url", "progress", "other")

_NO_TEXT = (
    "image/", "audio/", "video/", "font/", "application/zip", "application/vnd.apache.", "application/vnd.openxml",
)  # fmt: skip
_ADDRESS = re.compile(r"https?://\S+")


def artifact_file(value: Any, name: str, type: str | None = None) -> ArtifactFile:
    """Return ``value`` as a file called ``name``, to which the fitting suffix is added where it has none.

    A suffix that is there chooses the format: `trend.svg`, `sales.parquet`. ``type`` overrides what the value says.
    Raises Invalid for a value that is no file, table, figure, image, text or JSON, and for an unknown type.
    """
    wanted = _validated_type(type)
    if not name or not isinstance(name, str):
        raise Invalid("An artifact needs a name: na.artifact(df, 'sales').", code="name_invalid")
    if wanted == "url" or (wanted is None and _is_address(value, name)):
        return _url_file(value, name)
    file = _file_of(value, name)
    return replace(file, type=wanted) if wanted else file


def _file_of(value: Any, name: str) -> ArtifactFile:
    if isinstance(value, bytes | bytearray | memoryview):
        return ArtifactFile.of_bytes(bytes(value), name)
    if isinstance(value, os.PathLike):
        return _file_at(Path(value), name)
    if isinstance(value, str):
        return _text_file(value, name)
    if value is None or isinstance(value, dict | list | tuple | bool | int | float):
        return _json_file(value, name)
    for convert in (table_file, figure_file, _rich_file):
        file = convert(value, name)
        if file is not None:
            return file
    if isinstance(value, Iterator):
        raise Invalid(
            f"A {_type_name(value)} yields its items once and cannot be kept: pass list(…) of it.",
            code="artifact_value",
        )
    try:
        return _json_file(value, name)
    except Invalid:
        raise Invalid(
            f"A {_type_name(value)} cannot be kept as an artifact: pass a table, a figure, an image, text, HTML, a "
            "dict or list, bytes, or the pathlib.Path of a file.",
            code="artifact_value",
        ) from None


def named_file(value: Any) -> tuple[Path, str]:
    """Return the file that ``value`` is the path of, and its name. Raises Invalid (``name_invalid``) for all else."""
    if isinstance(value, os.PathLike) or (isinstance(value, str) and len(value) < 4096 and os.path.isfile(value)):
        path = Path(os.fspath(value))
        return path, path.name
    raise Invalid(
        "An artifact needs a name: na.artifact(df, 'sales'). Only the path of a file does without.", code="name_invalid"
    )


def _validated_type(type: str | None) -> str | None:
    if type is None or type in TYPES:
        return type
    if f"file_{type}" in TYPES:
        return f"file_{type}"
    raise Invalid(f"There is no artifact type {type!r}: use one of {', '.join(TYPES)}.", code="artifact_type")


def _is_address(value: Any, name: str) -> bool:
    """Return whether ``value`` is an address and nothing else; a name such as `site.txt` asks for a file of it."""
    is_file = media_type_of(name) != "application/octet-stream"
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None and not is_file


def _url_file(value: Any, name: str) -> ArtifactFile:
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        raise Invalid("An artifact of type url is text that begins with http:// or https://.", code="artifact_value")
    body = value.encode()
    return ArtifactFile(name=name, type="url", media_type="text/uri-list", body=body, size=len(body))


def _file_at(path: Path, name: str) -> ArtifactFile:
    if path.is_dir():
        raise Invalid(f"{path} is a folder: make an archive of it first (shutil.make_archive).", code="artifact_value")
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid(f"The file {path} could not be opened: {error.strerror}.", code="artifact_value") from None
    if not Path(name).suffix:
        name += path.suffix
    media_type = media_type_of(name)
    size = os.fstat(file.fileno()).st_size
    return ArtifactFile(name=name, type=type_of(name, media_type), media_type=media_type, body=file, size=size)


def _text_file(value: str, name: str) -> ArtifactFile:
    named = with_suffix(name, ".txt")
    media_type = media_type_of(named)
    if media_type.startswith(_NO_TEXT) and not media_type.endswith("+xml"):
        raise Invalid(
            f"Text cannot be written as {Path(named).suffix}: pass bytes, a figure, or the pathlib.Path of a file.",
            code="artifact_value",
        )
    return ArtifactFile.of_bytes(value.encode(), named, text=True)


def _json_file(value: Any, name: str) -> ArtifactFile:
    named = with_suffix(name, ".json")
    media_type = media_type_of(named)
    if not media_type.endswith(("json", "yaml", "text/plain")):
        raise Invalid(
            f"A {_type_name(value)} cannot be written as {Path(named).suffix}: use .json, or pass a table or text.",
            code="artifact_value",
        )
    return ArtifactFile.of_bytes(to_json(value, indent=2).encode(), named, text=True)


def _rich_file(value: Any, name: str) -> ArtifactFile | None:
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
            return ArtifactFile.of_bytes(b64decode(content) if isinstance(content, str) else bytes(content), named)
        if suffix == ".json":
            content = json.dumps(content, ensure_ascii=False, indent=2)
        return ArtifactFile.of_bytes(str(content).encode(), named, text=True)
    return None


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
