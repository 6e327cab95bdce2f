"""The images that a report's page names, put into the page: what a session left is opened as everything of it is."""

from __future__ import annotations

import base64
import html
import mimetypes
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .hostile_files import read_regular

LARGEST = 10 * 1024 * 1024
MOST = 50 * 1024 * 1024
"""Bytes of one image, and of all of a page, that are put in; what is larger stays a link."""

_IMAGE = re.compile(r"""(<img\b[^<>]{0,2000}?\ssrc=)(?:"([^"<>]{1,2000})"|'([^'<>]{1,2000})')""", re.IGNORECASE)


def with_images(page: str, folder: Path, beside: str) -> str:
    """Return ``page`` with the images in it that lie in ``folder``; ``beside`` is the notebook's folder in it ("" for
    itself), from which their addresses count."""
    room = MOST
    known: dict[str, str | None] = {}

    def embedded(found: re.Match[str]) -> str:
        nonlocal room
        given = found[2] or found[3]
        if given not in known:
            content = _content(given, folder, beside, min(room, LARGEST))
            room -= 0 if content is None else len(content)
            known[given] = None if content is None else _data_url(given, content)
        address = known[given]
        return found[0] if address is None else f'{found[1]}"{address}"'

    return _IMAGE.sub(embedded, page)


def _content(address: str, folder: Path, beside: str, at_most: int) -> bytes | None:
    try:
        parts = urlsplit(html.unescape(address))
        if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
            return None
        name = posixpath.normpath(posixpath.join(beside, unquote(parts.path)))
        return None if name.startswith("..") else read_regular(folder, name, at_most)
    except (OSError, ValueError):
        return None


def _data_url(address: str, content: bytes) -> str:
    kind = mimetypes.guess_type(urlsplit(html.unescape(address)).path)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
