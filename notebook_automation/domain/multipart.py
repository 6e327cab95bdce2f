"""Bodies of several parts (RFC 2046, RFC 7578): forms with files, as bytes by part."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

from .errors import Invalid, TooLarge

MAX_PARTS = 200
_MAX_PART_HEADERS = 8192


@dataclass(frozen=True, slots=True)
class Part:
    """One part: the field's name ("" where it has none), the file's name if it is a file, its type and content."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def parts_of(raw: bytes, boundary: str) -> list[Part]:
    """Return the parts of ``raw`` in order. Raises Invalid (``body_invalid``), TooLarge."""
    if not boundary or len(boundary) > 200:
        raise _wrong("its Content-Type names no boundary")
    mark = re.escape(b"--" + boundary.encode("latin-1", "replace"))
    # The line end before a mark belongs to it, so the first one gets one as well.
    content = b"\r\n" + raw
    marks = list(itertools.islice(re.finditer(rb"\r?\n" + mark + rb"(--)?[ \t]*(?=\r?\n|\Z)", content), MAX_PARTS + 2))
    if len(marks) > MAX_PARTS + 1:
        raise TooLarge(f"A multipart body may have {MAX_PARTS} parts: send fewer, or JSON.", code="body_invalid")
    last = next((number for number, found in enumerate(marks) if found[1]), None)
    if last is None:
        raise _wrong("its end is missing" if marks else "no part begins with the boundary that its Content-Type names")
    return [_part(content[one.end() : following.start()]) for one, following in itertools.pairwise(marks[: last + 1])]


def _part(piece: bytes) -> Part:
    """Return the part in ``piece``, which begins with the end of the line of its boundary."""
    found = re.search(rb"\r?\n\r?\n", piece)
    if found is None or found.start() > _MAX_PART_HEADERS:
        raise _wrong("a part has no end of its headers, or too many of them")
    return _described(piece[: found.start()].strip(), piece[found.end() :])


def _described(head: bytes, content: bytes) -> Part:
    # Only where such a body comes: it takes a while to import.
    from email.message import Message
    from email.parser import Parser
    from email.utils import collapse_rfc2231_value

    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    message: Message[str, str] = Parser().parsestr(text.replace("\r\n", "\n"), headersonly=True)

    def option(name: str) -> str | None:
        given: Any = message.get_param(name, header="content-disposition")
        return None if given is None else collapse_rfc2231_value(given)

    return Part(option("name") or "", option("filename"), str(message.get("Content-Type", "")), content)


def _wrong(why: str) -> Invalid:
    return Invalid(f"The body is not what its Content-Type says, multipart: {why}.", code="body_invalid")
