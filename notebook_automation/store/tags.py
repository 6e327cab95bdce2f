"""Rows that have a tag."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Text, type_coerce


def tagged(column: Column[Any], tag: str) -> Any:
    """Return the condition that ``column``, a list of tags as JSON, holds ``tag``."""
    # No tag has a character that JSON writes otherwise.
    return type_coerce(column, Text).contains(f'"{tag}"', autoescape=True)
