"""Pictures of a report, written where the compiler finds them: of outputs, of formulas, from the notebook's folder."""

from __future__ import annotations

import base64
import binascii
import posixpath
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from notebook_automation.domain.notebook_outputs import joined
from notebook_automation.execution.hostile_files import read_regular

from .texts import clean, note

TYPES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
"""Media types that are shown, the best first, each with the ending of its file."""
_LARGEST = 20 * 2**20
_MOST = 100 * 2**20
_MOST_PIXELS = 60_000_000
_WIDEST, _HIGHEST = 485.0, 640.0
"""Points: what a page has room for."""
_POINTS = 72 / 96
"""Of a pixel, as a browser shows it."""


class Pictures:
    """Writes pictures into ``folder``; those that a text names are read in ``images``, from its folder ``beside``."""

    def __init__(self, folder: Path, images: Path | None, beside: str) -> None:
        self._folder = folder
        self._images = images
        self._beside = beside
        self._written = 0
        self._bytes = 0

    def of_output(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the node of the picture that an output has, None where it has none."""
        for media_type, ending in TYPES.items():
            given = joined(data.get(media_type))
            if not given:
                continue
            content = given.encode("utf-8", "replace") if ending == "svg" else _decoded(given)
            if content is None:
                continue
            about = metadata.get(media_type)
            wide: Any = about.get("width") if isinstance(about, Mapping) else None
            alt = joined(data.get("text/plain"))[:300]
            return self._node(content, ending, alt, float(wide) if _is_number(wide) else None)
        return None

    def of_text(self, address: str, alt: str, attachments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the node of a picture that a text names; a sentence where it cannot be had, as from elsewhere."""
        found = self._named(address, attachments)
        if found is None:
            return note(f"(picture: {alt or address[:100]})")
        return self._node(*found, alt, None)

    def write(self, content: bytes, ending: str) -> str:
        """Write a file of the report; return its name."""
        self._written += 1
        name = f"picture{self._written}.{ending}"
        (self._folder / name).write_bytes(content)
        return name

    def _named(self, address: str, attachments: Mapping[str, Any]) -> tuple[bytes, str] | None:
        try:
            if address.startswith("data:"):
                return _of_data(address)
            parts = urlsplit(address)
            if parts.scheme == "attachment":
                return _attached(attachments.get(unquote(parts.path)))
            ending = _ending_of(parts.path)
            if parts.scheme or parts.netloc or ending is None or parts.path.startswith("/") or self._images is None:
                return None
            name = posixpath.normpath(posixpath.join(self._beside, unquote(parts.path)))
            return None if name.startswith("..") else (read_regular(self._images, name, _LARGEST), ending)
        except (OSError, ValueError):
            return None

    def _node(self, content: bytes, ending: str, alt: str, wide: float | None) -> dict[str, Any]:
        """``wide`` is in pixels of a screen."""
        size = _size(content, ending)
        if self._bytes + len(content) > _MOST or len(content) > _LARGEST:
            return note("(a picture that is too large for the report: see the notebook)")
        if size is not None and size[0] * size[1] > _MOST_PIXELS:
            return note(f"(a picture of {size[0]:,} × {size[1]:,} pixels: see the notebook)")
        self._bytes += len(content)
        points = None
        if size is not None and min(size) > 0:
            points = min((wide or size[0]) * _POINTS, _WIDEST)
            points *= min(1.0, _HIGHEST / (points * size[1] / size[0]))
        return {"t": "picture", "file": self.write(content, ending), "alt": clean(alt) or "Picture", "width": points}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10_000


def _decoded(given: str) -> bytes | None:
    try:
        return base64.b64decode("".join(given.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _of_data(address: str) -> tuple[bytes, str] | None:
    head, _, given = address[5:].partition(",")
    ending = TYPES.get(head.partition(";")[0])
    content = _decoded(unquote(given)) if head.endswith(";base64") else unquote(given).encode()
    return None if ending is None or content is None else (content, ending)


def _attached(bundle: Any) -> tuple[bytes, str] | None:
    for media_type, ending in TYPES.items():
        given = joined(bundle.get(media_type)) if isinstance(bundle, Mapping) else ""
        content = given.encode() if given and ending == "svg" else _decoded(given) if given else None
        if content:
            return content, ending
    return None


def _ending_of(path: str) -> str | None:
    ending = path.rpartition(".")[2].lower()
    return {"jpeg": "jpg"}.get(ending, ending) if ending in {*TYPES.values(), "jpeg"} else None


def _size(content: bytes, ending: str) -> tuple[int, int] | None:
    """Return how many pixels wide and high a picture is; None where that is not told at a known place."""
    try:
        if ending == "png":
            return struct.unpack_from(">II", content, 16)
        if ending == "gif":
            return struct.unpack_from("<HH", content, 6)
        return _size_of_jpeg(content) if ending == "jpg" else None
    except struct.error:
        return None


def _size_of_jpeg(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at < len(content):
        mark, kind, length = struct.unpack_from(">BBH", content, at)
        if mark != 0xFF:
            return None
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            high, wide = struct.unpack_from(">HH", content, at + 5)
            return wide, high
        at += 2 + length
    return None
