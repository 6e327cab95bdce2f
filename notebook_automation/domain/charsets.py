"""Bytes as text, in the charset that they are declared to be in or that they show themselves."""

from __future__ import annotations

import codecs
import json
import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")
_TEXT = re.compile(
    r"utf-(?:8|8-sig|16|32)(?:-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|gb(?:k|2312|18030)|big5(?:hkscs)?"
    r"|euc_\w+|iso2022_\w+|shift_jis\w*|hz|johab|tis-620|latin-1"
)
"""Codecs that are charsets: Python has others, such as utf-7 and punycode, that no sender means."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FALLBACKS = ("cp1252", "iso8859-1")
"""What text is in that says nothing and is no UTF-8, where it has to be text."""


def known_charset(name: str) -> str | None:
    """Return Python's name of the charset that a sender calls ``name``; None for what is none."""
    if not _NAME.fullmatch(name):
        return None
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    if found == "ascii":
        return "utf-8"
    return found if _TEXT.fullmatch(found) else None


def decoded(raw: bytes, declared: str) -> tuple[str, str] | None:
    """Return ``raw`` as text without its byte order mark, and the charset that it was in; None where it is no text.

    A byte order mark counts most, then the charset ``declared`` (may be empty), then UTF-8.
    """
    charset = known_charset(declared)
    for mark, name in _MARKS:
        if raw.startswith(mark) and (not name.startswith("utf-16") or (charset or name).startswith("utf-16")):
            charset = name
            break
    return _in(raw, charset or "utf-8")


def decoded_json(raw: bytes, declared: str) -> tuple[str, str] | None:
    """Return JSON as text, as ``decoded`` does: it is UTF-8 whatever is declared, unless it cannot be."""
    return _in(raw, json.detect_encoding(raw)) or decoded(raw, declared)


def decoded_anyhow(raw: bytes, declared: str) -> tuple[str, str]:
    """Return ``raw`` as text, as ``decoded`` does; what is not in the charset that it should be in is Western."""
    found = decoded(raw, declared)
    for charset in FALLBACKS:
        found = found or _in(raw, charset)
    assert found is not None
    return found


def _in(raw: bytes, charset: str) -> tuple[str, str] | None:
    try:
        return raw.decode(charset), "utf-8" if charset == "utf-8-sig" else charset
    except UnicodeDecodeError:
        return None
