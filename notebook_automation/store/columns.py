"""Column types that behave alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class Json(TypeDecorator[Any]):
    """A JSON value kept as text: read back exactly as written on every backend; SQL NULL is None."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        try:
            return msgspec.json.encode(value).decode("utf-8")
        except UnicodeEncodeError:
            return msgspec.json.encode(_encodable(value)).decode("utf-8")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value)


class PrintableText(TypeDecorator[str]):
    """Text that code or a kernel wrote: what no database can hold (NUL, half a surrogate pair) is made visible."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else printable(value)


def printable(text: str) -> str:
    """Return ``text`` as `PrintableText` stores it."""
    shown: str = _encodable(text).replace("\0", "\\0")
    return shown


def _encodable(value: Any) -> Any:
    """Return ``value`` with U+FFFD for each half of a surrogate pair."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, (list, tuple)) else value
